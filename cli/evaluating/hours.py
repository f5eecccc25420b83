"""`tactful evaluate hours`: how well the hours of opens are foretold from the opens before them."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from cli.evaluating.columns import read_columns, words
from cli.evaluating.pictures import draw_hours
from cli.evaluating.saying import number, percent, spread, warn, write_json
from cli.records_in import InputError
from cli.screen import Screen
from tactful.evaluation import (
    Caution,
    Doubt,
    Estimate,
    EvaluationError,
    Intervals,
    Opens,
    Scored,
    score,
)
from tactful.evaluation.estimate import Ints
from tactful.evaluation.hour_models import BASELINE, named

_COLUMN = "column:"


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    log: Path
    user: str
    at: str
    zone: str
    k: int
    kappa: float
    warm_up: float
    visit_gap_minutes: float
    confidence: float
    seed: int


@dataclass(frozen=True, slots=True)
class _Line:
    """One way on all opens, or on those that begin a visit."""

    hit: Estimate
    log_loss: Estimate
    hits_gained: Estimate
    loss_gained: Estimate


def run(asked: Asked, output: Path | None, plot: Path | None) -> None:
    """Read, walk through the log once for each way, print, write, draw.

    Raises:
        InputError: If something given can't be used.
    """
    opens, cautions = _opens(asked)
    intervals = Intervals(confidence=asked.confidence, seed=asked.seed)
    try:
        scored = {
            name: score(
                opens,
                predict,
                k=asked.k,
                warm_up=asked.warm_up,
                visit_gap_ms=round(asked.visit_gap_minutes * 60_000),
            )
            for name, predict in named(asked.kappa).items()
        }
        found = {
            "all opens": _lines(scored, intervals),
            "opens that begin a visit": _lines(
                {name: each.visits for name, each in scored.items()}, intervals
            ),
        }
    except EvaluationError as error:
        raise InputError(f"evaluate: {error}") from None
    rows = len(scored[BASELINE]), len(scored[BASELINE].visits)
    screen = Screen()
    for (which, lines), count in zip(found.items(), rows, strict=True):
        _say(screen, asked, f"{which}, {count:,} scored", lines)
    warn(cautions)
    write_json(output, _as_json(asked, rows, found, cautions))
    if plot is not None:
        draw_hours(
            plot,
            {
                which: {name: (o.hit, o.log_loss) for name, o in at.items()}
                for which, at in found.items()
            },
            asked.k,
        )


def _lines(scored: dict[str, Scored], intervals: Intervals) -> dict[str, _Line]:
    base = scored[BASELINE]
    return {
        name: _Line(each.hit(intervals), each.log_loss(intervals), *each.gains(base, intervals))
        for name, each in scored.items()
    }


def _say(screen: Screen, asked: Asked, title: str, lines: dict[str, _Line]) -> None:
    level = percent(asked.confidence)
    screen.table(
        title,
        [
            "predicted by",
            f"top-{asked.k} hit",
            f"{level} interval",
            "log loss",
            f"{level} interval",
            f"hits over {BASELINE!r}",
            "loss saved",
        ],
        [
            [
                name,
                number(line.hit.value),
                spread(line.hit.interval.low, line.hit.interval.high),
                number(line.log_loss.value),
                spread(line.log_loss.interval.low, line.log_loss.interval.high),
                *(
                    ["", ""]
                    if name == BASELINE
                    else [_gain(line.hits_gained), _gain(line.loss_gained)]
                ),
            ]
            for name, line in lines.items()
        ],
    )


def _gain(gained: Estimate) -> str:
    return f"{gained.value:+.3f} ({gained.interval.low:+.3f} to {gained.interval.high:+.3f})"


def _as_json(
    asked: Asked,
    rows: tuple[int, int],
    found: dict[str, dict[str, _Line]],
    cautions: list[Caution],
) -> dict[str, Any]:
    return {
        "log": str(asked.log),
        "zone": asked.zone,
        "k": asked.k,
        "kappa": asked.kappa,
        "warm_up": asked.warm_up,
        "opens": rows[0],
        "visits": rows[1],
        "found": {
            which.replace(" ", "_"): {name: asdict(line) for name, line in lines.items()}
            for which, lines in found.items()
        },
        "cautions": cautions,
    }


def _opens(asked: Asked) -> tuple[Opens, list[Caution]]:
    """The log in the order of time, with the local hour of the week."""
    column = asked.zone.removeprefix(_COLUMN) if asked.zone.startswith(_COLUMN) else None
    frame = read_columns(asked.log, [asked.user, asked.at, *([column] if column else [])])
    at = _times(frame[asked.at], asked.at)
    there = at.notna().to_numpy()
    cautions = []
    if not there.all():
        cautions.append(
            Caution(
                Doubt.REWARD_UNUSABLE,
                f"{int((~there).sum()):,} of {len(there):,} rows have no time and are left out",
            )
        )
    frame, at = frame[there], at[there]
    zones = words(frame, column) if column else pd.Series(asked.zone, index=frame.index)
    week = np.zeros(len(frame), dtype=np.int64)
    for zone in zones.unique():
        here = (zones == zone).to_numpy()
        local = at[here].dt.tz_convert(_zone(zone)).dt
        week[here] = local.dayofweek.to_numpy() * 24 + local.hour.to_numpy()
    at_ms: Ints = at.astype("datetime64[ms, UTC]").astype("int64").to_numpy()
    order = np.argsort(at_ms, kind="stable")
    users = np.asarray(pd.factorize(words(frame, asked.user))[0], dtype=np.int64)
    return Opens(users[order], at_ms[order], week[order]), cautions


def _times(column: "pd.Series[Any]", name: str) -> "pd.Series[Any]":
    """Times with a zone: ISO 8601 (UTC unless it says), or epoch milliseconds; empty ones NaT.

    Raises:
        InputError: If a cell is neither.
    """
    empty = column.isna() | (column.astype(str).str.strip() == "")
    as_number = pd.to_numeric(column.where(~empty), errors="coerce")
    if not pd.api.types.is_datetime64_any_dtype(column) and as_number[~empty].notna().all():
        return pd.to_datetime(as_number, unit="ms", utc=True)
    found = pd.to_datetime(column.where(~empty), format="ISO8601", utc=True, errors="coerce")
    wrong = found.isna() & ~empty
    if wrong.any():
        row = int(np.argmax(wrong.to_numpy()))
        raise InputError(
            f"column {name}: found {column.iloc[row]!r} in row {row + 1}, "
            "allowed: an ISO time, or epoch milliseconds"
        )
    return found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"--zone: found {name!r}, allowed: a zone such as Europe/Brussels, or column:NAME"
        ) from None
