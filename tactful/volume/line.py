"""Who waits on one channel: for its price, in the order of their bids, or for another reason."""

from collections import deque
from typing import NamedTuple

from sortedcontainers import SortedList

AWAKE_WITHIN_MS = 2_000
"""Those due within this time are asked at the gate; the others are asleep and can't go."""

STALE_MS = 120_000
"""One whose moment has passed for so long without a word is not waited for any longer."""

ARRIVALS_MS = 250
"""The arrivals of so long tell how many are to come."""

EXPECTED_MS = 2_000
"""No farther ahead than this are arrivals expected: a burst may be over."""


class Waiter(NamedTuple):
    """One that waits.

    Attributes:
        user_id: for whom.
        bid: None if it does not wait for the price.
        due_ms: when it is decided again.
        doubtful: whether it may bid something else by now.
    """

    user_id: str
    bid: float | None
    due_ms: int
    doubtful: bool = False


class Line:
    """The queue of a channel, kept by decision id.

    Attributes:
        bids: of all that wait for the price and are not doubtful, ascending, with their ids.
        awake: those of them that are decided again within `AWAKE_WITHIN_MS`, or right now.
        scheduled: moments of those that wait for another reason, ascending, with their ids.
    """

    def __init__(self) -> None:
        self.bids: SortedList[tuple[float, str]] = SortedList()
        self.awake: SortedList[tuple[float, str]] = SortedList()
        self.scheduled: SortedList[tuple[int, str]] = SortedList()
        self._asleep: SortedList[tuple[int, str]] = SortedList()
        self._due: SortedList[tuple[int, str]] = SortedList()
        self._waiters: dict[str, Waiter] = {}
        self._of_user: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._waiters)

    def __contains__(self, decision_id: str) -> bool:
        return decision_id in self._waiters

    def wait(self, decision_id: str, waiter: Waiter) -> None:
        """Take one in, or take in what changed of it."""
        self.leave(decision_id)
        self._waiters[decision_id] = waiter
        self._of_user.setdefault(waiter.user_id, set()).add(decision_id)
        if waiter.bid is None:
            self.scheduled.add((waiter.due_ms, decision_id))
        else:
            self.bids.add((waiter.bid, decision_id))
            self._asleep.add((waiter.due_ms, decision_id))

    def leave(self, decision_id: str) -> bool:
        """Forget one; whether it was there."""
        waiter = self._waiters.pop(decision_id, None)
        if waiter is None:
            return False
        others = self._of_user[waiter.user_id]
        others.remove(decision_id)
        if not others:
            del self._of_user[waiter.user_id]
        due = (waiter.due_ms, decision_id)
        if waiter.bid is None:
            self.scheduled.remove(due)
            return True
        self._uncount(decision_id, waiter)
        (self._asleep if due in self._asleep else self._due).remove(due)
        return True

    def doubt(self, user_id: str) -> None:
        """What waits for a user may bid less now: until it says so it is nobody's competitor."""
        for decision_id in self._of_user.get(user_id, ()):
            waiter = self._waiters[decision_id]
            self._uncount(decision_id, waiter)
            self._waiters[decision_id] = waiter._replace(doubtful=True)

    def _uncount(self, decision_id: str, waiter: Waiter) -> None:
        if waiter.bid is None or waiter.doubtful:
            return
        self.bids.remove((waiter.bid, decision_id))
        self.awake.discard((waiter.bid, decision_id))

    def advance(self, now_ms: int) -> None:
        """Wake those whose moment comes, and forget those of whom nothing was heard."""
        while self._asleep and self._asleep[0][0] <= now_ms + AWAKE_WITHIN_MS:
            due = self._asleep.pop(0)
            self._due.add(due)
            waiter = self._waiters[due[1]]
            if waiter.bid is not None and not waiter.doubtful:
                self.awake.add((waiter.bid, due[1]))
        for dues in (self._due, self.scheduled):
            while dues and dues[0][0] < now_ms - STALE_MS:
                self.leave(dues[0][1])


class Arrivals:
    """The bids of those who came lately, whatever became of them."""

    def __init__(self) -> None:
        self.bids: SortedList[float] = SortedList()
        self._order: deque[tuple[int, float]] = deque()

    def add(self, bid: float, at_ms: int) -> None:
        """One came."""
        self.bids.add(bid)
        self._order.append((at_ms, bid))

    def advance(self, since_ms: int) -> None:
        """Forget those before a moment."""
        while self._order and self._order[0][0] < since_ms:
            self.bids.remove(self._order.popleft()[1])

    def expected(self, bid: float, within_ms: float) -> float:
        """How many of at least that bid come within a time, if it goes on like this."""
        times = min(EXPECTED_MS, max(0.0, within_ms)) / ARRIVALS_MS
        return (len(self.bids) - self.bids.bisect_left(bid)) * times
