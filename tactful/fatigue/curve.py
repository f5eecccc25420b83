"""The dosage over time: what the sends of late still weigh, and what those ahead would add."""

from collections.abc import Iterable
from typing import NamedTuple

from tactful.engagement.section import decay


class Point(NamedTuple):
    """The dosage at a moment, epoch milliseconds."""

    at_ms: int
    dosage: float


def dosage_curve(
    sends_ms: Iterable[int], from_ms: int, to_ms: int, step_ms: int, half_life_ms: int
) -> list[Point]:
    """The dosage from one moment to another: sum of 2^(-(t - sent) / half-life) over sends so far.

    There is a point each step, and at each send two: right before it and right after.

    Args:
        sends_ms: when was sent, in any order; those before `from_ms` count too.
        from_ms: where the curve begins.
        to_ms: where it ends.
        step_ms: from one point to the next.
        half_life_ms: of the dosage.

    >>> dosage_curve([0], 0, 2000, 1000, 1000)
    [Point(at_ms=0, dosage=1.0), Point(at_ms=1000, dosage=0.5), Point(at_ms=2000, dosage=0.25)]
    """
    sends = sorted(sends_ms)
    dosage = sum(decay(sent, from_ms, half_life_ms) for sent in sends if sent <= from_ms)
    at_ms = from_ms
    points = [Point(at_ms, dosage)]
    moments = [(ms, 0.0) for ms in range(from_ms + step_ms, to_ms + 1, step_ms)]
    moments += [(sent, 1.0) for sent in sends if from_ms < sent <= to_ms]
    for moment_ms, added in sorted(moments):
        dosage *= decay(at_ms, moment_ms, half_life_ms)
        at_ms = moment_ms
        points.append(Point(at_ms, dosage))
        if added:
            dosage += added
            points.append(Point(at_ms, dosage))
    return points
