"""Differences of means against published figures and simulation."""

import numpy as np
import pytest
from scipy import stats

from tactful.evaluation import Doubt, EvaluationError, Method, shares_off, uplift
from tactful.evaluation.uplift import wilson


def outcomes(ones: int, rows: int) -> np.ndarray:
    return np.array([1.0] * ones + [0.0] * (rows - ones))


@pytest.mark.parametrize(
    ("treated", "control", "low", "high"),
    [  # Newcombe, 1998, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 10), 0.6075, 1.0),
        ((0, 10), (0, 10), -0.2775, 0.2775),
    ],
)
def test_rates_get_the_intervals_of_newcombes_table(
    treated: tuple[int, int], control: tuple[int, int], low: float, high: float
) -> None:
    found = uplift(outcomes(*treated), outcomes(*control)).difference.interval
    assert found.method is Method.SCORE
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_wilson_agrees_with_scipy() -> None:
    theirs = stats.binomtest(3, 170).proportion_ci(method="wilson")
    z = stats.norm.ppf(0.975)
    assert wilson(3 / 170, 170, z) == pytest.approx((theirs.low, theirs.high))


def test_amounts_get_the_normal_interval_for_unequal_variances() -> None:
    rng = np.random.default_rng(1)
    treated, control = rng.gamma(2, 3, 4000), rng.gamma(2, 2, 1000)
    found = uplift(treated, control)
    theirs = stats.ttest_ind(treated, control, equal_var=False).confidence_interval(0.95)
    assert found.difference.interval.method is Method.NORMAL
    assert found.difference.interval.low == pytest.approx(theirs.low, rel=1e-3)
    assert found.difference.interval.high == pytest.approx(theirs.high, rel=1e-3)
    assert found.relative == pytest.approx(treated.mean() / control.mean() - 1)


def test_intervals_of_rare_rates_cover_as_often_as_they_say() -> None:
    rng, hits, runs = np.random.default_rng(2), 0, 1000
    for treated, control in zip(
        rng.binomial(2000, 0.012, runs), rng.binomial(500, 0.006, runs), strict=True
    ):
        found = uplift(outcomes(treated, 2000), outcomes(control, 500))
        hits += 0.006 in found.difference.interval
    assert hits / runs >= 0.93


def test_a_holdback_of_another_size_than_declared_is_doubted() -> None:
    assert shares_off(9000, 1010, 0.1) is None
    found = shares_off(9000, 1250, 0.1)
    assert found is not None
    assert found.doubt is Doubt.SHARES_OFF
    assert found.message.startswith("the holdback has 1,250 of 10,250 rows (12.20%) instead of 10")


def test_a_zero_control_has_no_relative_uplift() -> None:
    assert np.isnan(uplift(outcomes(3, 10), outcomes(0, 10)).relative)


def test_mistakes_are_said() -> None:
    with pytest.raises(EvaluationError, match="control: found 1 rows"):
        uplift(outcomes(1, 3), outcomes(0, 1))
    with pytest.raises(EvaluationError, match="treated: found 1 outcomes that are no numbers"):
        uplift(np.array([1.0, np.nan]), outcomes(1, 3))
    with pytest.raises(EvaluationError, match="control share: found 10"):
        shares_off(3, 3, 10)
