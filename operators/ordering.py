"""The order in which history is lived: by (`at_ms`, topic, `id`), each wake-up when it is due.

Pure, so that replay, tests and the operator share one meaning of order.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, TypeVar

from operators.crossing import Arrived
from schemas.intake import Accepted

MAX_WAKEUPS_AT_ONCE = 1_000
"""A user woken this often without time going on is stuck; the wake-up is given up."""


class Arrival(NamedTuple):
    """A record of history with what decides its place among the user's records.

    Attributes:
        at_ms: when it happened.
        topic: the name of its topic.
        id: the record's id.
        arrived: where it came from; that orders copies of one record.
        record: the record.
    """

    at_ms: int
    topic: str
    id: str
    arrived: Arrived
    record: Accepted

    def place(self) -> tuple[int, str, str, int, int]:
        """What the order goes by."""
        return self.at_ms, self.topic, self.id, self.arrived.partition, self.arrived.offset


class Sleeper(Protocol):
    """A state that knows when it wants to be woken."""

    @property
    def wakeup_ms(self) -> int | None:
        """Epoch milliseconds, None for never."""
        ...


State = TypeVar("State", bound=Sleeper)


def play(
    state: State,
    arrivals: Iterable[Arrival],
    until_ms: int,
    take: Callable[[State, Arrival | None, int], State],
) -> State:
    """Let a user live through records, and through the wake-ups due before and after them.

    Playing history in pieces gives the same as playing it at once, if the pieces are cut by time.

    Args:
        state: the user before.
        arrivals: records in any order, none later than `until_ms`.
        until_ms: wake-ups due at this moment run too; later ones do not.
        take: does one step at a time: (state, record or None for a wake-up, now_ms) -> state.

    Returns:
        The user after.
    """
    now_ms = 0
    for arrival in sorted(arrivals, key=Arrival.place):
        state, now_ms = _wake(state, now_ms, arrival.at_ms, take)
        now_ms = max(now_ms, arrival.at_ms)
        state = take(state, arrival, now_ms)
    return _wake(state, now_ms, until_ms, take)[0]


def _wake(
    state: State,
    now_ms: int,
    until_ms: int,
    take: Callable[[State, Arrival | None, int], State],
) -> tuple[State, int]:
    at_once = 0
    while (due_ms := state.wakeup_ms) is not None and due_ms <= until_ms:
        at_once = at_once + 1 if due_ms <= now_ms else 0
        if at_once > MAX_WAKEUPS_AT_ONCE:
            break
        now_ms = max(now_ms, due_ms)
        state = take(state, None, now_ms)
    return state, now_ms
