"""The bare `step` loop in memory: decode, unpack, step, encode, pack. The rest is the engine."""

import heapq
import time
from collections import Counter
from collections.abc import Iterable

from bench.traffic import Raw
from schemas.codec import encode
from schemas.intake import read
from state.codec import pack, unpack
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.records import DeadLetter, Wakeup


class Loop:
    """States in a dict, timers in a heap, the clock of the machine: as live as it gets."""

    def __init__(self, knowledge: Knowledge | None = None) -> None:
        self.knowledge = knowledge or Knowledge()
        self.states: dict[str, bytes] = {}
        self.outputs: Counter[str] = Counter()
        self.wakeups = 0
        self._timers: list[tuple[int, str]] = []

    def run(self, records: Iterable[Raw]) -> int:
        """Take all records in; returns how many."""
        count = 0
        for raw in records:
            now_ms = time.time_ns() // 1_000_000
            while self._timers and self._timers[0][0] <= now_ms:
                due_ms, user = heapq.heappop(self._timers)
                self._wake(user, due_ms, now_ms)
            user = raw.key.decode()
            record = read(raw.kind, user, raw.value, 0, count)
            if isinstance(record, DeadLetter):
                self.outputs["DeadLetter"] += 1
            else:
                self._take(user, record, now_ms)
            count += 1
        return count

    def _wake(self, user: str, due_ms: int, now_ms: int) -> None:
        # A timer that was replaced by an earlier or later one has nothing to say.
        if unpack(self.states[user], user).wakeup_ms == due_ms:
            self.wakeups += 1
            self._take(user, Wakeup(), now_ms)

    def _take(self, user: str, record: object, now_ms: int) -> None:
        state = unpack(self.states.get(user), user)
        effects = step(state, record, now_ms, self.knowledge)  # type: ignore[arg-type]
        for output in effects.outputs:
            encode(output)  # part of what is measured
            self.outputs[type(output).__name__] += 1
        if effects.state is not state:
            self.states[user] = pack(effects.state)
            if effects.next_wakeup_ms is not None and effects.next_wakeup_ms != state.wakeup_ms:
                heapq.heappush(self._timers, (effects.next_wakeup_ms, user))
