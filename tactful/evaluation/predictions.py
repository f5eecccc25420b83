"""How good predicted probabilities are: ranking (AUC), log loss, calibration, best-hour hits."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from tactful.evaluation.estimate import CONFIDENCE, Floats, Ints, z_of
from tactful.evaluation.faults import EvaluationError
from tactful.evaluation.uplift import wilson

_CLIP_PROB = 1e-15


def auc(labels: Floats, scores: Floats) -> float:
    """The chance that a positive scores above a negative; ties count half.

    By ranks (Mann and Whitney, 1947); nan where one kind is missing.

    >>> auc(np.array([0.0, 1, 0, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    1.0
    """
    _check(labels, scores)
    positives = float(labels.sum())
    negatives = len(labels) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = float(rankdata(scores)[labels == 1].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def log_loss(labels: Floats, probabilities: Floats) -> float:
    """The mean of -log of the probability given to what happened, in nats.

    A probability is kept 1e-15 away from 0 and 1.

    >>> round(log_loss(np.array([0.0, 1]), np.array([0.5, 0.5])), 4)
    0.6931
    """
    _check(labels, probabilities)
    if not len(labels):
        return float("nan")
    kept = np.clip(probabilities, _CLIP_PROB, 1 - _CLIP_PROB)
    return float(-np.where(labels == 1, np.log(kept), np.log1p(-kept)).mean())


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of about the same size.

    Attributes:
        rows: how many.
        predicted: their mean.
        observed: the share that happened.
        low: of Wilson's interval of the share.
        high: of Wilson's interval of the share.
    """

    rows: int
    predicted: float
    observed: float
    low: float
    high: float


def calibration(
    labels: Floats, probabilities: Floats, bins: int = 10, confidence: float = CONFIDENCE
) -> list[Bin]:
    """Predictions in order, in bins of about as many rows; equal predictions stay together.

    Raises:
        EvaluationError: If labels are not 0 and 1, or probabilities not within 0 to 1.
    """
    _check(labels, probabilities)
    if bins < 1:
        raise EvaluationError(f"bins: found {bins}, allowed: 1 or more")
    if not len(labels):
        return []
    if not (probabilities.min() >= 0 and probabilities.max() <= 1):
        raise EvaluationError(
            f"probabilities: found {probabilities.min():g} to {probabilities.max():g}, "
            "allowed: 0 to 1"
        )
    edges = np.unique(np.quantile(probabilities, np.linspace(0, 1, bins + 1)[1:-1]))
    places = np.searchsorted(edges, probabilities, side="left")
    z, found = z_of(confidence), []
    for place in np.unique(places):
        here = places == place
        rows, observed = int(here.sum()), float(labels[here].mean())
        low, high = wilson(observed, rows, z)
        found.append(Bin(rows, float(probabilities[here].mean()), observed, low, high))
    return found


def expected_calibration_error(bins: list[Bin]) -> float:
    """The mean gap between predicted and observed, over rows (Naeini et al., 2015, AAAI)."""
    rows = sum(each.rows for each in bins)
    gaps = sum(each.rows * abs(each.predicted - each.observed) for each in bins)
    return gaps / rows if rows else float("nan")


def hits(scores: Floats, actual: Ints, k: int = 3) -> Floats:
    """(rows,) whether the actual hour is among the k with the highest scores.

    Where the k-th is tied, a row counts by the chance that the actual hour is drawn among the tied:
    no order of hours is favoured.

    Args:
        scores: (rows, hours).
        actual: (rows,) the hour that it was.
        k: how many hours may be named.

    >>> hits(np.array([[0.1, 0.7, 0.2], [0.5, 0.25, 0.25]]), np.array([1, 2]), k=2).tolist()
    [1.0, 0.5]
    """
    if not 1 <= k <= scores.shape[1]:
        raise EvaluationError(f"k: found {k}, allowed: 1 to {scores.shape[1]}, the hours scored")
    if len(actual) != len(scores):
        raise EvaluationError(f"actual: found {len(actual)} rows, allowed: {len(scores)}")
    own = scores[np.arange(len(actual)), actual][:, None]
    above, tied = (scores > own).sum(axis=1), (scores == own).sum(axis=1)
    return np.asarray(np.clip((k - above) / tied, 0, 1))


def top_k_hits(scores: Floats, actual: Ints, k: int = 3) -> float:
    """The share of `hits`; nan without rows.

    >>> top_k_hits(np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]]), np.array([1, 2]), k=2)
    0.5
    """
    found = hits(scores, actual, k)
    return float(found.mean()) if len(found) else float("nan")


def _check(labels: Floats, scores: Floats) -> None:
    if len(labels) != len(scores):
        raise EvaluationError(
            f"scores: found {len(scores)} rows, allowed: {len(labels)}, as labels"
        )
    if not np.isin(labels, (0.0, 1.0)).all():
        raise EvaluationError("labels: found values besides 0 and 1, allowed: 0, 1")
    if not np.isfinite(scores).all():
        raise EvaluationError("scores: found values that are no numbers, allowed: numbers")
