"""Intervals of ratios against scipy, and what they do with units and with mistakes."""

import numpy as np
import pytest
from scipy import stats

from tactful.evaluation import EvaluationError, Method, ratio


def test_the_normal_interval_of_a_mean_is_the_textbook_one() -> None:
    values = np.random.default_rng(1).normal(3, 2, 500)
    found = ratio(values, np.ones(500), method=Method.NORMAL)
    low, high = stats.norm.interval(0.95, values.mean(), stats.sem(values))
    assert found.interval.low == pytest.approx(low)
    assert found.interval.high == pytest.approx(high)


@pytest.mark.parametrize("distinct", [True, False])
def test_the_bootstrap_agrees_with_the_bca_of_scipy(distinct: bool) -> None:
    rng = np.random.default_rng(2)
    rewards = (rng.random(400) < 0.2).astype(float)
    weights = rng.lognormal(0, 0.8, 400) if distinct else rng.choice([0.5, 3.0], 400)
    found = ratio(weights * rewards, weights, resamples=20_000)
    theirs = stats.bootstrap(
        (weights * rewards, weights),
        lambda top, bottom, axis: top.sum(axis) / bottom.sum(axis),
        paired=True,
        n_resamples=20_000,
        method="BCa",
        rng=np.random.default_rng(3),
    )
    width = found.interval.high - found.interval.low
    assert found.interval.low == pytest.approx(theirs.confidence_interval.low, abs=0.04 * width)
    assert found.interval.high == pytest.approx(theirs.confidence_interval.high, abs=0.04 * width)
    assert found.standard_error == pytest.approx(theirs.standard_error, rel=0.05)


def test_the_same_data_give_the_same_interval() -> None:
    values = np.random.default_rng(4).random(100)
    assert ratio(values, np.ones(100)) == ratio(values, np.ones(100))
    assert ratio(values, np.ones(100)) != ratio(values, np.ones(100), seed=1)


@pytest.mark.parametrize("method", [Method.NORMAL, Method.BOOTSTRAP])
def test_a_row_told_three_times_by_one_unit_proves_no_more_than_once(method: Method) -> None:
    values = np.random.default_rng(5).random(200)
    once = ratio(values, np.ones(200), method=method)
    thrice = ratio(
        np.repeat(values, 3), np.ones(600), units=np.repeat(np.arange(200), 3), method=method
    )
    assert thrice.value == pytest.approx(once.value)
    assert thrice.interval.low == pytest.approx(once.interval.low)
    naive = ratio(np.repeat(values, 3), np.ones(600), method=method)
    assert naive.standard_error < 0.6 * thrice.standard_error


def test_values_without_spread_have_an_interval_of_one_point() -> None:
    found = ratio(np.ones(10), np.ones(10))
    assert (found.interval.low, found.interval.high) == (1.0, 1.0)


def test_what_can_not_be_estimated_is_said() -> None:
    with pytest.raises(EvaluationError, match="rows: found 1 independent units"):
        ratio(np.ones(3), np.ones(3), units=np.zeros(3, dtype=np.int64))
    with pytest.raises(EvaluationError, match="weights: found a sum of 0"):
        ratio(np.ones(3), np.zeros(3))
    with pytest.raises(EvaluationError, match="confidence: found 95"):
        ratio(np.ones(3), np.ones(3), confidence=95)
