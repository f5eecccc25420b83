"""`tactful evaluate policy`: a log and a target made of columns, the estimates, the warnings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cli.evaluating.columns import codes, features, has_column, joined, numbers, read_columns, words
from cli.evaluating.pictures import draw_values
from cli.evaluating.saying import cells, number, percent, warn, write_json
from cli.records_in import InputError
from cli.screen import Screen
from tactful.evaluation import (
    ActionMeans,
    Estimate,
    EvaluationError,
    Feedback,
    Intervals,
    LoggedTarget,
    LogisticRewards,
    Method,
    Report,
    RewardModel,
    RidgeRewards,
    Target,
    always,
    evaluate,
    frequencies,
    table,
    uniform,
)
from tactful.evaluation.estimate import Ints
from tactful.evaluation.targets import Mask

PROBABILITY = "probability"
"""The column that makes a target's file a table rather than a log."""
_ONLY, _COLUMN = "only:", "column:"


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of the command."""

    log: Path
    action: str
    reward: str
    propensity: str
    target: str
    given: tuple[str, ...]
    actions: int | None
    model: str
    features: tuple[str, ...]
    units: str | None
    interval: str
    confidence: float
    seed: int

    @property
    def title(self) -> str:
        """The target as it is named in a heading."""
        special = self.target == "uniform" or self.target.startswith((_ONLY, _COLUMN))
        return self.target if special else Path(self.target).name

    @property
    def own_columns(self) -> list[str]:
        """What is read of the log."""
        more = [self.units] if self.units else []
        column = [self.target.removeprefix(_COLUMN)] if self.target.startswith(_COLUMN) else []
        return [
            self.action,
            self.reward,
            self.propensity,
            *self.given,
            *self.features,
            *more,
            *column,
        ]


@dataclass(frozen=True, slots=True)
class _Named:
    """A log with the names behind its numbers."""

    feedback: Feedback
    frame: pd.DataFrame
    actions: pd.Index
    cells: pd.Index


def run(asked: Asked, output: Path | None, plot: Path | None) -> None:
    """Read, estimate, print, write, draw.

    Raises:
        InputError: If something given can't be used.
    """
    intervals = Intervals(Method(asked.interval), asked.confidence, seed=asked.seed)
    try:
        report, theirs = _evaluated(asked, intervals)
    except EvaluationError as error:
        raise InputError(f"evaluate: {error}") from None
    shown: dict[str, Estimate] = {
        "log's own policy": report.logged,
        **{name.value.replace("_", " "): each for name, each in report.estimates.items()},
    }
    if theirs is not None:
        shown["target's own log"] = theirs
    screen = Screen()
    screen.table(
        f"Value of {asked.title}, estimated from {asked.log.name}",
        ["estimate", "value", "standard error", f"{percent(asked.confidence)} interval"],
        [[name, *cells(each)] for name, each in shown.items()],
    )
    screen.say(
        f"{report.used_rows:,} of {report.rows:,} rows used; effective sample size "
        f"{report.sample_size:,.0f} ({report.sample_size / report.used_rows:.1%}), effective "
        f"rewards {report.effective_rewards:.1f}, largest weight {number(report.largest_weight)}, "
        f"mean weight {report.mean_weight:.3f}."
    )
    warn(report.cautions)
    if not report.cautions:
        screen.say("No warnings.")
    write_json(output, _as_json(asked, report, theirs))
    if plot is not None:
        draw_values(plot, shown, f"Value of {asked.title}, estimated from {asked.log.name}")


def _as_json(asked: Asked, report: Report, theirs: Estimate | None) -> dict[str, Any]:
    return {
        "log": str(asked.log),
        "target": asked.target,
        "given": asked.given,
        "model": asked.model,
        "report": report,
        "target_log": theirs,
    }


def _evaluated(asked: Asked, intervals: Intervals) -> tuple[Report, Estimate | None]:
    named = _log(asked)
    target, theirs = _target(asked, named, intervals)
    usable = named.feedback.usable()
    return evaluate(named.feedback, target, _model(asked, named, usable), intervals), theirs


def _log(asked: Asked) -> _Named:
    frame = read_columns(asked.log, asked.own_columns)
    done = words(frame, asked.action)
    actions = pd.Index(sorted(done.unique()))
    count = len(actions) if asked.actions is None else asked.actions
    if count < len(actions):
        raise InputError(
            f"--actions: found {count}, allowed: {len(actions)} or more, as the log shows"
        )
    place, known = None, pd.Index([])
    if asked.given:
        situation = joined(frame, asked.given)
        known = pd.Index(sorted(situation.unique()))
        place = codes(situation, known)
    units = None
    if asked.units is not None:
        units = np.asarray(pd.factorize(words(frame, asked.units))[0], dtype=np.int64)
    feedback = Feedback(
        codes(done, actions),
        numbers(frame, asked.reward),
        numbers(frame, asked.propensity),
        count,
        place,
        units,
    )
    return _Named(feedback, frame, actions, known)


def _model(asked: Asked, named: _Named, usable: Any) -> RewardModel | None:
    if asked.model in ("ridge", "logistic"):
        if not asked.features:
            raise InputError(f"--model: found {asked.model} without --features, allowed: with some")
        known = features(named.frame, asked.features)[usable]
        return RidgeRewards(known) if asked.model == "ridge" else LogisticRewards(known)
    if asked.features:
        raise InputError(
            f"--features: found some with --model {asked.model}, allowed: ridge, logistic"
        )
    if asked.model == "none" or asked.target.startswith(_COLUMN):
        return None
    return ActionMeans()


def _target(asked: Asked, named: _Named, intervals: Intervals) -> tuple[Target, Estimate | None]:
    """The target, and what it earned in its own log, where that is known."""
    if asked.target == "uniform":
        return uniform(named.feedback), None
    if asked.target.startswith(_ONLY):
        name = asked.target.removeprefix(_ONLY)
        if name not in named.actions:
            raise InputError(
                f"--target: found {asked.target}, allowed: only: with one of "
                f"{', '.join(named.actions[:10])}{' ...' if len(named.actions) > 10 else ''}"
            )
        return always(named.feedback, int(named.actions.get_loc(name))), None
    if asked.target.startswith(_COLUMN):
        if asked.model in ("ridge", "logistic"):
            raise InputError(
                f"--target: found {asked.target} with --model {asked.model}, allowed: without one, "
                "as doubly robust needs the target's probability of every action"
            )
        column = asked.target.removeprefix(_COLUMN)
        return LoggedTarget(numbers(named.frame, column)), None
    path = Path(asked.target)
    if not path.exists():
        raise InputError(
            f"--target: found {asked.target!r}, allowed: uniform, only:ACTION, column:NAME, or a "
            "file"
        )
    if has_column(path, PROBABILITY):
        return _of_table(asked, named, path), None
    return _of_log(asked, named, path, intervals)


def _of_table(asked: Asked, named: _Named, path: Path) -> Target:
    frame = read_columns(path, [asked.action, *asked.given, PROBABILITY], "--target")
    done, here, kept = _places(asked, named, frame, path)
    shares = np.zeros((max(1, len(named.cells)), named.feedback.action_count))
    np.add.at(shares, (here[kept], done[kept]), numbers(frame, PROBABILITY)[kept])
    return table(named.feedback, shares)


def _of_log(
    asked: Asked, named: _Named, path: Path, intervals: Intervals
) -> tuple[Target, Estimate | None]:
    rewarded = has_column(path, asked.reward)
    wanted = [asked.action, *asked.given, *([asked.reward] if rewarded else [])]
    frame = read_columns(path, wanted, "--target")
    done, here, kept = _places(asked, named, frame, path)
    target = frequencies(named.feedback, done[kept], here[kept])
    if not rewarded:
        return target, None
    rewards = numbers(frame, asked.reward)
    rewards = rewards[np.isfinite(rewards)]
    return target, intervals.of(rewards, np.ones(len(rewards)), None)


def _places(
    asked: Asked, named: _Named, frame: pd.DataFrame, path: Path
) -> tuple[Ints, Ints, Mask]:
    """Actions and situations of another file, numbered as in the log, and which rows matter.

    An action that the log never shows gets a number of its own, where `--actions` makes room: it
    still takes its share of the target. Rows of a situation that the log never shows don't matter.
    """
    names = words(frame, asked.action)
    done = codes(names, named.actions)
    here = codes(joined(frame, asked.given), named.cells) if asked.given else np.zeros_like(done)
    kept = np.asarray(here >= 0)
    strange, unseen = pd.factorize(names[kept & (done < 0)])
    count = len(named.actions) + len(unseen)
    if count > named.feedback.action_count:
        raise InputError(
            f"--target: {path}: found {len(unseen)} actions that {asked.log.name} never shows "
            f"(such as {unseen[0]!r}), allowed: those of the log, or --actions {count} or more"
        )
    done[kept & (done < 0)] = len(named.actions) + strange
    return done, here, kept
