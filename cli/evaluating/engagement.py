"""`tactful evaluate engagement`: how well the features and models of production predict a log."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from cli.evaluating.averages import averages, calibrated, clipped, global_rate
from cli.evaluating.pictures import check_plot, draw_calibration
from cli.evaluating.saying import number, spread, write_json
from cli.loading.convert import convert
from cli.loading.mapping import read_mapping
from cli.loading.rows import LogFile
from cli.loading.times import to_ms
from cli.records_in import InputError
from cli.screen import Screen
from tactful.evaluation import auc, calibration, expected_calibration_error, log_loss
from tactful.evaluation.estimate import Floats
from tactful.learning.replay import Lived, Scored, replay
from tactful.local_time import DAY_MS
from tactful.models import Task
from tactful.records import Feedback, Outcome

HALF_LIVES = (2, 4, 8)
"""Of the averages to beat, in sends."""
COLD_SENDS = 5
"""A user's first sends, of which little is known."""
WARM_MS = 30 * DAY_MS
"""Cold starts are judged from here on: before, nobody knows the global rate either."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """What to evaluate.

    Attributes:
        log: the file.
        mapping: what its rows mean.
        test_from: an ISO time from which on sends are scored; None: the last 30 % of the sends.
        labels_after_days: a label is used when it is so old.
        lapse_days: a user is asked about lapsing who engaged so many days before the scored part.
        bins: of the calibration.
        outcomes: only these count as answers; empty: all of the log.
    """

    log: Path
    mapping: Path
    test_from: str | None = None
    labels_after_days: float = 7.0
    lapse_days: float = 150.0
    bins: int = 10
    outcomes: tuple[str, ...] = ()


def run(asked: Asked, output: Path | None, plot: Path | None) -> None:
    """Replay, score, print, write, draw.

    Raises:
        InputError: If something given can't be used.
    """
    after_ms = round(asked.labels_after_days * DAY_MS)
    check_plot(plot)
    _asked_from_ms(asked)
    lived = _lived(asked)
    with Screen().progress(f"Living through {asked.log.name}") as progress:
        lesson = replay(lived, labels_after_ms=after_ms, progress=progress)
    if not lesson.rows:
        raise InputError(f"LOG: {asked.log}: found no send with a label, allowed: some")
    found = judge(lesson.rows, asked, after_ms)
    snapshot = lesson.trainers[Task.ENGAGEMENT].snapshot(lesson.rows[-1].at_ms)
    _say(found, lesson.unsent)
    write_json(
        output,
        {
            "log": str(asked.log),
            "mapping": str(asked.mapping),
            "labels_after_days": asked.labels_after_days,
            "unsent": lesson.unsent,
            **found,
            "model": {
                "version": snapshot.version,
                "metrics": snapshot.metrics,
                "weights": snapshot.weights,
                "learning": snapshot.card["learning"],
            },
        },
    )
    if plot is not None:
        draw_calibration(
            plot,
            found["calibration"],
            f"Engagement: predicted and observed, {found['rows']:,} sends",
        )


def judge(rows: Sequence[Scored], asked: Asked, after_ms: int) -> dict[str, Any]:
    """All figures of scored sends.

    Args:
        rows: in the order of their times.
        asked: what to evaluate.
        after_ms: the age of a usable label.

    Raises:
        InputError: no send lies in the part to score.
    """
    at = np.array([row.at_ms for row in rows])
    labels = np.array([row.engaged for row in rows], dtype=np.float64)
    probs = np.array([row.prob for row in rows])
    sends = np.array([row.sends for row in rows])
    from_ms = _from_ms(asked, at)
    test = at >= from_ms
    if not test.any() or test.all():
        raise InputError(
            f"--test-from: found {int(test.sum()):,} of {len(rows):,} sends at or after it, "
            "allowed: some before and some after"
        )
    by_average = averages(rows, after_ms, HALF_LIVES)
    everyone = global_rate(rows, after_ms)
    train = (at + after_ms <= from_ms) & (sends > 0)
    scores: dict[str, dict[str, float]] = {"model": _scores(labels[test], probs[test])}
    for half_life, average in by_average.items():
        name = f"average, half-life {half_life}"
        scores[name] = _scores(labels[test], average[test])
        fitted = calibrated(average, labels, train)
        scores[f"{name}, calibrated"] = _scores(labels[test], fitted[test])
    scores["global rate"] = _scores(labels[test], everyone[test])
    bins = calibration(labels[test], probs[test], asked.bins)
    return {
        "sends": len(rows),
        "rows": int(test.sum()),
        "test_from_ms": int(from_ms),
        "scores": scores,
        "expected_calibration_error": expected_calibration_error(bins),
        "calibration": bins,
        "cold_start": _cold(rows, labels, probs, by_average[8], everyone),
        "lapse": _lapse(rows, from_ms, round(asked.lapse_days * DAY_MS), by_average),
    }


def _cold(
    rows: Sequence[Scored], labels: Floats, probs: Floats, average: Floats, everyone: Floats
) -> dict[str, Any]:
    """The first sends of users who came when the global rate was known."""
    first_ms: dict[str, int] = {}
    for row in rows:
        first_ms.setdefault(row.user_id, row.at_ms)
    late = np.array([first_ms[row.user_id] >= rows[0].at_ms + WARM_MS for row in rows])
    sends = np.array([row.sends for row in rows])
    found: dict[str, Any] = {
        "users": sum(each >= rows[0].at_ms + WARM_MS for each in first_ms.values())
    }
    for name, chosen in (
        (f"first {COLD_SENDS} sends", late & (sends < COLD_SENDS)),
        ("later sends of the same users", late & (sends >= COLD_SENDS)),
    ):
        if chosen.any():
            found[name] = {
                "rows": int(chosen.sum()),
                "model": _scores(labels[chosen], probs[chosen]),
                "average, half-life 8": _scores(labels[chosen], average[chosen]),
                "global rate": _scores(labels[chosen], everyone[chosen]),
            }
    return found


def _lapse(
    rows: Sequence[Scored], from_ms: int, before_ms: int, by_average: dict[int, Floats]
) -> dict[str, Any]:
    """Who engaged before, and not once afterwards: told by what was known at the border."""
    engaged_before: dict[str, int] = {}
    first: dict[str, int] = {}
    lapsed: dict[str, bool] = {}
    for place, row in enumerate(rows):
        if row.at_ms < from_ms:
            if row.at_ms >= from_ms - before_ms:
                engaged_before[row.user_id] = engaged_before.get(row.user_id, 0) + row.engaged
        elif engaged_before.get(row.user_id):
            first.setdefault(row.user_id, place)
            lapsed[row.user_id] = lapsed.get(row.user_id, True) and not row.engaged
    users = sorted(first)
    if not users:
        return {"users": 0}
    gone = np.array([lapsed[user] for user in users], dtype=np.float64)
    places = np.array([first[user] for user in users])
    opens = np.array([engaged_before[user] for user in users], dtype=np.float64)
    probs = np.array([rows[place].prob for place in places])
    return {
        "users": len(users),
        "lapsed": float(gone.mean()),
        "auc": {
            "model": auc(gone, -probs),
            **{
                f"average, half-life {half_life}": auc(gone, -average[places])
                for half_life, average in by_average.items()
            },
            "engagements before": auc(gone, -opens),
        },
    }


def _scores(labels: Floats, probs: Floats) -> dict[str, float]:
    # Clipped for the loss alone: an average that reaches 0 ranks, but can't be scored.
    return {"auc": auc(labels, probs), "log_loss": log_loss(labels, clipped(probs))}


def _from_ms(asked: Asked, at: "np.ndarray") -> int:  # type: ignore[type-arg]
    given = _asked_from_ms(asked)
    return int(np.quantile(at, 0.7)) if given is None else given


def _asked_from_ms(asked: Asked) -> int | None:
    if asked.test_from is None:
        return None
    try:
        return to_ms(datetime.fromisoformat(asked.test_from), UTC)
    except ValueError:
        raise InputError(
            f"--test-from: found {asked.test_from!r}, allowed: an ISO time such as 2020-09-30"
        ) from None


def _lived(asked: Asked) -> list[Lived]:
    from schemas.json_form import DECODERS
    from schemas.kinds import TYPE_OF_KIND

    mapping = read_mapping(asked.mapping)
    loaded, _ = convert(mapping, LogFile(asked.log, mapping.source))
    lived: list[Lived] = [DECODERS[TYPE_OF_KIND[each.kind]](each.value) for each in loaded]
    if asked.outcomes:
        wrong = sorted(set(asked.outcomes) - set(Outcome))
        if wrong:
            raise InputError(f"--outcome: found {wrong[0]!r}, allowed: {', '.join(Outcome)}")
        lived = [
            each
            for each in lived
            if not isinstance(each, Feedback) or each.outcome in asked.outcomes
        ]
    if not lived:
        raise InputError(f"LOG: {asked.log}: found no records, allowed: some requests")
    return lived


def _say(found: dict[str, Any], unsent: int) -> None:
    screen = Screen()
    screen.table(
        f"Engagement, {found['rows']:,} of {found['sends']:,} sends scored",
        ["predicted by", "AUC", "log loss"],
        [
            [name, number(each["auc"]), number(each["log_loss"])]
            for name, each in found["scores"].items()
        ],
    )
    screen.table(
        f"Calibration (expected error {number(found['expected_calibration_error'])})",
        ["rows", "predicted", "observed", "95% interval"],
        [
            [f"{b.rows:,}", number(b.predicted), number(b.observed), spread(b.low, b.high)]
            for b in found["calibration"]
        ],
    )
    screen.table(
        f"Cold start: {found['cold_start']['users']:,} users who came later",
        ["sends", "rows", "predicted by", "AUC", "log loss"],
        [
            [part, f"{each['rows']:,}", name, number(one["auc"]), number(one["log_loss"])]
            for part, each in found["cold_start"].items()
            if part != "users"
            for name, one in each.items()
            if name != "rows"
        ],
    )
    lapse = found["lapse"]
    if lapse["users"]:
        never = f"{lapse['lapsed']:.1%} never again"
        screen.table(
            f"Lapse: {lapse['users']:,} users who engaged before, {never}",
            ["told by", "AUC"],
            [[name, number(value)] for name, value in lapse["auc"].items()],
        )
    if unsent:
        screen.say(f"{unsent:,} requests were not sent and are left out", style="yellow")
