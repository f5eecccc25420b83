"""The history decide operator: the clock is the records' own time, and their order is exact.

A record waits in the state until the watermark passes it, under the millisecond it happened in; an
event-time timer stands at each such millisecond and at each wake-up. Flink fires them in order, so
two runs over the same log give the same bytes, in whatever order the topics were read. No timer
fires before the knowledge topic was read to its end, because that input has no watermark till then.
"""

import logging
import pickle
from collections.abc import Iterable
from typing import Any

from pyflink.common import Types
from pyflink.datastream.state import MapStateDescriptor

from operators.crossing import Arrived, Emitted, unseal
from operators.deciding import BYTES, Deciding
from operators.desk import NOWHERE, WAKEUP, Desk, letter
from operators.ordering import Arrival
from schemas.intake import Accepted as Record
from state.codec import StateError, pack
from tactful.engine.state import UserState
from tactful.faults import without_values
from tactful.history import MAX_WAKEUPS_AFTER_END, play
from tactful.records import DeadLetter, DeadLetterReason

LOG = logging.getLogger(__name__)

WAITING_STATE = "waiting"

MAX_WATERMARK_MS = (1 << 63) - 1
"""The watermark after the last record."""


class HistoryDecide(Deciding):
    """Decides about a log of the past, in its own time.

    Args:
        max_out_of_order_ms: how far a record's `at_ms` may be from its Kafka timestamp. Within
            that no record comes too late for its place, and what does not fit is the same in
            each run.
        others: as of `Deciding`.
    """

    def __init__(self, max_out_of_order_ms: int, **others: Any) -> None:
        super().__init__(**others)
        self._max_out_of_order_ms = max_out_of_order_ms

    def open(self, runtime_context: Any) -> None:
        """Bind the waiting records."""
        super().open(runtime_context)
        self._waiting = runtime_context.get_map_state(
            MapStateDescriptor(WAITING_STATE, Types.LONG(), BYTES)
        )
        self._woken_after_end: dict[str, int] = {}

    def process_element(self, value: bytes, ctx: Any) -> Iterable[Emitted]:
        """Let a record wait for its moment."""
        arrived = unseal(value)
        record = self._desk.read(arrived)
        if not isinstance(record, DeadLetter):
            watermark_ms = ctx.timer_service().current_watermark()
            misfit = self._misfit(record, arrived, watermark_ms)
            if misfit is None:
                self._wait(record.at_ms, value, ctx)
                return ()
            record = misfit
        return [self._desk.dead(record, arrived, arrived.stamped_ms)]

    def on_timer(self, timestamp: int, ctx: Any) -> Iterable[Emitted]:
        """Let the user live through one millisecond."""
        if not self._recalled:
            self._recall(ctx.get_broadcast_state(self._knowledge_state))
        self._metrics.flush_if_due(self._clock())
        user_id = ctx.get_current_key()
        try:
            before = self._load(user_id)
        except StateError as error:
            # without the text, which names the user
            LOG.error("a timer found a state that can't be read: %s", without_values(error))  # noqa: TRY400
            return ()
        waiting = self._waiting.get(timestamp)
        arrivals = [_arrival(self._desk, sealed) for sealed in pickle.loads(waiting or _NONE)]  # noqa: S301 - our own state
        emitted: list[Emitted] = []

        def take(state: UserState, arrival: Arrival | None, now_ms: int) -> UserState:
            if arrival is None:
                self._metrics.wakeups.count()
                taken = self._desk.take(lambda _: state, WAKEUP, NOWHERE, user_id, now_ms)
            else:
                taken = self._desk.take(
                    lambda _: state, arrival.record, arrival.arrived, user_id, now_ms
                )
            emitted.extend(taken.emitted)
            return state if taken.state is None else taken.state

        after = play(before, arrivals, timestamp, take)
        if waiting is not None:
            self._waiting.remove(timestamp)
        if after is not before:
            value = pack(after)
            self._metrics.state_size_bytes.record(len(value))
            self._state.update(value)
        if after.wakeup_ms is not None and self._may_sleep(
            user_id, after.wakeup_ms, timestamp, ctx
        ):
            ctx.timer_service().register_event_time_timer(after.wakeup_ms)
        return emitted

    def _misfit(self, record: Record, arrived: Arrived, watermark_ms: int) -> DeadLetter | None:
        allowed_ms = self._max_out_of_order_ms
        behind_ms = arrived.stamped_ms - record.at_ms
        if -allowed_ms <= behind_ms <= allowed_ms and record.at_ms > watermark_ms:
            return None
        reason = DeadLetterReason.TOO_LATE if behind_ms >= 0 else DeadLetterReason.FAR_FUTURE
        return letter(
            arrived,
            reason,
            f'record {record.id!r}: field "at_ms": found {record.at_ms} with the Kafka timestamp '
            f"{arrived.stamped_ms}, allowed in history: at most {allowed_ms} ms apart, and "
            "timestamps in order in each partition (see --max-out-of-order-ms)",
            "at_ms",
        )

    def _wait(self, at_ms: int, sealed: bytes, ctx: Any) -> None:
        found = self._waiting.get(at_ms)
        waiting: list[bytes] = pickle.loads(found) if found else []  # noqa: S301 - our own state
        waiting.append(sealed)
        self._waiting.put(at_ms, pickle.dumps(waiting))
        if not found:
            ctx.timer_service().register_event_time_timer(at_ms)

    def _may_sleep(self, user_id: str, wakeup_ms: int, now_ms: int, ctx: Any) -> bool:
        """Whether the wake-up will come to something; logs where not."""
        if wakeup_ms <= now_ms:
            LOG.error("a user's wake-up at %d does not come to rest", wakeup_ms)
            return False
        if ctx.timer_service().current_watermark() < MAX_WATERMARK_MS:
            return True
        woken = self._woken_after_end[user_id] = self._woken_after_end.get(user_id, 0) + 1
        if woken > MAX_WAKEUPS_AFTER_END:
            LOG.error("a user still wakes after %d wake-ups, given up at %d", woken, now_ms)
            return False
        return True


_NONE = pickle.dumps([])


def _arrival(desk: Desk, sealed: bytes) -> Arrival:
    arrived = unseal(sealed)
    record = desk.read(arrived)
    assert not isinstance(record, DeadLetter), "it was read before it was kept"
    return Arrival(record.at_ms, arrived.topic, record.id, arrived, record)
