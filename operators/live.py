"""The live decide operator: the clock is processing time, a timer wakes a user.

Timers are lazy. A user always has a timer at or before the wake-up in the state; one that fires
too early asks the state and goes back to sleep. So a wake-up that moves to a later time costs
nothing, and after a restore nobody needs to know which timers there were.
"""

import logging
import time
from collections.abc import Iterable
from typing import Any

from operators.crossing import Emitted, unseal
from operators.deciding import Deciding
from operators.desk import NOWHERE, WAKEUP, Taken
from operators.metrics import FLUSH_INTERVAL_MS
from state.codec import StateError, pack
from tactful.engine.state import UserState
from tactful.faults import without_values
from tactful.records import DeadLetter

LOG = logging.getLogger(__name__)

CACHE_USERS = 50_000
"""States kept at hand in each operator, about 3 KB each; the oldest goes first."""

SAMPLE = 16
"""One record in so many is timed, and the state it writes measured."""

AGAIN_MS = 100
"""What is still due after a wake-up is looked at after this."""

RETRY_MS = 60_000
"""A wake-up that failed is tried again after this."""


class LiveDecide(Deciding):
    """Decides about each record as it comes."""

    def open(self, runtime_context: Any) -> None:
        """Start with an empty cache: it dies with this instance, so it can't outlive a restore."""
        super().open(runtime_context)
        self._cache: dict[str, UserState] = {}
        self._seen = 0
        self._sampled = False

    def process_element(self, value: bytes, ctx: Any) -> Iterable[Emitted]:
        """Decide about one record."""
        self._seen += 1
        self._sampled = self._seen % SAMPLE == 0
        if not self._sampled:
            return self._process(value, ctx)
        started_ns = time.perf_counter_ns()
        emitted = self._process(value, ctx)
        self._metrics.decision_time_us.record((time.perf_counter_ns() - started_ns) // 1_000)
        return emitted

    def on_timer(self, timestamp: int, ctx: Any) -> Iterable[Emitted]:
        """Wake the user, if something is due."""
        if not self._recalled:
            self._recall(ctx.get_broadcast_state(self._knowledge_state))
        now_ms = max(self._clock(), timestamp)
        timers = ctx.timer_service()
        if self._metrics.pending and self._metrics.flush_if_due(now_ms):
            timers.register_processing_time_timer(now_ms + FLUSH_INTERVAL_MS)
        user_id = ctx.get_current_key()
        try:
            before = self._load(user_id)
        except StateError as error:
            # without the text, which names the user
            LOG.error("a timer found a state that can't be read: %s", without_values(error))  # noqa: TRY400
            return ()
        if before.wakeup_ms is None:
            return ()
        if before.wakeup_ms > now_ms:
            timers.register_processing_time_timer(before.wakeup_ms)
            return ()
        self._metrics.wakeups.count()
        taken = self._desk.take(self._load, WAKEUP, NOWHERE, user_id, now_ms)
        after = self._write(before, taken)
        if after.wakeup_ms is not None:
            pause_ms = RETRY_MS if after is before else AGAIN_MS
            due = after.wakeup_ms <= now_ms
            timers.register_processing_time_timer(now_ms + pause_ms if due else after.wakeup_ms)
        return taken.emitted

    def _process(self, value: bytes, ctx: Any) -> Iterable[Emitted]:
        if not self._recalled:
            self._recall(ctx.get_broadcast_state(self._knowledge_state))
        now_ms = self._clock()
        if self._metrics.flush_if_due(now_ms):
            # This user's timer hands on what is counted from here, should no record follow.
            ctx.timer_service().register_processing_time_timer(now_ms + FLUSH_INTERVAL_MS)
        arrived = unseal(value)
        record = self._desk.read(arrived)
        if isinstance(record, DeadLetter):
            return [self._desk.dead(record, arrived, now_ms)]
        letter = self._desk.refuse(record, arrived, now_ms)
        if letter is not None:
            return [self._desk.dead(letter, arrived, now_ms)]
        self._metrics.lag_ms.record(max(0, now_ms - record.at_ms))
        user_id = record.user_id
        taken = self._desk.take(self._load, record, arrived, user_id, now_ms)
        if taken.state is not None:
            before = self._cache[user_id]
            after = self._write(before, taken)
            if after.wakeup_ms is not None and (
                before.wakeup_ms is None or after.wakeup_ms < before.wakeup_ms
            ):
                ctx.timer_service().register_processing_time_timer(after.wakeup_ms)
        return taken.emitted

    def _load(self, user_id: str) -> UserState:
        cached = self._cache.get(user_id)
        if cached is None:
            cached = super()._load(user_id)
            if len(self._cache) >= CACHE_USERS:
                del self._cache[next(iter(self._cache))]
            self._cache[user_id] = cached
        return cached

    def _write(self, before: UserState, taken: Taken) -> UserState:
        after = taken.state
        if after is None or after is before:
            return before
        value = pack(after)
        if self._sampled:
            self._metrics.state_size_bytes.record(len(value))
        self._state.update(value)
        self._cache[after.user_id] = after
        return after
