"""The off-policy estimators: unbiased by enumeration, in range, covering, and doubly robust."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logged_worlds import MILD, World

from tactful.evaluation import (
    ActionMeans,
    EvaluationError,
    Feedback,
    Intervals,
    LoggedTarget,
    LogisticRewards,
    MatrixTarget,
    Method,
    RewardModel,
    RidgeRewards,
    TableTarget,
    always,
    doubly_robust,
    evaluate,
    frequencies,
    ips,
    snips,
    table,
    uniform,
)
from tactful.evaluation.policy_value import Estimator
from tactful.evaluation.rewards import FittedRewards
from tactful.evaluation.targets import Mask

NORMAL = Intervals(Method.NORMAL)
policies = st.lists(st.integers(1, 20), min_size=3, max_size=3).map(
    lambda parts: np.array(parts) / sum(parts)
)
rewards = st.lists(st.floats(-5, 5), min_size=3, max_size=3).map(np.array)


def wanted(log: Feedback, world: World) -> TableTarget:
    return table(log, world.wanted[None, :])


class Fixed:
    """A reward model that learns nothing, right or wrong."""

    def __init__(self, rates: np.ndarray, rows: int) -> None:
        self.rates, self.rows = rates, rows

    def fit(self, log: Feedback, rows: Mask) -> "Fixed":  # noqa: ARG002
        return self

    def expected(self, action: int) -> np.ndarray:
        return np.full(self.rows, self.rates[action])


@given(policies, policies, rewards, rewards)
def test_ips_and_doubly_robust_are_unbiased_over_all_logs_of_two_rows(
    logging: np.ndarray, target: np.ndarray, truth: np.ndarray, guess: np.ndarray
) -> None:
    means = {"ips": 0.0, "dr": 0.0}
    for actions in product(range(3), repeat=2):
        done = np.array(actions)
        log = Feedback(done, truth[done], logging[done], 3)
        chance = float(np.prod(logging[done]))
        asked = table(log, target[None, :])
        means["ips"] += chance * ips(log, asked, NORMAL).value
        model = Fixed(guess, 2)
        means["dr"] += chance * doubly_robust(log, asked, model, NORMAL, folds=2).value
    assert means["ips"] == pytest.approx(target @ truth, abs=1e-9)
    assert means["dr"] == pytest.approx(target @ truth, abs=1e-9)


@given(st.integers(0, 1000), st.floats(-3, 3))
def test_snips_moves_with_the_rewards_and_stays_within_them(seed: int, shift: float) -> None:
    log = MILD.log(60, seed)
    moved = Feedback(log.actions, log.rewards + shift, log.propensities, log.action_count)
    value = snips(log, wanted(log, MILD), NORMAL).value
    assert 0 <= value <= 1
    assert snips(moved, wanted(moved, MILD), NORMAL).value == pytest.approx(value + shift)


def test_the_logging_policy_is_worth_what_it_earned() -> None:
    log = MILD.log(500, 1)
    own = table(log, MILD.logging[None, :])
    report = evaluate(log, own, ActionMeans(), NORMAL)
    for estimator in (Estimator.IPS, Estimator.SNIPS):
        assert report.estimates[estimator].value == pytest.approx(log.rewards.mean())
    assert report.sample_size == pytest.approx(500)
    assert report.mean_weight == pytest.approx(1)
    assert report.cautions == ()


@pytest.mark.parametrize("method", [Method.NORMAL, Method.BOOTSTRAP])
def test_intervals_cover_the_truth_as_often_as_they_say(method: Method) -> None:
    intervals = Intervals(method)
    runs, hits = 200, dict.fromkeys(Estimator, 0)
    for seed in range(runs):
        log = MILD.log(1500, seed)
        report = evaluate(log, wanted(log, MILD), ActionMeans(), intervals)
        for name, estimate in report.estimates.items():
            hits[name] += MILD.value in estimate.interval
    for name in Estimator:
        # three standard errors of 200 runs around 95 %
        assert 0.904 <= hits[name] / runs <= 0.996, name


def test_a_wrong_propensity_is_mended_by_a_right_model_and_the_other_way_round() -> None:
    log = MILD.log(60_000, 3)
    asked = wanted(log, MILD)
    right, wrong = Fixed(MILD.rates, len(log)), Fixed(np.full(4, 0.9), len(log))
    lying = Feedback(log.actions, log.rewards, np.full(len(log), 0.25), 4)
    assert ips(lying, asked, NORMAL).value != pytest.approx(MILD.value, rel=0.2)
    assert doubly_robust(lying, asked, right, NORMAL).value == pytest.approx(MILD.value, rel=0.03)
    assert doubly_robust(log, asked, wrong, NORMAL).value == pytest.approx(MILD.value, rel=0.03)


@pytest.mark.parametrize("kind", [RidgeRewards, LogisticRewards])
def test_a_contextual_model_takes_the_noise_of_the_context_away(
    kind: type[RidgeRewards] | type[LogisticRewards],
) -> None:
    rng = np.random.default_rng(5)
    rows = 6000
    known = rng.normal(size=(rows, 2))
    actions = rng.integers(0, 2, rows)
    chance = 1 / (1 + np.exp(-(2.5 * known[:, 0] + 1.0 * actions - 0.5)))
    log = Feedback(actions, (rng.random(rows) < chance).astype(float), np.full(rows, 0.5), 2)
    greedy = (known[:, 1] > 0).astype(float)
    asked = MatrixTarget(np.stack([1 - greedy, greedy], axis=1), actions)
    truth = 1 / (1 + np.exp(-(2.5 * known[:, 0] + greedy - 0.5)))
    model: RewardModel = kind(known)
    better = doubly_robust(log, asked, model, NORMAL)
    assert truth.mean() in better.interval
    assert better.standard_error < 0.8 * ips(log, asked, NORMAL).standard_error


def test_a_model_judges_only_rows_that_it_has_not_learned_from() -> None:
    seen: list[Mask] = []

    class Spy(ActionMeans):
        def fit(self, log: Feedback, rows: Mask) -> FittedRewards:
            seen.append(rows)
            return super().fit(log, rows)

    log = MILD.log(100, 1)
    units = np.arange(100) // 4
    log = Feedback(log.actions, log.rewards, log.propensities, 4, units=units)
    doubly_robust(log, wanted(log, MILD), Spy(), NORMAL)
    assert np.sum([~rows for rows in seen], axis=0).tolist() == [1] * 100
    for rows in seen:
        assert not set(units[rows]) & set(units[~rows])


def test_a_target_may_depend_on_the_situation() -> None:
    actions, cells = np.array([0, 1, 0, 1] * 50), np.array([0, 0, 1, 1] * 50)
    rewards_ = np.where(actions == cells, 1.0, 0.0)
    log = Feedback(actions, rewards_, np.full(200, 0.5), 2, cells)
    assert snips(log, table(log, np.eye(2)), NORMAL).value == 1.0
    assert snips(log, table(log, 1 - np.eye(2)), NORMAL).value == 0.0
    assert snips(log, uniform(log), NORMAL).value == 0.5
    assert snips(log, always(log, 1), NORMAL).value == 0.5
    seen = frequencies(log, np.array([0, 0, 1, 0]), np.array([0, 0, 1, 1]))
    assert seen.table.tolist() == [[1.0, 0.0], [0.5, 0.5]]
    assert ActionMeans(0).fit(log, np.ones(200, dtype=bool)).expected(0)[:4].tolist() == [
        1,
        1,
        0,
        0,
    ]


def test_a_row_target_serves_ips_and_snips_but_not_doubly_robust() -> None:
    log = MILD.log(300, 2)
    whole = wanted(log, MILD)
    rowwise = LoggedTarget(whole.of_logged)
    assert ips(log, rowwise) == ips(log, whole)
    with pytest.raises(EvaluationError, match="logged actions alone"):
        doubly_robust(log, rowwise, ActionMeans())


def test_mistakes_name_the_field_the_found_and_the_allowed() -> None:
    log = MILD.log(10, 1)
    with pytest.raises(EvaluationError, match=r"feedback.rewards: found 2 rows, allowed: 10"):
        Feedback(log.actions, np.ones(2), log.propensities, 4)
    with pytest.raises(EvaluationError, match=r"feedback.actions: found .* allowed: 0 to 1"):
        Feedback(np.array([0, 5]), np.ones(2), np.ones(2), 2)
    with pytest.raises(EvaluationError, match=r"sum to 0.9"):
        table(log, np.array([[0.3, 0.2, 0.2, 0.2]]))
    with pytest.raises(EvaluationError, match="found no probabilities for 1 situations"):
        table(log, np.zeros((1, 4)))
    with pytest.raises(EvaluationError, match="found probability 0 for everything"):
        ips(log, LoggedTarget(np.zeros(10)))
    propensities = log.propensities.copy()
    propensities[0] = 0
    with pytest.raises(EvaluationError, match="found 1 rows without a propensity"):
        ips(Feedback(log.actions, log.rewards, propensities, 4), uniform(log))
    with pytest.raises(EvaluationError, match="found 0 of 10 rows"):
        evaluate(Feedback(log.actions, log.rewards, np.full(10, 50.0), 4), uniform(log))
    with pytest.raises(EvaluationError, match="folds: found 11"):
        doubly_robust(log, uniform(log), ActionMeans(), folds=11)
    spent = Feedback(log.actions, log.rewards * 7 + 2, log.propensities, 4)
    with pytest.raises(EvaluationError, match="rewards: found values besides 0 and 1"):
        doubly_robust(spent, uniform(log), LogisticRewards(np.ones((10, 1))))


def test_means_of_few_rare_rewards_are_drawn_together_and_clear_ones_stay_apart() -> None:
    rng = np.random.default_rng(4)
    actions = rng.integers(0, 20, 4000)
    every = np.ones(4000, dtype=bool)

    def spread(rates: np.ndarray) -> tuple[float, float]:
        rewards = (rng.random(4000) < rates[actions]).astype(float)
        log = Feedback(actions, rewards, np.full(4000, 1 / 20), 20)
        fitted = ActionMeans().fit(log, every)
        raw = ActionMeans(0).fit(log, every)
        means = np.array([[model.expected(a)[0] for a in range(20)] for model in (fitted, raw)])
        return tuple(means.std(axis=1))

    fitted, raw = spread(np.full(20, 0.005))
    assert fitted < raw / 3
    fitted, raw = spread(np.linspace(0.1, 0.9, 20))
    assert fitted == pytest.approx(raw, rel=0.1)


def test_doubly_robust_with_rare_rewards_varies_no_more_than_ips() -> None:
    rng = np.random.default_rng(8)
    logging = 0.95 * rng.dirichlet(np.full(30, 0.5)) + 0.05 / 30
    world = World(np.full(30, 0.01), logging, np.full(30, 1 / 30))
    found = []
    for seed in range(60):
        log = world.log(3000, seed)
        target = uniform(log)
        found.append(
            (
                ips(log, target, NORMAL).value,
                doubly_robust(log, target, ActionMeans(), NORMAL).value,
            )
        )
    of_ips, of_doubly_robust = np.std(found, axis=0)
    assert of_doubly_robust <= of_ips * 1.05
