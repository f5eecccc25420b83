"""How good predicted probabilities are: AUC, log loss, Brier score, calibration, best-hour hits.

The three measures come with intervals over units (`measures`), since a user's rows are alike.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from tactful.evaluation.estimate import CONFIDENCE, Estimate, Floats, Interval, Ints, Method, z_of
from tactful.evaluation.faults import EvaluationError
from tactful.evaluation.policy_value import INTERVALS, Intervals
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
    found = losses(labels, probabilities)
    return float(found.mean()) if len(found) else float("nan")


def losses(labels: Floats, probabilities: Floats) -> Floats:
    """(rows,) -log of the probability given to what happened; see `log_loss`."""
    _check(labels, probabilities)
    kept = np.clip(probabilities, _CLIP_PROB, 1 - _CLIP_PROB)
    return np.asarray(-np.where(labels == 1, np.log(kept), np.log1p(-kept)))


def auc_estimate(
    labels: Floats,
    scores: Floats,
    units: Ints | None = None,
    confidence: float = CONFIDENCE,
) -> Estimate | None:
    """The AUC with its error from structural components; None where one kind is missing.

    A row's component is the share of the other kind that it is ordered rightly against (DeLong,
    DeLong, Clarke-Pearson, 1988, Biometrics 44); those of a unit are summed, which keeps the error
    right where a user has rows of both kinds (Obuchowski, 1997, Biometrics 53). The interval is
    normal for the logit of the AUC, so that it stays within 0 and 1; an AUC of 0 or 1 has no error
    that could be known, and its interval is that point.

    Args:
        labels: (rows,) 0 and 1.
        scores: (rows,) whose order counts.
        units: (rows,) which rows belong together, as numbers from 0. None: each is independent.
        confidence: of the interval.
    """
    value = auc(labels, scores)
    z = z_of(confidence)
    if not np.isfinite(value):
        return None
    positive = labels == 1
    positives, negatives = int(positive.sum()), int((~positive).sum())
    everywhere = rankdata(scores)
    components = np.empty(len(labels))
    own = rankdata(scores[positive])
    components[positive] = (everywhere[positive] - own) / negatives
    own = rankdata(scores[~positive])
    components[~positive] = 1 - (everywhere[~positive] - own) / positives
    influence = (components - value) / np.where(positive, positives, negatives)
    if units is not None:
        influence = np.bincount(units, weights=influence)
    count = int(np.count_nonzero(np.bincount(units))) if units is not None else len(labels)
    error = float((influence**2).sum() * count / max(1, count - 1)) ** 0.5
    if error == 0 or not 0 < value < 1:
        return Estimate(value, error, Interval(value, value, confidence, Method.NORMAL))
    middle, reach = np.log(value / (1 - value)), z * error / (value * (1 - value))
    low, high = (float(1 / (1 + np.exp(-edge))) for edge in (middle - reach, middle + reach))
    return Estimate(value, error, Interval(low, high, confidence, Method.NORMAL))


@dataclass(frozen=True, slots=True)
class Measures:
    """Predictions measured.

    Attributes:
        auc: None where all labels are the same.
        log_loss: in nats, less is better.
        brier: the mean squared error (Brier, 1950, Monthly Weather Review 78), less is better.
        log_loss_of_the_mean: of predicting the observed share for every row.
        brier_of_the_mean: likewise.
        log_loss_gain: how much less than the share of all rows loses.
    """

    auc: Estimate | None
    log_loss: Estimate
    brier: Estimate
    log_loss_of_the_mean: float
    brier_of_the_mean: float
    log_loss_gain: Estimate


def measures(
    labels: Floats,
    probabilities: Floats,
    units: Ints | None = None,
    intervals: Intervals = INTERVALS,
) -> Measures:
    """AUC, log loss and Brier score, with intervals over units.

    Raises:
        EvaluationError: If there are fewer than two units, labels are not 0 and 1, or scores are no
            probabilities.
    """
    _check(labels, probabilities)
    _check_probabilities(probabilities)
    ones, mean = np.ones(len(labels)), np.full(len(labels), labels.mean() if len(labels) else 0.0)
    found, usual = losses(labels, probabilities), losses(labels, mean)
    return Measures(
        auc=auc_estimate(labels, probabilities, units, intervals.confidence),
        log_loss=intervals.of(found, ones, units),
        brier=intervals.of((labels - probabilities) ** 2, ones, units),
        log_loss_of_the_mean=float(usual.mean()),
        brier_of_the_mean=float(((labels - mean) ** 2).mean()),
        log_loss_gain=intervals.of(usual - found, ones, units),
    )


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
    _check_probabilities(probabilities)
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


def _check_probabilities(found: Floats) -> None:
    if len(found) and not (found.min() >= 0 and found.max() <= 1):
        raise EvaluationError(
            f"probabilities: found {found.min():g} to {found.max():g}, allowed: 0 to 1"
        )
