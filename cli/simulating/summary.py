"""The figures of a comparison: what the report shows, and what programs read."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from tactful.simulator.world.compare import (
    Runs,
    Spread,
    Target,
    change,
    per_send,
    per_user,
    per_user_day,
    quality,
    recovery_days,
    regrets,
    smooth,
    spread,
    targets,
)
from tactful.simulator.world.running import BASELINE, ORACLE, TIRELESS, WARM
from tactful.simulator.world.tally import Accuracy, Count, Outcome

FIGURES = {
    "engagements a user and day": per_user_day(Count.ENGAGED),
    "sends a user and day": per_user_day(Count.SENDS),
    "engagement a send": per_send(Count.ENGAGED),
    "unsubscribes a user": per_user(Count.UNSUBSCRIBED),
    "unsubscribes a send": per_send(Count.UNSUBSCRIBED),
    "complaints a user": per_user(Count.COMPLAINED),
    "expected utility a user and day": per_user_day(Count.EXPECTED_UTILITY),
    "quality of channel and hour": quality,
}
"""The columns of the report: each a figure of one run."""


class Summary(NamedTuple):
    """All figures.

    Attributes:
        figures: by policy and name.
        changes: of the warm Tactful against each other policy, by name.
        prevented: unsubscribes a thousand users that fatigue handling prevented, paired by seed;
            None where it was not run.
        targets: what was asked for beforehand.
        accuracy: of the last day, by policy: each figure over seeds.
        recovery: days after the drift, by policy.
    """

    figures: dict[str, dict[str, Spread]]
    changes: dict[str, dict[str, Spread]]
    prevented: Spread | None
    targets: list[Target]
    accuracy: dict[str, dict[str, Spread]]
    recovery: dict[str, float]


def summarise(runs: Runs, drift_day: int | None) -> Summary:
    """All figures of a comparison."""
    figures = {
        policy: {name: spread([of(run) for run in outcomes]) for name, of in FIGURES.items()}
        for policy, outcomes in runs.items()
    }
    changes = {}
    prevented = None
    if WARM in runs:
        changes = {
            other: {name: change(runs, WARM, other, of) for name, of in FIGURES.items()}
            for other in runs
            if other != WARM
        }
        if TIRELESS in runs:
            of = per_user(Count.UNSUBSCRIBED)
            pairs = zip(runs[TIRELESS], runs[WARM], strict=True)
            prevented = spread([1000 * (of(without) - of(with_it)) for without, with_it in pairs])
    found = []
    if {WARM, BASELINE, ORACLE} <= set(runs):
        found = targets(runs, policy=WARM, baseline=BASELINE, oracle=ORACLE, drift_day=drift_day)
    recovery = {}
    if drift_day is not None and drift_day < next(iter(runs.values()))[0].days:
        recovery = {policy: recovery_days(each, drift_day) for policy, each in runs.items()}
    return Summary(figures, changes, prevented, found, _accuracy(runs), recovery)


def _accuracy(runs: Runs) -> dict[str, dict[str, Spread]]:
    found = {}
    for policy, outcomes in runs.items():
        last = [run.accuracy[-1] for run in outcomes if run.accuracy]
        if last:
            found[policy] = {
                "channel": spread([each.channel for each in last]),
                "channel, by value": spread([each.channel_value for each in last]),
                "hour": spread([each.hour for each in last]),
                "hour, by value": spread([each.hour_value for each in last]),
                "users with enough to tell the channel": spread(_counts(last, "channel")),
                "users with enough to tell the hour": spread(_counts(last, "hour")),
                "channel, everyone": spread([each.everyone["channel"] for each in last]),
                "hour, everyone": spread([each.everyone["hour"] for each in last]),
            }
    return found


def _counts(found: Sequence[Accuracy], what: str) -> list[float]:
    return [float(each.users[what]) for each in found]


def as_json(summary: Summary, runs: Runs) -> dict[str, Any]:
    """Everything, small enough to keep: the figures, and by seed those that they come of."""
    oracle = runs.get(ORACLE)
    return {
        "figures": _plain(summary.figures),
        "changes_of_tactful_warm": _plain(summary.changes),
        "prevented_unsubscribes_per_1000_users": _plain(summary.prevented),
        "targets": [
            {
                "name": target.name,
                "wanted": target.wanted,
                "found": _plain(target.found),
                "reached": target.reached,
                "sure": target.sure,
                "unit": target.unit,
            }
            for target in summary.targets
        ],
        "accuracy_on_the_last_day": _plain(summary.accuracy),
        "recovery_days": _plain(summary.recovery),
        "seeds": [
            {
                policy: _seed(outcomes[number], None if oracle is None else oracle[number])
                for policy, outcomes in runs.items()
            }
            for number in range(len(next(iter(runs.values()))))
        ],
    }


def _seed(run: Outcome, oracle: Outcome | None) -> dict[str, Any]:
    found: dict[str, Any] = {"seed": run.seed, "users": run.users, "days": run.days}
    found |= {name: round(of(run), 6) for name, of in FIGURES.items()}
    found["complaints"] = run.total(Count.COMPLAINED)
    found["unsubscribes"] = run.total(Count.UNSUBSCRIBED)
    found["channels"] = run.channels
    if oracle is not None:
        regret = smooth(regrets(run, oracle))
        found["regret_by_day"] = [round(float(value), 4) for value in regret[9::10]]
    if run.accuracy:
        found["channel_accuracy"] = [[a.day, round(a.channel, 3)] for a in run.accuracy]
        found["hour_accuracy"] = [[a.day, round(a.hour, 3)] for a in run.accuracy]
    return found


def _plain(value: Any) -> Any:
    """Numbers with few digits; what does not exist is null."""
    if isinstance(value, Spread):
        return {name: _plain(each) for name, each in value._asdict().items()}
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, float):
        return round(value, 6) if abs(value) < float("inf") else None
    return value
