"""Dosage, fatigue, and the frequency that is worth most.

The dosage is the number of sends, each counted half after every half-life h. Who is sent one each
T meets the next with D = sum of 2^(-k T / h) for k = 1, 2, ... = 1 / (2^(T / h) - 1).
"""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, log2
from typing import NamedTuple

from tactful.local_time import DAY_MS

WEEK_MS = 7 * DAY_MS
GRID = 33
"""Frequencies looked at, each the same factor above the last."""
RESTED = 1e-6
"""A dosage that counts as none: of a send twenty half-lives ago."""
_FAR = 64.0


class Rhythm(NamedTuple):
    """A steady frequency, sends a week, and the dosage that each send meets."""

    per_week: float
    dosage: float


def steady_dosage(per_week: float, half_life_ms: int) -> float:
    """The dosage right before a send of a steady rhythm.

    >>> steady_dosage(7.0, DAY_MS)
    1.0
    """
    half_lives = min(WEEK_MS / per_week / half_life_ms, _FAR)
    return max(RESTED, 1.0 / (float(2.0**half_lives) - 1.0))


@lru_cache(maxsize=64)
def rhythms(least: float, most: float, half_life_ms: int) -> tuple[Rhythm, ...]:
    """`GRID` frequencies from the least to the most, the rarest first."""
    step = (most / least) ** (1.0 / (GRID - 1))
    weekly = [least * step**i for i in range(GRID - 1)] + [most]
    return tuple(Rhythm(each, steady_dosage(each, half_life_ms)) for each in weekly)


def wanted(grid: Sequence[Rhythm], worths: Sequence[float]) -> Rhythm:
    """The frequency of the most worth a week, the rarest of equals.

    Args:
        grid: the frequencies to choose from.
        worths: what one send is worth at each of them.
    """
    weekly = [each.per_week * worth for each, worth in zip(grid, worths, strict=True)]
    return grid[weekly.index(max(weekly))]


def rested_ms(dosage: float, at_ms: int, most: float, half_life_ms: int) -> int:
    """The first moment at which a dosage has fallen to `most`.

    Args:
        dosage: at `at_ms`.
        at_ms: epoch milliseconds.
        most: above 0.
        half_life_ms: of the dosage.

    >>> rested_ms(4.0, 0, 1.0, 1000)
    2000
    """
    if dosage <= most:
        return at_ms
    return at_ms + ceil(half_life_ms * log2(dosage / most))


def fatigue(prob_now: float, prob_rested: float) -> float:
    """1 - P(engage | dosage now) / P(engage | rested): the share of engagement lost, 0 to 1.

    >>> fatigue(0.1, 0.2), fatigue(0.3, 0.2)
    (0.5, 0.0)
    """
    if prob_rested <= 0.0:
        return 0.0
    return max(0.0, 1.0 - prob_now / prob_rested)
