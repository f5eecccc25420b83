"""`tactful evaluate uplift`: each group against the holdback, at once and over the rows."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cli.evaluating.columns import numbers, read_columns, words
from cli.evaluating.pictures import Panel, draw_sequences
from cli.evaluating.saying import number, percent, spread, warn, write_json
from cli.records_in import InputError
from cli.screen import Screen
from tactful.evaluation import Caution, Doubt, EvaluationError, Uplift, path, shares_off, uplift


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    log: Path
    group: str
    control: str
    outcomes: tuple[str, ...]
    control_share: float | None
    best_at: int
    confidence: float


@dataclass(frozen=True, slots=True)
class _Found:
    """A group's uplift of an outcome, at once and as a sequence over the rows."""

    group: str
    outcome: str
    uplift: Uplift
    panel: Panel
    first_row: int | None

    def as_json(self) -> dict[str, Any]:
        low, high = float(self.panel.path.low[-1]), float(self.panel.path.high[-1])
        relative = self.uplift.relative
        return {
            "group": self.group,
            "outcome": self.outcome,
            **asdict(self.uplift),
            "relative": relative if math.isfinite(relative) else None,
            "sequence": None if math.isnan(low) else {"low": low, "high": high},
            "sequence_leaves_out_zero_from_row": self.first_row,
        }


def run(asked: Asked, output: Path | None, plot: Path | None) -> None:
    """Read, estimate, print, write, draw.

    Raises:
        InputError: If something given can't be used.
    """
    try:
        found, cautions = _found(asked)
    except EvaluationError as error:
        raise InputError(f"evaluate: {error}") from None
    screen = Screen()
    level = percent(asked.confidence)
    for name in asked.outcomes:
        screen.table(
            f"Uplift of {name} over {asked.control!r}",
            [
                "group",
                "rows",
                "control rows",
                "mean",
                "control",
                "uplift",
                "relative",
                f"{level} interval",
                f"{level} sequence",
                "without 0 from row",
            ],
            [_row(each) for each in found if each.outcome == name],
        )
    warn(cautions)
    if not cautions:
        screen.say("No warnings.")
    write_json(
        output,
        {
            "log": str(asked.log),
            "control": asked.control,
            "confidence": asked.confidence,
            "best_at_rows": asked.best_at,
            "uplifts": [each.as_json() for each in found],
            "cautions": cautions,
        },
    )
    if plot is not None:
        draw_sequences(plot, [each.panel for each in found], asked.confidence)


def _row(found: _Found) -> list[str]:
    one, last = found.uplift, found.panel.path
    interval = one.difference.interval
    early = math.isnan(last.low[-1])
    return [
        found.group,
        f"{one.treated_rows:,}",
        f"{one.control_rows:,}",
        number(one.treated_mean),
        number(one.control_mean),
        number(one.difference.value),
        f"{one.relative:+.1%}" if math.isfinite(one.relative) else "-",
        spread(interval.low, interval.high),
        "too early" if early else spread(float(last.low[-1]), float(last.high[-1])),
        "never" if found.first_row is None else f"{found.first_row:,}",
    ]


def _found(asked: Asked) -> tuple[list[_Found], list[Caution]]:
    frame = read_columns(asked.log, [asked.group, *asked.outcomes])
    groups = words(frame, asked.group).to_numpy(dtype=object)
    names = sorted(set(groups))
    if asked.control not in names:
        raise InputError(
            f"--control: found {asked.control!r}, allowed: one of {', '.join(names[:10])}"
        )
    if len(names) < 2:
        raise InputError(f"--group: found {names[0]!r} alone, allowed: two groups or more")
    held = groups == asked.control
    cautions = []
    if asked.control_share is not None:
        off = shares_off(int((~held).sum()), int(held.sum()), asked.control_share)
        cautions += [off] if off else []
    found = []
    for outcome in asked.outcomes:
        values = numbers(frame, outcome)
        there = np.isfinite(values)
        if not there.all():
            cautions.append(
                Caution(
                    Doubt.REWARD_UNUSABLE,
                    f"{outcome}: {int((~there).sum()):,} of {len(there):,} rows are empty and left "
                    "out; the uplift is biased if a treatment changes which",
                )
            )
        for name in names:
            if name == asked.control:
                continue
            own = there & ((groups == name) | held)
            one = uplift(values[there & (groups == name)], values[there & held], asked.confidence)
            walked = path(groups[own] == name, values[own], asked.confidence, asked.best_at)
            panel = Panel(f"{outcome}: {name}", walked, one)
            found.append(_Found(name, outcome, one, panel, walked.first_without_zero()))
    return found, cautions
