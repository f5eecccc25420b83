"""What the live and the history operator share: the user's state, the knowledge, the metrics."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from pyflink.common import Types
from pyflink.datastream import KeyedBroadcastProcessFunction, RuntimeContext
from pyflink.datastream.state import MapStateDescriptor, ValueStateDescriptor

from operators.crossing import Arrived, Emitted, seal
from operators.desk import Desk
from operators.metrics import Metrics
from state.codec import unpack
from tactful.engine.state import UserState
from tactful.topics import DEFAULT_PREFIX

USER_STATE = "user"
KNOWLEDGE_STATE = "knowledge"

# Pickled bytes, because a primitive array of bytes fails on its first read in thread mode.
BYTES = Types.PICKLED_BYTE_ARRAY()


def clock_ms() -> int:
    """Processing time: the clock Flink reads too, without a call into the JVM."""
    return time.time_ns() // 1_000_000


def knowledge_state() -> MapStateDescriptor:
    """The broadcast state: knowledge by its key, as its topic had it."""
    return MapStateDescriptor(KNOWLEDGE_STATE, Types.STRING(), BYTES)


class Deciding(KeyedBroadcastProcessFunction):
    """A decide operator without its clock.

    Args:
        prefix: the first part of all topics' names.
        channels: the channels that have a decisions topic; empty means that every one has.
        initial_knowledge: key and value of the knowledge at the time of submission. It holds
            until the operator has read its own, so that the first decisions know it already.
        clock: gives the time, epoch milliseconds.
    """

    def __init__(
        self,
        prefix: str = DEFAULT_PREFIX,
        channels: tuple[str, ...] = (),
        initial_knowledge: tuple[tuple[str, bytes], ...] = (),
        clock: Callable[[], int] = clock_ms,
    ) -> None:
        self._prefix = prefix
        self._channels = channels
        self._initial_knowledge = initial_knowledge
        self._clock = clock

    def open(self, runtime_context: RuntimeContext) -> None:
        """Bind state and metrics."""
        self._metrics = Metrics(runtime_context.get_metrics_group())
        self._desk = Desk(self._prefix, self._channels, self._metrics)
        self._state = runtime_context.get_state(ValueStateDescriptor(USER_STATE, BYTES))
        self._first = _subtask(runtime_context) == 0
        self._knowledge_state = knowledge_state()
        self._recalled = False

    def close(self) -> None:
        """Hand on the last counts."""
        self._metrics.flush(0)

    def process_broadcast_element(self, value: Any, ctx: Any) -> Iterable[Emitted]:
        """Take a knowledge record into use; the first subtask reports an invalid one."""
        kept = ctx.get_broadcast_state(self._knowledge_state)
        if not self._recalled:
            self._recall(kept)
        now_ms = self._clock()
        letter, update = self._desk.learn(value[1], now_ms)
        if update is not None:
            kept.put(*update)
        self._metrics.flush(now_ms)
        return [letter] if letter is not None and self._first else []

    def _recall(self, kept: Any) -> None:
        found = list(kept.items())
        for key, value in self._initial_knowledge if not found else ():
            self._desk.learn(seal(Arrived("", 0, 0, 0, key.encode(), value)), 0)
        self._desk.recall(found)
        self._recalled = True

    def _load(self, user_id: str) -> UserState:
        return unpack(self._state.value(), user_id)


def _subtask(runtime_context: Any) -> int:
    """The number of this subtask.

    In thread mode PyFlink 2.3 asks the JVM for a method that Flink 2 has moved to the task info.
    """
    try:
        return int(runtime_context.get_index_of_this_subtask())
    except AttributeError:
        inner = runtime_context._runtime_context  # noqa: SLF001 - there is no public way
        return int(inner.getTaskInfo().getIndexOfThisSubtask())
