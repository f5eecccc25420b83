"""The confidence sequence keeps its word under continuous looking, where an interval does not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tactful.evaluation import EvaluationError, Method, UpliftSequence, path
from tactful.evaluation.sequence import margin, tuning


def ever_missed(rates: tuple[float, float], share: float, rows: int, runs: int) -> float:
    """The share of runs in which the sequence left out the truth after any row at all."""
    rng = np.random.default_rng(20)
    missed = begun_in = 0
    for _ in range(runs):
        treated = rng.random(rows) < share
        happened = rng.random(rows) < np.where(treated, *rates)
        walked = path(treated, happened.astype(float), best_at_rows=rows / 4)
        truth = rates[0] - rates[1]
        begun = ~np.isnan(walked.low)
        begun_in += bool(begun.any())
        missed += bool(((walked.low > truth) | (walked.high < truth))[begun].any())
    assert begun_in > 0.95 * runs
    return missed / runs


@pytest.mark.parametrize(
    ("rates", "share"),
    [
        pytest.param((0.01, 0.01), 0.5, id="rare and nothing gained"),
        pytest.param((0.04, 0.02), 0.8, id="rare and doubled, with a small holdback"),
        pytest.param((0.15, 0.1), 0.9, id="common, with a smaller holdback"),
        pytest.param((0.5, 0.5), 0.5, id="even"),
        pytest.param((0.97, 0.95), 0.5, id="nearly always"),
    ],
)
def test_looking_after_every_row_misses_the_truth_in_at_most_one_run_of_twenty(
    rates: tuple[float, float], share: float
) -> None:
    # 5 % and two standard errors of 400 runs
    assert ever_missed(rates, share, rows=8000, runs=400) <= 0.072


def test_the_interval_for_one_look_would_miss_it_far_more_often() -> None:
    rng, missed, rows, runs = np.random.default_rng(21), 0, 8000, 200
    for _ in range(runs):
        treated, happened = rng.random(rows) < 0.5, (rng.random(rows) < 0.1).astype(float)
        walked = path(treated, happened, best_at_rows=2000)
        reach = margin(np.arange(1, rows + 1), tuning(2000))
        error = (walked.high - walked.values) / reach / np.sqrt(np.arange(1, rows + 1))
        begun = ~np.isnan(walked.low)
        missed += bool((np.abs(walked.values) > 1.96 * error)[begun].any())
    assert missed / runs > 0.2


@settings(max_examples=30)
@given(
    st.integers(0, 10_000),
    st.sampled_from([0.1, 0.5, 0.9]),
    st.sampled_from([0.0, 1000.0, -3.0]),
    st.booleans(),
)
def test_row_by_row_and_all_at_once_say_the_same(
    seed: int, share: float, shift: float, amounts: bool
) -> None:
    rng = np.random.default_rng(seed)
    treated = rng.random(300) < share
    outcomes = rng.gamma(2, 1, 300) if amounts else (rng.random(300) < 0.4).astype(float)
    outcomes += shift
    whole = path(treated, outcomes)
    sequence = UpliftSequence()
    for row in range(300):
        sequence.add(treated=bool(treated[row]), outcome=float(outcomes[row]))
        now = sequence.interval()
        if now is None:
            assert np.isnan(whole.low[row])
            continue
        assert now.method is Method.SEQUENCE
        assert now.low == pytest.approx(whole.low[row], abs=1e-8)
        assert now.high == pytest.approx(whole.high[row], abs=1e-8)


def test_outcomes_that_never_vary_give_no_interval() -> None:
    treated = np.arange(5000) % 2 == 0
    assert np.isnan(path(treated, np.full(5000, 0.1)).low).all()
    assert np.isnan(path(treated, np.zeros(5000)).low).all()
    assert np.isnan(path(np.ones(5000, dtype=bool), np.arange(5000) % 2.0).low).all()


def test_it_begins_when_the_slower_group_has_seen_more_than_ten_rare_outcomes() -> None:
    treated = np.arange(4000) % 2 == 0
    outcomes = np.zeros(4000)
    outcomes[0:400:2] = 1.0
    outcomes[1001:3001:200] = 1.0
    # ten of many spread a little less than ten
    assert np.isnan(path(treated, outcomes).low).all()
    outcomes[2803] = 1.0
    assert np.flatnonzero(~np.isnan(path(treated, outcomes).low))[0] == 2803


def test_it_is_narrowest_near_the_rows_it_is_tuned_for() -> None:
    reaches = {best: float(margin(10_000, tuning(best))) for best in (100, 1000, 10_000, 100_000)}
    assert min(reaches, key=lambda best: reaches[best]) == 10_000
    # and costs less than twice the interval of one look there
    assert 1.0 < reaches[10_000] * 100 / 1.96 < 1.7


def test_it_says_when_zero_was_first_left_out() -> None:
    rng = np.random.default_rng(4)
    treated = rng.random(3000) < 0.5
    gained = (rng.random(3000) < np.where(treated, 0.5, 0.2)).astype(float)
    walked = path(treated, gained)
    first = walked.first_without_zero()
    assert first is not None
    assert walked.low[first - 1] > 0 >= walked.low[first - 2]
    assert path(treated, (rng.random(3000) < 0.3).astype(float)).first_without_zero() is None


def test_mistakes_are_said() -> None:
    with pytest.raises(EvaluationError, match="best_at_rows: found 0"):
        UpliftSequence(best_at_rows=0)
    with pytest.raises(EvaluationError, match=r"confidence: found 1.0"):
        UpliftSequence(confidence=1.0)
