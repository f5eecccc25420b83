"""A confidence sequence for an uplift: an interval that may be looked at after every row.

Asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, 2024,
"Time-uniform central limit theory and asymptotic confidence sequences", Annals of Statistics 52
(arXiv 2103.06476), theorem 2.2, on the influence function of a difference of means.
"""

from dataclasses import dataclass, field
from math import log, sqrt

import numpy as np

from tactful.evaluation.estimate import CONFIDENCE, Floats, Interval, Method
from tactful.evaluation.faults import EvaluationError
from tactful.evaluation.targets import Mask

BEST_AT_ROWS = 10_000
START_SPREAD = 10.0
_ROUNDING = 1 - 1e-9


def tuning(best_at_rows: float, confidence: float = CONFIDENCE) -> float:
    """The rho that makes the sequence nearly as narrow as can be at a number of rows.

    sqrt((-2 log a + log(-2 log a) + 1) / rows), with a = 1 - confidence (the paper's appendix on
    the choice of rho).

    Raises:
        EvaluationError: If the rows or the confidence make no sense.
    """
    if not 0 < confidence < 1:
        raise EvaluationError(f"confidence: found {confidence}, allowed: between 0 and 1")
    if not best_at_rows > 0:
        raise EvaluationError(f"best_at_rows: found {best_at_rows}, allowed: above 0")
    twice = -2 * log(1 - confidence)
    return sqrt((twice + log(twice) + 1) / best_at_rows)


def margin(rows: Floats | float, rho: float, confidence: float = CONFIDENCE) -> Floats:
    """How far the sequence reaches to each side at a number of rows, in standard deviations.

    sqrt(2 (t rho^2 + 1) / (t^2 rho^2) * log(sqrt(t rho^2 + 1) / a)), with a = 1 - confidence.
    """
    t = np.asarray(rows, dtype=np.float64)
    widened = t * rho * rho + 1
    return np.asarray(
        np.sqrt(2 * widened / (t * rho) ** 2 * np.log(np.sqrt(widened) / (1 - confidence)))
    )


@dataclass(slots=True)
class _Group:
    """A group's running moments (Welford, 1962, Technometrics 4), and its range."""

    rows: int = 0
    mean: float = 0.0
    squares: float = 0.0
    low: float = field(default=float("inf"))
    high: float = field(default=float("-inf"))

    def add(self, value: float) -> None:
        self.rows += 1
        step = value - self.mean
        self.mean += step / self.rows
        self.squares += step * (value - self.mean)
        self.low, self.high = min(self.low, value), max(self.high, value)

    @property
    def spread(self) -> float:
        width = self.high - self.low
        return self.squares / (width * width) if self.rows and width > 0 else 0.0


def _counted(rows: int, ones: int) -> _Group:
    mean = ones / rows if rows else 0.0
    low = float("inf") if not rows else float(ones == rows)
    high = float("-inf") if not rows else float(ones > 0)
    return _Group(rows, mean, rows * mean * (1 - mean), low, high)


class UpliftSequence:
    """The uplift so far, and an interval that holds at all rows at once.

    The chance that the interval ever leaves out the true uplift is 1 - confidence at most, in the
    limit of a late start. So it starts when, in each group, the sum of squares around the mean has
    reached `start_spread` times the squared range: for a rare outcome of 0 and 1, after about
    `start_spread` occurrences. What that is worth was simulated (`docs/evaluation.md`).

    Units must be assigned at random with a fixed share, and be independent: one row each.

    Args:
        confidence: of the whole sequence.
        best_at_rows: where it is to be narrow, chosen before looking.
        start_spread: see above.

    >>> sequence = UpliftSequence()
    >>> for row in range(400):
    ...     sequence.add(treated=row % 2 == 0, outcome=float(row % 8 in (0, 1, 2)))
    >>> round(sequence.value, 3), sequence.interval() is not None
    (0.25, True)
    """

    def __init__(
        self,
        confidence: float = CONFIDENCE,
        best_at_rows: float = BEST_AT_ROWS,
        start_spread: float = START_SPREAD,
    ) -> None:
        self.confidence = confidence
        self.start_spread = start_spread
        self._rho = tuning(best_at_rows, confidence)
        self._treated, self._control = _Group(), _Group()

    @classmethod
    def of_shares(
        cls, treated: tuple[int, int], control: tuple[int, int], confidence: float = CONFIDENCE
    ) -> "UpliftSequence":
        """The sequence after outcomes of 0 and 1 that were only counted.

        Args:
            treated: its rows, and how many of them were 1.
            control: the same.
            confidence: of the whole sequence.

        >>> UpliftSequence.of_shares((200, 75), (200, 25)).value
        0.25
        """
        sequence = cls(confidence)
        sequence._treated, sequence._control = _counted(*treated), _counted(*control)
        return sequence

    def add(self, *, treated: bool, outcome: float) -> None:
        """One unit's outcome."""
        (self._treated if treated else self._control).add(outcome)

    @property
    def rows(self) -> int:
        """How many were added."""
        return self._treated.rows + self._control.rows

    @property
    def value(self) -> float:
        """The difference of means so far."""
        return self._treated.mean - self._control.mean

    def interval(self) -> Interval | None:
        """The interval now; None while it is too early for one."""
        groups = (self._treated, self._control)
        if any(group.spread < self.start_spread * _ROUNDING for group in groups):
            return None
        # t times the variance of the difference: the variance of the influence function
        deviation = sqrt(self.rows * sum(g.squares / g.rows / g.rows for g in groups))
        reach = deviation * float(margin(self.rows, self._rho, self.confidence))
        return Interval(self.value - reach, self.value + reach, self.confidence, Method.SEQUENCE)


@dataclass(frozen=True, slots=True)
class Path:
    """The sequence at every row: nan where it is too early.

    Attributes:
        values: (rows,) the difference so far.
        low: (rows,) of the interval.
        high: (rows,) of the interval.
    """

    values: Floats
    low: Floats
    high: Floats

    def first_without_zero(self) -> int | None:
        """After how many rows the interval first left out 0; None if it never did."""
        away = np.flatnonzero((self.low > 0) | (self.high < 0))
        return int(away[0]) + 1 if len(away) else None


def path(
    treated: Mask,
    outcomes: Floats,
    confidence: float = CONFIDENCE,
    best_at_rows: float = BEST_AT_ROWS,
    start_spread: float = START_SPREAD,
) -> Path:
    """What `UpliftSequence` says after each of the rows, in their order."""
    t = np.arange(1, len(outcomes) + 1, dtype=np.float64)
    means, variances, early = [], [], np.zeros(len(t), dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        for chosen in (treated, ~treated):
            count = chosen.cumsum()
            # around the group's overall mean, or a large mean would swallow a small variance
            centre = float(outcomes[chosen].mean()) if chosen.any() else 0.0
            apart = np.where(chosen, outcomes - centre, 0.0)
            mean = apart.cumsum() / count
            squares = np.maximum(0.0, (apart**2).cumsum() - count * mean**2)
            low = np.minimum.accumulate(np.where(chosen, outcomes, np.inf))
            high = np.maximum.accumulate(np.where(chosen, outcomes, -np.inf))
            means.append(mean + centre)
            variances.append(squares / count**2)
            width = high - low
            early |= ~(width > 0) | ~(squares >= start_spread * width**2 * _ROUNDING)
        values = means[0] - means[1]
        reach = np.sqrt(t * (variances[0] + variances[1])) * margin(
            t, tuning(best_at_rows, confidence), confidence
        )
    reach[early] = np.nan
    return Path(values, values - reach, values + reach)
