"""Each doubt is raised by what it is for, and by nothing else."""

import numpy as np
import pytest
from logged_worlds import MILD

from tactful.evaluation import (
    Doubt,
    Feedback,
    Intervals,
    LoggedTarget,
    Method,
    Report,
    Target,
    always,
    effective,
    evaluate,
    table,
    uniform,
)

NORMAL = Intervals(Method.NORMAL)


def report(log: Feedback, target: Target | None = None) -> Report:
    return evaluate(log, uniform(log) if target is None else target, intervals=NORMAL)


def doubts(log: Feedback, target: Target | None = None) -> set[Doubt]:
    return {caution.doubt for caution in report(log, target).cautions}


def random_log(rows: int = 4000, actions: int = 4, rate: float = 0.2) -> Feedback:
    rng = np.random.default_rng(1)
    return Feedback(
        rng.integers(0, actions, rows),
        (rng.random(rows) < rate).astype(float),
        np.full(rows, 1 / actions),
        actions,
    )


def test_a_sound_log_raises_no_doubt() -> None:
    assert doubts(random_log()) == set()
    log = MILD.log(3000, 2)
    assert doubts(log, table(log, MILD.wanted[None, :])) == set()


@pytest.mark.parametrize("bad", [0.0, np.nan, -0.1, 1.7])
def test_rows_without_a_usable_propensity_are_left_out_and_told(bad: float) -> None:
    log = random_log()
    propensities = log.propensities.copy()
    propensities[::100] = bad
    found = report(Feedback(log.actions, log.rewards, propensities, 4))
    assert found.used_rows == 3960
    (caution,) = found.cautions
    assert caution.doubt is Doubt.PROPENSITY_UNUSABLE
    assert caution.message.startswith("40 of 4,000 rows have no propensity in (0, 1]")


def test_rows_without_a_reward_are_left_out_and_told() -> None:
    log = random_log()
    rewards = log.rewards.copy()
    rewards[:10] = np.nan
    found = report(Feedback(log.actions, rewards, log.propensities, 4))
    assert (found.used_rows, found.cautions[0].doubt) == (3990, Doubt.REWARD_UNUSABLE)


def test_an_action_that_the_log_never_shows_violates_support() -> None:
    log = random_log()
    wider = Feedback(log.actions, log.rewards, log.propensities, 5)
    found = {caution.doubt: caution.message for caution in report(wider).cautions}
    assert found[Doubt.SUPPORT_VIOLATED].startswith("the target puts 20.0% of its probability")


def test_support_is_asked_for_in_each_situation() -> None:
    log = random_log()
    cells = np.where(log.actions == 3, 0, 1)
    placed = Feedback(log.actions, log.rewards, log.propensities, 4, cells)
    assert Doubt.SUPPORT_VIOLATED not in doubts(log, uniform(log))
    assert Doubt.SUPPORT_VIOLATED in doubts(placed, uniform(placed))


def test_a_target_far_from_the_log_leaves_few_effective_rows() -> None:
    log = random_log(actions=40)
    found = report(log, always(log, 3))
    assert Doubt.LOW_SAMPLE_SIZE in {caution.doubt for caution in found.cautions}
    assert found.sample_size == (log.actions == 3).sum()


def test_rare_rewards_are_too_few_to_rest_on() -> None:
    assert doubts(random_log(rate=0.002)) == {Doubt.FEW_REWARDS}


def test_a_row_that_weighs_as_much_as_hundreds_is_told() -> None:
    log = random_log()
    propensities = np.full(len(log), 0.25)
    propensities[0] = 0.0001
    # the first action is the only one with that propensity, so averages are off too
    found = doubts(Feedback(log.actions, log.rewards, propensities, 4))
    assert Doubt.EXTREME_WEIGHTS in found


def test_propensities_that_are_not_those_of_the_log_are_found_out() -> None:
    log = MILD.log(4000, 1)
    claimed = Feedback(log.actions, log.rewards, np.full(len(log), 0.25), 4)
    asked = table(claimed, MILD.wanted[None, :])
    assert {Doubt.WEIGHTS_OFF, Doubt.PROPENSITIES_OFF} <= doubts(claimed, asked)
    (told,) = (c for c in report(claimed).cautions if c.doubt is Doubt.PROPENSITIES_OFF)
    assert told.message.startswith("3 of 4 actions occur more or less often") or (
        told.message.startswith("4 of 4 actions")
    )


def test_a_constant_weight_other_than_one_is_off_though_it_does_not_vary() -> None:
    log = random_log()
    assert Doubt.WEIGHTS_OFF in doubts(log, LoggedTarget(np.full(len(log), 0.5)))


def test_true_propensities_are_doubted_in_few_logs_only() -> None:
    raised = sum(
        bool({Doubt.WEIGHTS_OFF, Doubt.PROPENSITIES_OFF} & doubts(log, table(log, wanted)))
        for seed in range(200)
        for log, wanted in [(MILD.log(1000, seed), MILD.wanted[None, :])]
    )
    assert raised <= 1


def test_effective_rows_do_not_depend_on_the_scale_of_weights() -> None:
    weights = np.random.default_rng(1).random(100)
    assert effective(weights) == pytest.approx(effective(7 * weights))
    assert effective(np.zeros(3)) == 0.0
