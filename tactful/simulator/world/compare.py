"""What several seeds say together: means with intervals, differences paired by seed, targets.

Worlds of different seeds are independent, policies within a seed are not. So an interval is
Student's t over seeds, and two policies are compared by the differences (or the ratios of sums)
within each seed.
"""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from tactful.simulator.world.tally import Count, Outcome

Floats = npt.NDArray[np.float64]
CONFIDENCE = 0.95

Runs = Mapping[str, Sequence[Outcome]]
"""By policy: one outcome a seed, in the same order of seeds."""


class Spread(NamedTuple):
    """A mean over seeds and its interval; without a second seed the interval is the mean."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4g} ({self.low:.4g} to {self.high:.4g})"


def spread(values: Sequence[float]) -> Spread:
    """Student's t interval of a mean.

    >>> spread([1.0])
    Spread(value=1.0, low=1.0, high=1.0)
    """
    count = len(values)
    mean = sum(values) / count
    if count < 2:
        return Spread(mean, mean, mean)
    deviation = sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    half = float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * deviation / sqrt(count)
    return Spread(mean, mean - half, mean + half)


def change(runs: Runs, policy: str, against: str, of: Callable[[Outcome], float]) -> Spread:
    """By which share a policy changes a figure, paired by seed.

    The value is the ratio of the sums over seeds, less 1; its interval is by the linearised ratio
    (the delta method), so a seed without a single complaint does no harm.
    """
    ours = np.array([of(each) for each in runs[policy]])
    theirs = np.array([of(each) for each in runs[against]])
    total = float(theirs.sum())
    if total == 0.0:
        return Spread(float("nan"), float("nan"), float("nan"))
    ratio = float(ours.sum()) / total
    influence = (ours - ratio * theirs) * len(ours) / total
    around = spread(influence.tolist())
    half = (around.high - around.low) / 2
    return Spread(ratio - 1, ratio - 1 - half, ratio - 1 + half)


def per_user_day(count: Count) -> Callable[[Outcome], float]:
    """A count a user and day."""
    return lambda run: run.total(count) / (run.users * run.days)


def per_send(count: Count) -> Callable[[Outcome], float]:
    """A count a send."""
    return lambda run: run.total(count) / max(1.0, run.total(Count.SENDS))


def per_user(count: Count) -> Callable[[Outcome], float]:
    """A count a user, over the whole run."""
    return lambda run: run.total(count) / run.users


def quality(run: Outcome) -> float:
    """The chance of engagement over that on the best channel at the best hour, mean of sends."""
    return run.total(Count.QUALITY) / max(1.0, run.total(Count.REACHED))


def regrets(run: Outcome, oracle: Outcome) -> Floats:
    """By day: the expected utility that the oracle has more, a user (those who left included)."""
    ours = np.array(run.by_day(Count.EXPECTED_UTILITY))
    best = np.array(oracle.by_day(Count.EXPECTED_UTILITY))
    return np.asarray((best - ours) / run.users)


def by_day(outcomes: Sequence[Floats]) -> list[Spread]:
    """A spread for each day, over seeds."""
    return [spread([float(each[day]) for each in outcomes]) for day in range(len(outcomes[0]))]


def smooth(values: Floats, width: int = 5) -> Floats:
    """The mean of the days up to `width // 2` before and after."""
    half = width // 2
    return np.array(
        [values[max(0, day - half) : day + half + 1].mean() for day in range(len(values))]
    )


RECOVERED = 0.95
_BEFORE, _WINDOW = 10, 3


def qualities(run: Outcome, group: int) -> Floats:
    """By day: `quality` of the sends to one group; 0 on a day without any."""
    good = np.array(run.by_day(Count.QUALITY, (group,)))
    reached = np.array(run.by_day(Count.REACHED, (group,)))
    return np.asarray(good / np.maximum(1.0, reached))


def recovery_days(runs: Sequence[Outcome], drift_day: int) -> float:
    """Days after the drift until the quality of sends to those who changed is back.

    Quality is taken as a share of that of the steady users, so that nothing else that happens
    counts; back means at least 95 % of its mean in the ten days before, over three days, over all
    seeds. Infinite if it never is.
    """
    changed = sum(qualities(run, 1) for run in runs)
    steady = sum(qualities(run, 0) for run in runs)
    share = np.asarray(changed) / np.maximum(1e-9, np.asarray(steady))
    before = float(share[max(0, drift_day - _BEFORE) : drift_day].mean())
    for day in range(drift_day, len(share) - _WINDOW + 1):
        if float(share[day : day + _WINDOW].mean()) >= RECOVERED * before:
            return float(day - drift_day)
    return float("inf")


class Target(NamedTuple):
    """A figure that was asked for beforehand, and what came of it.

    `reached`: whether the mean is there; `sure`: whether the whole interval is. `unit`: what the
    figure is, "%" a change, "share" a share of users, or "days".
    """

    name: str
    wanted: str
    found: Spread
    reached: bool
    sure: bool
    unit: str = "%"


def targets(
    runs: Runs,
    *,
    policy: str,
    baseline: str,
    oracle: str,
    drift_day: int | None,
) -> list[Target]:
    """The targets of the learning work, each with its figure."""
    ours = runs[policy]
    found = [
        _target(
            "engagements a user and day, against the baseline",
            0.50,
            change(runs, policy, baseline, per_user_day(Count.ENGAGED)),
        ),
        _target(
            "unsubscribes a user, against the baseline",
            -0.60,
            change(runs, policy, baseline, per_user(Count.UNSUBSCRIBED)),
        ),
        _target(
            "complaints a user, against the baseline",
            -0.70,
            change(runs, policy, baseline, per_user(Count.COMPLAINED)),
        ),
    ]
    last = [run.accuracy[-1] for run in ours if run.accuracy]
    if last:
        found += [
            _target(
                "users whose channel is the best one",
                0.90,
                spread([a.channel for a in last]),
                "share",
            ),
            _target(
                "users whose hour is within one of the best",
                0.85,
                spread([a.hour for a in last]),
                "share",
            ),
        ]
    days = ours[0].days
    if days > 12:
        found.append(
            _target(
                f"regret from day 10 to day {days}",
                -0.50,
                _fall(runs, policy, oracle, 9, days - 3),
            )
        )
    if drift_day is not None and drift_day < days:
        recovered = recovery_days(ours, drift_day)
        each = [min(recovery_days([run], drift_day), float(days - drift_day)) for run in ours]
        around = spread(each)
        found.append(
            Target(
                "days until the choices for users who changed are back",
                "under 10",
                Spread(recovered, around.low, around.high),
                recovered < 10,
                around.high < 10,
                "days",
            )
        )
    return found


def _fall(runs: Runs, policy: str, oracle: str, first: int, last: int) -> Spread:
    """How the regret (five days' mean) changes from one day to another, paired by seed."""
    starts, ends = [], []
    for run, best in zip(runs[policy], runs[oracle], strict=True):
        smoothed = smooth(regrets(run, best))
        starts.append(float(smoothed[first]))
        ends.append(float(smoothed[last]))
    ratio = sum(ends) / sum(starts)
    influence = [
        (end - ratio * start) * len(starts) / sum(starts)
        for start, end in zip(starts, ends, strict=True)
    ]
    around = spread(influence)
    half = (around.high - around.low) / 2
    return Spread(ratio - 1, ratio - 1 - half, ratio - 1 + half)


def _target(name: str, wanted: float, found: Spread, unit: str = "%") -> Target:
    """A share that is to be at least (or, below 0, at most) so much."""
    if wanted < 0:
        words = f"{wanted:.0%} or less".replace("-", "\N{MINUS SIGN}")
        return Target(name, words, found, found.value <= wanted, found.high <= wanted, unit)
    words = f"{wanted:.0%} or more"
    return Target(name, words, found, found.value >= wanted, found.low >= wanted, unit)
