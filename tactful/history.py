"""The order in which history is lived: record by record, each wake-up when it is due.

Pure, so that the operator, the preview and the tests share one meaning of order.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, TypeVar

from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.records import Event, Feedback, Output, ProfileUpdate, Request, Wakeup
from tactful.records.common import MAX_TIME_MS

MAX_WAKEUPS_AT_ONCE = 1_000
"""A user woken this often without time going on is stuck; the wake-up is given up."""

MAX_WAKEUPS_AFTER_END = 10_000
"""A user with more wake-ups than this after the last record would never come to rest."""


class Sleeper(Protocol):
    """A state that knows when it wants to be woken."""

    @property
    def wakeup_ms(self) -> int | None:
        """Epoch milliseconds, None for never."""
        ...


class Placed(Protocol):
    """A record of history that knows its place among the user's records."""

    @property
    def at_ms(self) -> int:
        """When it happened, epoch milliseconds."""
        ...

    def place(self) -> tuple[int | str, ...]:
        """What the order goes by: `at_ms` first, then the topic and the record's id."""
        ...


State = TypeVar("State", bound=Sleeper)
Arrival = TypeVar("Arrival", bound=Placed)


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
    for arrival in sorted(arrivals, key=lambda each: each.place()):
        state, now_ms = _wake(state, now_ms, arrival.at_ms, take)
        now_ms = max(now_ms, arrival.at_ms)
        state = take(state, arrival, now_ms)
    return _wake(state, now_ms, until_ms, take)[0]


def _wake(
    state: State,
    now_ms: int,
    until_ms: int,
    take: Callable[[State, None, int], State],
) -> tuple[State, int]:
    at_once = 0
    while (due_ms := state.wakeup_ms) is not None and due_ms <= until_ms:
        at_once = at_once + 1 if due_ms <= now_ms else 0
        if at_once > MAX_WAKEUPS_AT_ONCE:
            break
        now_ms = max(now_ms, due_ms)
        state = take(state, None, now_ms)
    return state, now_ms


Lived = Event | Request | Feedback | ProfileUpdate


class Past(NamedTuple):
    """A record of history by itself, without where it was read.

    Attributes:
        at_ms: when it happened.
        topic: the last word of its topic's name.
        id: the record's id.
        record: the record.
    """

    at_ms: int
    topic: str
    id: str
    record: Lived

    def place(self) -> tuple[int | str, ...]:
        """What the order goes by."""
        return self.at_ms, self.topic, self.id


def live(
    user_id: str,
    past: Iterable[Past],
    knowledge: Knowledge,
    *,
    until_ms: int = MAX_TIME_MS,
    seen: Callable[[UserState, Lived | None, int, list[Output]], None] | None = None,
) -> list[Output]:
    """All that goes out while a user lives through a history, from a blank state.

    Args:
        user_id: whose history.
        past: the records in any order.
        knowledge: policy and models; the same from beginning to end.
        until_ms: how long to go on after the last record; by default until nothing waits.
        seen: called after each step with the state, the record (None for a wake-up), the clock
            and what went out.
    """
    outputs: list[Output] = []
    after_end = 0
    records = list(past)
    last_ms = max((each.at_ms for each in records), default=0)

    def take(state: UserState, each: Past | None, now_ms: int) -> UserState:
        nonlocal after_end
        record = Wakeup() if each is None else each.record
        effects = step(state, record, now_ms, knowledge)
        outputs.extend(effects.outputs)
        if seen is not None:
            seen(effects.state, None if each is None else each.record, now_ms, effects.outputs)
        after_end += now_ms > last_ms
        if after_end > MAX_WAKEUPS_AFTER_END:
            return UserState(user_id, effects.state.sections, None)
        return effects.state

    play(UserState(user_id), records, until_ms, take)
    return outputs
