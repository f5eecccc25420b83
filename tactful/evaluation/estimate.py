"""Estimates with intervals: every estimator here is a ratio of two sums over independent units."""

from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from tactful.evaluation.faults import EvaluationError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RESAMPLES = 2000
CONFIDENCE = 0.95
_CELLS = 4_000_000
"""How many drawn indices are held at once: 32 MB."""


class Method(StrEnum):
    """How an interval was made."""

    NORMAL = "normal"
    BOOTSTRAP = "bootstrap"
    SCORE = "score"
    SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval.

    >>> 0.5 in Interval(0.4, 0.6, 0.95, Method.NORMAL)
    True
    """

    low: float
    high: float
    confidence: float
    method: Method

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, its standard error, and its interval."""

    value: float
    standard_error: float
    interval: Interval


def z_of(confidence: float) -> float:
    """The two-sided normal quantile.

    >>> round(z_of(0.95), 2)
    1.96

    Raises:
        EvaluationError: If the confidence is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise EvaluationError(f"confidence: found {confidence}, allowed: between 0 and 1")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def ratio(
    numerators: Floats,
    denominators: Floats,
    *,
    units: Ints | None = None,
    method: Method = Method.BOOTSTRAP,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Estimate:
    """The ratio of two sums, with an interval over independent units.

    The normal interval linearises the ratio (the delta method). The bootstrap one is BCa (Efron,
    1987, "Better bootstrap confidence intervals", JASA 82), which allows for bias and skew; it
    draws units with a fixed seed, so the same data give the same interval.

    Args:
        numerators: one per row.
        denominators: one per row; ones for a mean.
        units: which rows belong together, as numbers from 0: a user's rows are not independent.
            None: each row is a unit.
        method: `NORMAL` or `BOOTSTRAP`.
        confidence: such as 0.95.
        resamples: how many samples the bootstrap draws.
        seed: of the bootstrap.

    Raises:
        EvaluationError: If there are fewer than two units, or the denominators sum to zero.
    """
    z = z_of(confidence)
    if units is not None:
        numerators = np.asarray(np.bincount(units, weights=numerators), dtype=np.float64)
        denominators = np.asarray(np.bincount(units, weights=denominators), dtype=np.float64)
    count = len(numerators)
    if count < 2:
        raise EvaluationError(f"rows: found {count} independent units, allowed: 2 or more")
    total = float(denominators.sum())
    if total == 0:
        raise EvaluationError("weights: found a sum of 0, allowed: rows with a weight above 0")
    value = float(numerators.sum()) / total
    influence = (numerators - value * denominators) * (count / total)
    error = float(influence.std(ddof=1)) / count**0.5
    if method is Method.NORMAL or error == 0:
        return Estimate(
            value, error, Interval(value - z * error, value + z * error, confidence, Method.NORMAL)
        )
    draws = _draws(numerators, denominators, resamples, seed)
    low, high = np.quantile(draws, _bca_levels(numerators, denominators, value, draws, z))
    return Estimate(value, error, Interval(float(low), float(high), confidence, Method.BOOTSTRAP))


def _draws(numerators: Floats, denominators: Floats, resamples: int, seed: int) -> Floats:
    """The ratio in samples of as many units, drawn with replacement."""
    rng = np.random.default_rng(seed)
    count = len(numerators)
    # Rows that are equal in both are drawn together: a mean of rare rewards has few distinct ones.
    pairs, sizes = np.unique(np.stack([numerators, denominators]), axis=1, return_counts=True)
    if pairs.shape[1] * 20 < count:
        counts = rng.multinomial(count, sizes / count, size=resamples).astype(np.float64)
        return _divided(counts @ pairs[0], counts @ pairs[1])
    batch = max(1, _CELLS // count)
    parts = []
    for start in range(0, resamples, batch):
        rows = rng.integers(0, count, size=(min(batch, resamples - start), count))
        parts.append(_divided(numerators[rows].sum(axis=1), denominators[rows].sum(axis=1)))
    return np.concatenate(parts)


def _divided(numerators: Floats, denominators: Floats) -> Floats:
    """The ratios of the samples that have one: a sample without any weight has none."""
    kept = denominators != 0
    return np.asarray(numerators[kept] / denominators[kept])


def _bca_levels(
    numerators: Floats, denominators: Floats, value: float, draws: Floats, z: float
) -> list[float]:
    """Which quantiles of the draws bound the interval: corrected for bias and acceleration."""
    normal = NormalDist()
    left = denominators.sum() - denominators
    kept = left != 0
    without = (numerators.sum() - numerators)[kept] / left[kept]
    apart = without.mean() - without
    spread = float((apart**2).sum())
    acceleration = float((apart**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
    # Ties count half: with rare rewards many samples give the same number.
    below = float((draws < value).mean() + (draws == value).mean() / 2)
    edge = 1 / (2 * len(draws))
    bias = normal.inv_cdf(min(1 - edge, max(edge, below)))
    return [
        normal.cdf(bias + (bias + side) / max(1e-9, 1 - acceleration * (bias + side)))
        for side in (-z, z)
    ]
