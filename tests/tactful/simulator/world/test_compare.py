"""Figures over seeds: intervals, paired changes, regret, recovery, targets."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from tactful.simulator.world.compare import (
    change,
    per_user,
    per_user_day,
    qualities,
    recovery_days,
    regrets,
    smooth,
    spread,
    targets,
)
from tactful.simulator.world.tally import COUNTS, Accuracy, Count, Outcome

USERS, DAYS = 100, 60


def outcome(
    policy: str,
    seed: int = 1,
    *,
    engaged: Callable[[int], float] = lambda _: 10.0,
    utility: Callable[[int], float] = lambda _: 10.0,
    left: float = 0.0,
    quality: Callable[[int, int], float] = lambda _day, _group: 0.5,
    accuracy: float | None = None,
) -> Outcome:
    counts = []
    for group in (0, 1):
        days = []
        for day in range(DAYS):
            row = [0.0] * COUNTS
            row[Count.SENDS] = row[Count.REACHED] = 10.0
            row[Count.ENGAGED] = engaged(day) / 2
            row[Count.EXPECTED_UTILITY] = utility(day) / 2
            row[Count.UNSUBSCRIBED] = left / (2 * DAYS)
            row[Count.QUALITY] = 10.0 * quality(day, group)
            row[Count.ACTIVE] = USERS / 2
            days.append(row)
        counts.append(days)
    found = []
    if accuracy is not None:
        users = {"channel": 50, "hour": 50, "all": 90}
        found = [Accuracy(DAYS - 1, users, accuracy, accuracy, accuracy, accuracy, {})]
    return Outcome(policy, seed, USERS, DAYS, [50, 50], counts, {}, [], found)


def test_an_interval_over_seeds_is_students() -> None:
    found = spread([1.0, 2.0, 3.0, 4.0])
    assert found.value == 2.5
    assert found.high - found.value == pytest.approx(3.1824 * math.sqrt(5 / 3) / 2, rel=1e-4)
    assert spread([2.0, 2.0]) == (2.0, 2.0, 2.0)


def test_a_change_is_paired_by_seed() -> None:
    # Worlds differ widely, the change within each is the same: so the interval is narrow.
    runs = {
        "ours": [outcome("ours", s, engaged=lambda _, s=s: 15.0 * s) for s in (1, 2, 9)],
        "theirs": [outcome("theirs", s, engaged=lambda _, s=s: 10.0 * s) for s in (1, 2, 9)],
    }
    found = change(runs, "ours", "theirs", per_user_day(Count.ENGAGED))
    assert found.value == pytest.approx(0.5)
    assert found.high - found.low == pytest.approx(0.0, abs=1e-9)


def test_a_seed_without_any_of_the_counted_does_no_harm() -> None:
    runs = {
        "ours": [outcome("ours", 1, left=1.0), outcome("ours", 2, left=0.0)],
        "theirs": [outcome("theirs", 1, left=4.0), outcome("theirs", 2, left=0.0)],
    }
    found = change(runs, "ours", "theirs", per_user(Count.UNSUBSCRIBED))
    assert found.value == pytest.approx(-0.75)
    none = {"ours": [outcome("ours")], "theirs": [outcome("theirs")]}
    assert math.isnan(change(none, "ours", "theirs", per_user(Count.UNSUBSCRIBED)).value)


def test_regret_is_a_users_share_of_what_the_oracle_has_more() -> None:
    best = outcome("oracle", utility=lambda _: 30.0)
    found = regrets(outcome("ours", utility=lambda day: 10.0 + day / 10), best)
    assert found[0] == pytest.approx(0.2)
    assert found[10] == pytest.approx(0.19)
    assert smooth(np.array([0.0, 1.0, 2.0, 3.0, 4.0])).tolist() == [1.0, 1.5, 2.0, 2.5, 3.0]


def test_recovery_counts_from_the_drift_against_the_steady_users() -> None:
    def hurt(day: int, group: int) -> float:
        return 0.3 if group and 30 <= day < 37 else 0.6

    def hurt_and_all_fall(day: int, group: int) -> float:
        return hurt(day, group) * (0.5 if day >= 30 else 1.0)

    assert recovery_days([outcome("ours", quality=hurt)], 30) == 7
    assert recovery_days([outcome("ours", quality=hurt_and_all_fall)], 30) == 7
    assert recovery_days([outcome("ours")], 30) == 0
    never = outcome("ours", quality=lambda day, group: 0.3 if group and day >= 30 else 0.6)
    assert recovery_days([never], 30) == math.inf
    assert qualities(never, 1)[30] == pytest.approx(0.3)


def test_targets_say_what_is_reached_and_what_is_sure() -> None:
    def run(policy: str, seed: int, **changes: object) -> Outcome:
        return outcome(policy, seed, **changes)  # type: ignore[arg-type]

    runs = {
        "ours": [
            run(
                "ours",
                seed,
                engaged=lambda _, more=more: 16.0 + more,
                left=2.0 + more,
                utility=lambda day: 10.0 + day / 6,
                accuracy=0.92,
            )
            for seed, more in ((1, -0.5), (2, 0.5), (3, 0.0))
        ],
        "base": [run("base", seed, left=10.0) for seed in (1, 2, 3)],
        "oracle": [run("oracle", seed, utility=lambda _: 30.0) for seed in (1, 2, 3)],
    }
    found = {
        each.name.split(" ")[0]: each
        for each in targets(runs, policy="ours", baseline="base", oracle="oracle", drift_day=30)
    }
    assert found["engagements"].found.value == pytest.approx(0.6)
    assert found["engagements"].reached
    assert not found["engagements"].sure
    assert found["unsubscribes"].found.value == pytest.approx(-0.8)
    assert found["unsubscribes"].sure
    assert not found["complaints"].reached  # without any there is nothing to compare
    assert found["regret"].found.value == pytest.approx((20 - 57 / 6) / (20 - 9 / 6) - 1)
    assert not found["regret"].reached
    assert found["days"].reached
