"""Metrics of predictions against River's, and what calibration bins hold."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import metrics

from tactful.evaluation import (
    EvaluationError,
    Intervals,
    Method,
    auc,
    auc_estimate,
    calibration,
    expected_calibration_error,
    log_loss,
    measures,
    top_k_hits,
)

predictions = st.lists(
    st.tuples(st.booleans(), st.integers(0, 20).map(lambda n: n / 20)), min_size=2, max_size=60
)


def split(rows: list[tuple[bool, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(label) for label, _ in rows]), np.array([score for _, score in rows])


@given(predictions.map(lambda rows: [(label, place) for place, (label, _) in enumerate(rows)]))
def test_auc_is_rivers_where_no_scores_are_equal(rows: list[tuple[bool, float]]) -> None:
    labels, scores = split(rows)
    theirs = metrics.RollingROCAUC(window_size=len(rows))
    for label, score in rows:
        theirs.update(label, score)
    found = auc(labels, scores)
    if len(set(labels)) < 2:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(theirs.get())


@given(predictions)
def test_auc_counts_pairs_and_halves_of_ties(rows: list[tuple[bool, float]]) -> None:
    pairs = [
        1.0 if mine > other else 0.5 if mine == other else 0.0
        for label, mine in rows
        for no, other in rows
        if label and not no
    ]
    assert auc(*split(rows)) == pytest.approx(np.mean(pairs) if pairs else np.nan, nan_ok=True)


@given(predictions)
def test_log_loss_is_rivers(rows: list[tuple[bool, float]]) -> None:
    theirs = metrics.LogLoss()
    for label, score in rows:
        theirs.update(label, score)
    assert log_loss(*split(rows)) == pytest.approx(theirs.get(), rel=1e-6)


@given(predictions, st.integers(1, 12))
def test_calibration_bins_share_out_all_rows_in_order(
    rows: list[tuple[bool, float]], bins: int
) -> None:
    labels, scores = split(rows)
    found = calibration(labels, scores, bins)
    assert sum(each.rows for each in found) == len(rows)
    assert len(found) <= bins
    assert sum(each.rows * each.observed for each in found) == pytest.approx(labels.sum())
    assert sum(each.rows * each.predicted for each in found) == pytest.approx(scores.sum())
    assert all(a.predicted < b.predicted for a, b in pairwise(found))
    # all but rounding of the score interval's ends
    assert all(b.low - 1e-9 <= b.observed <= b.high + 1e-9 for b in found)


def test_true_probabilities_are_calibrated_and_flattered_ones_are_not() -> None:
    rng = np.random.default_rng(1)
    chances = rng.beta(2, 6, 20_000)
    labels = (rng.random(20_000) < chances).astype(float)
    honest = calibration(labels, chances)
    assert len(honest) == 10
    assert sum(each.low <= each.predicted <= each.high for each in honest) >= 8
    flattered = calibration(labels, np.sqrt(chances))
    assert not any(each.low <= each.predicted <= each.high for each in flattered)
    assert expected_calibration_error(honest) < 0.01 < expected_calibration_error(flattered)


def test_top_hours_count_a_tie_by_its_chance() -> None:
    even = np.full((3, 24), 1 / 24)
    assert top_k_hits(even, np.array([0, 12, 23]), k=3) == pytest.approx(3 / 24)
    sure = np.eye(24)[[5, 6]]
    assert top_k_hits(sure, np.array([5, 7]), k=1) == 0.5
    # the second and third place are drawn among the 23 others
    assert top_k_hits(sure, np.array([5, 7]), k=3) == pytest.approx((1 + 2 / 23) / 2)
    assert top_k_hits(sure, np.array([1, 2]), k=24) == 1.0


def test_mistakes_are_said() -> None:
    one = np.array([0.5])
    with pytest.raises(EvaluationError, match="labels: found values besides"):
        auc(np.array([2.0]), one)
    with pytest.raises(EvaluationError, match="scores: found 2 rows, allowed: 1"):
        log_loss(np.array([1.0]), np.array([0.5, 0.5]))
    with pytest.raises(EvaluationError, match=r"probabilities: found 1.5 to 1.5"):
        calibration(np.array([1.0]), np.array([1.5]))
    with pytest.raises(EvaluationError, match="scores: found values that are no numbers"):
        log_loss(np.array([1.0]), np.array([np.nan]))
    with pytest.raises(EvaluationError, match="k: found 25, allowed: 1 to 24"):
        top_k_hits(np.zeros((1, 24)), np.array([0]), k=25)


@settings(max_examples=40)
@given(predictions)
def test_the_error_of_the_auc_is_delongs(rows: list[tuple[bool, float]]) -> None:
    labels, scores = split(rows)
    alone = auc_estimate(labels, scores)
    if len(set(labels)) < 2:
        assert alone is None
        return
    assert alone is not None
    assert alone.value == pytest.approx(auc(labels, scores))
    assert 0 <= alone.interval.low <= alone.value <= alone.interval.high <= 1
    # but for the 1 taken from the counts
    pairs = (scores[labels == 1][:, None] > scores[labels == 0]) + 0.5 * (
        scores[labels == 1][:, None] == scores[labels == 0]
    )
    of_positives, of_negatives = pairs.mean(axis=1), pairs.mean(axis=0)
    delong = np.sqrt(
        of_positives.var() / len(of_positives) + of_negatives.var() / len(of_negatives)
    )
    assert alone.standard_error == pytest.approx(
        delong * np.sqrt(len(labels) / (len(labels) - 1)), abs=1e-9
    )


def test_intervals_of_measures_cover_as_often_as_they_say_when_users_are_alike() -> None:
    rng = np.random.default_rng(5)
    # a user's rows share a rate that the score knows only in part
    hits = dict.fromkeys(("auc", "log_loss", "brier"), 0)

    def world(users: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        own = rng.normal(0, 1, users)
        units = np.repeat(np.arange(users), 8)
        labels = (rng.random(len(units)) < 1 / (1 + np.exp(1 - own[units]))).astype(float)
        known = own + rng.normal(0, 0.7, users)
        return labels, 1 / (1 + np.exp(1 - 0.7 * known[units])), units

    labels, scores, _ = world(30_000)
    truth = measures(labels, scores, intervals=Intervals(Method.NORMAL))
    assert truth.auc is not None
    for _ in range(150):
        labels, scores, units = world(100)
        found = measures(labels, scores, units, Intervals(Method.NORMAL))
        assert found.auc is not None
        hits["auc"] += truth.auc.value in found.auc.interval
        hits["log_loss"] += truth.log_loss.value in found.log_loss.interval
        hits["brier"] += truth.brier.value in found.brier.interval
    assert min(hits.values()) >= 135, hits


def test_measures_of_the_mean_gain_nothing() -> None:
    labels = np.array([0.0, 1, 0, 0])
    found = measures(labels, np.full(4, 0.25))
    assert found.auc is not None
    assert found.auc.value == 0.5
    assert found.brier.value == found.brier_of_the_mean == 0.1875
    assert found.log_loss.value == found.log_loss_of_the_mean
    assert found.log_loss_gain.value == 0


def test_scores_that_are_no_probabilities_are_refused() -> None:
    with pytest.raises(EvaluationError, match="found -1 to 2, allowed: 0 to 1"):
        measures(np.array([0.0, 1]), np.array([-1.0, 2]))


def test_rows_written_twice_by_one_user_say_no_more() -> None:
    rng = np.random.default_rng(2)
    labels = (rng.random(200) < 0.4).astype(float)
    scores = np.clip(labels * 0.2 + rng.random(200) * 0.8, 0, 1)
    once = auc_estimate(labels, scores)
    twice = auc_estimate(np.repeat(labels, 2), np.repeat(scores, 2), np.repeat(np.arange(200), 2))
    assert once is not None
    assert twice is not None
    assert twice.standard_error == pytest.approx(once.standard_error)
