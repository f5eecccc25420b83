"""The price path of a channel, from who waits, who comes and what its provider takes.

Close to now the price is a gate: it lets through as many of those awake, and of those who are about
to come, as there is room for. Farther off it is an alarm clock: it falls to a bid a little before
its turn comes, where the turn of the k-th highest bid is when there is room for k sends. Who wakes
early is told a better time; who oversleeps would leave the provider idle.
"""

from bisect import bisect_left
from itertools import pairwise
from typing import NamedTuple

from sortedcontainers import SortedList

from tactful.volume.budget import Budget
from tactful.volume.line import Arrivals, Line
from tactful.volume.price import PriceStep

STEP_MS = 50
"""Width of the steps close to now."""

GATE_MS = 2_000
"""So far the path is a gate; a newer one is known long before, unless the job lags."""

EXACT_MS = 500
"""Up to here turns are told as they are, farther off the earlier the farther."""

EARLY = 0.25
"""By how much of the rest."""

FAR_STEPS = 190
MIN_GROWTH = 1.02

SKEW_MS = 60_000
"""The first step holds from so long before now on, for those whose clock is behind."""


class Closed(NamedTuple):
    """A time in which nobody may pass, whatever the bid: [from_ms, until_ms)."""

    from_ms: int
    until_ms: int


def steps(
    line: Line,
    arrivals: Arrivals,
    budget: Budget,
    *,
    now_ms: int,
    seen_ms: int,
    top: float,
    closed: Closed | None = None,
) -> list[PriceStep]:
    """The path from now on, ending at a price of 0.

    Args:
        line: who waits.
        arrivals: who came lately.
        budget: what may be sent.
        now_ms: the moment it is made.
        seen_ms: up to when the ledger is known.
        top: a price above all bids.
        closed: a time to keep shut.
    """
    found: list[tuple[int, float]] = []
    from_ms = now_ms
    for end_ms in range(now_ms + STEP_MS, now_ms + GATE_MS + 1, STEP_MS):
        room = budget.room(now_ms + early(end_ms - now_ms))
        found.append((from_ms, _gate(line, arrivals, room, end_ms - seen_ms, top)))
        from_ms = end_ms
    last_ms = (len(line.bids) - budget.room(now_ms)) / budget.rate_per_s * 1000
    for end_ms in _edges(now_ms, last_ms):
        found.append((from_ms, _nth(line.bids, budget.room(now_ms + early(end_ms - now_ms)), top)))
        from_ms = end_ms
    found.append((from_ms, 0.0))
    if closed is not None:
        found = _shut(found, closed, top)
    return _joined(found, now_ms)


def early(wait_ms: float) -> float:
    """The wait that is served by a step so far off: longer, so that all wake before their turn.

    >>> early(500), early(10_500)
    (500, 13000.0)
    """
    beyond = wait_ms - EXACT_MS
    return wait_ms if beyond <= 0 else wait_ms + EARLY * beyond


def _gate(line: Line, arrivals: Arrivals, room: float, ahead_ms: float, top: float) -> float:
    """The lowest price that lets no more through than there is room for.

    Args:
        line: who waits.
        arrivals: who came lately.
        room: for how many.
        ahead_ms: for how long arrivals have to be reckoned with.
        top: a price above all bids.
    """

    def fits(price: float) -> bool:
        awake = len(line.awake) - line.awake.bisect_left((price, ""))
        return awake + arrivals.expected(price, ahead_ms) <= room

    if fits(0.0):
        return 0.0
    if not fits(top):
        return top
    # `fits` changes once, from no to yes, along ascending bids.
    awake = bisect_left(line.awake, True, key=lambda pair: fits(pair[0]))
    arrived = bisect_left(arrivals.bids, True, key=fits)
    found = [top]
    if awake < len(line.awake):
        found.append(line.awake[awake][0])
    if arrived < len(arrivals.bids):
        found.append(arrivals.bids[arrived])
    return min(found)


def _nth(bids: "SortedList[tuple[float, str]]", room: float, top: float) -> float:
    """The bid of the last one for whom there is room, the highest first."""
    count = int(room)
    if count < 1:
        return top
    return float(bids[-count][0]) if count < len(bids) else 0.0


def _edges(now_ms: int, last_ms: float) -> list[int]:
    """Where the far steps end: the last at the turn of the last one, told early."""
    until_ms = last_ms
    if last_ms > EXACT_MS:
        until_ms = (last_ms + EARLY * EXACT_MS) / (1 + EARLY)
    found = []
    growth = max(MIN_GROWTH, (max(until_ms, GATE_MS) / GATE_MS) ** (1 / FAR_STEPS))
    edge_ms = float(GATE_MS)
    while edge_ms < until_ms:
        edge_ms = max(edge_ms + STEP_MS, edge_ms * growth)
        found.append(now_ms + round(edge_ms))
    return found


def _shut(path: list[tuple[int, float]], closed: Closed, top: float) -> list[tuple[int, float]]:
    """The path with a time in it in which it is at the top."""
    after = [price for from_ms, price in path if from_ms <= closed.until_ms]
    return [
        *((from_ms, price) for from_ms, price in path if from_ms < closed.from_ms),
        (max(path[0][0], closed.from_ms), top),
        (closed.until_ms, after[-1]),
        *((from_ms, price) for from_ms, price in path if from_ms > closed.until_ms),
    ]


def _joined(path: list[tuple[int, float]], now_ms: int) -> list[PriceStep]:
    """Without the steps that change nothing; the first begins early enough for all clocks."""
    found = [PriceStep(max(0, now_ms - SKEW_MS), path[0][1])]
    found += [
        PriceStep(from_ms, price)
        for (_, before), (from_ms, price) in pairwise(path)
        if price != before
    ]
    return found
