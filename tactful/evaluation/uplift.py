"""What a treatment adds, by a randomised holdback: the difference of means, with an interval."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from tactful.evaluation.estimate import CONFIDENCE, Estimate, Floats, Interval, Method, z_of
from tactful.evaluation.faults import EvaluationError
from tactful.evaluation.trust import Caution, Doubt

_SHARES_ALPHA = 0.001
"""A split this unlikely is an error of the assignment rather than chance."""


@dataclass(frozen=True, slots=True)
class Uplift:
    """A group's outcome against the holdback's.

    Attributes:
        treated_rows: of the group.
        control_rows: of the holdback.
        treated_mean: of the outcome; a rate for 0 and 1.
        control_mean: of the outcome.
        difference: treated less control, with its interval.
    """

    treated_rows: int
    control_rows: int
    treated_mean: float
    control_mean: float
    difference: Estimate

    @property
    def relative(self) -> float:
        """The difference over the holdback's mean; nan where that is 0."""
        return self.difference.value / self.control_mean if self.control_mean else float("nan")


def uplift(treated: Floats, control: Floats, confidence: float = CONFIDENCE) -> Uplift:
    """The difference of two independent means.

    Outcomes of 0 and 1 get Newcombe's hybrid score interval, which holds for rare outcomes too
    (Newcombe, 1998, Statistics in Medicine 17, method 10); others the normal one for unequal
    variances. It is for one look at a fixed number of rows: for looking again and again use
    `tactful.evaluation.sequence`.

    >>> one = uplift(np.array([1.0, 1, 1, 0]), np.array([1.0, 0, 0, 0]))
    >>> one.difference.value
    0.5

    Raises:
        EvaluationError: If a group has fewer than two rows, or an outcome is no number.
    """
    for name, values in (("treated", treated), ("control", control)):
        if len(values) < 2:
            raise EvaluationError(f"{name}: found {len(values)} rows, allowed: 2 or more")
        if not np.isfinite(values).all():
            bad = int((~np.isfinite(values)).sum())
            raise EvaluationError(f"{name}: found {bad} outcomes that are no numbers")
    means = float(treated.mean()), float(control.mean())
    difference = means[0] - means[1]
    error = float(treated.var(ddof=1) / len(treated) + control.var(ddof=1) / len(control)) ** 0.5
    if np.isin(treated, (0.0, 1.0)).all() and np.isin(control, (0.0, 1.0)).all():
        low, high = _newcombe(means, (len(treated), len(control)), z_of(confidence))
        interval = Interval(low, high, confidence, Method.SCORE)
    else:
        reach = z_of(confidence) * error
        interval = Interval(difference - reach, difference + reach, confidence, Method.NORMAL)
    return Uplift(len(treated), len(control), *means, Estimate(difference, error, interval))


def wilson(rate: float, rows: float, z: float) -> tuple[float, float]:
    """Wilson's score interval of a rate (Wilson, 1927, JASA 22).

    >>> [round(edge, 3) for edge in wilson(0.5, 100, 1.96)]
    [0.404, 0.596]
    """
    middle = (rate + z * z / (2 * rows)) / (1 + z * z / rows)
    reach = z / (1 + z * z / rows) * (rate * (1 - rate) / rows + z * z / (4 * rows**2)) ** 0.5
    return max(0.0, middle - reach), min(1.0, middle + reach)


def shares_off(treated_rows: int, control_rows: int, control_share: float) -> Caution | None:
    """A doubt where the holdback is larger or smaller than was declared.

    A sample ratio mismatch says that the assignment, or the log of it, is broken (Fabijan et al.,
    2019, KDD).

    Raises:
        EvaluationError: If the share is not between 0 and 1.
    """
    if not 0 < control_share < 1:
        raise EvaluationError(f"control share: found {control_share}, allowed: between 0 and 1")
    rows = treated_rows + control_rows
    chance = float(binomtest(control_rows, rows, control_share).pvalue)
    if chance >= _SHARES_ALPHA:
        return None
    return Caution(
        Doubt.SHARES_OFF,
        f"the holdback has {control_rows:,} of {rows:,} rows ({control_rows / rows:.2%}) instead "
        f"of {control_share:.2%}, by chance {chance:.1g}: the assignment or its log is broken",
    )


def _newcombe(rates: tuple[float, float], rows: tuple[int, int], z: float) -> tuple[float, float]:
    (low1, high1), (low0, high0) = (wilson(rates[i], rows[i], z) for i in (0, 1))
    difference = rates[0] - rates[1]
    return (
        difference - ((rates[0] - low1) ** 2 + (high0 - rates[1]) ** 2) ** 0.5,
        difference + ((high1 - rates[0]) ** 2 + (rates[1] - low0) ** 2) ** 0.5,
    )
