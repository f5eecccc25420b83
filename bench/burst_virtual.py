"""The burst without a machine's hurry: `step` and the controller under one virtual clock.

Users' states lie in memory and their timers in a heap. A verdict reaches the controller, and a
price the users, after a delay that is drawn.
"""

import heapq
import random
from collections.abc import Callable, Iterable
from typing import NamedTuple

import msgspec

from bench.burst_report import Told
from bench.burst_traffic import Burst
from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.knowledge import POLICY_KEY, Knowledge
from tactful.records import Input, LedgerEntry, Wakeup
from tactful.volume.controller import Controller

START_MS = 1_790_000_000_000
TICK_MS = 250
WAKEUP = Wakeup()


class Delays(NamedTuple):
    """From a verdict to its being seen, and from a price to its being known, ms: least and most."""

    seen_ms: tuple[int, int] = (20, 100)
    known_ms: tuple[int, int] = (50, 200)


class VirtualBurst:
    """Runs a burst to its end.

    Attributes:
        ledger: what was decided.
        prices: how many price records were published.
    """

    def __init__(self, burst: Burst, delays: Delays | None = None, seed: int = 1) -> None:
        self.ledger: list[Told] = []
        self.prices = 0
        self._burst = burst
        self._delays = delays or Delays()
        self._rng = random.Random(seed)
        policy = msgspec.json.encode(burst.policy())
        self._knowledge = Knowledge().with_update(POLICY_KEY, policy)
        self._controller = Controller()
        self._controller.learn(POLICY_KEY, policy, START_MS)
        self._states: dict[str, UserState] = {}
        self._now_ms = START_MS
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._number = 0
        self._newest_ms = {"seen": 0, "known": 0}
        self._open = burst.requests

    def run(self) -> None:
        """Run until each request has its final verdict, or none can come any more."""
        for update in self._burst.introductions(START_MS - 1_000):
            self._take(update.user_id, update)
        self._feed(self._burst.asked(START_MS))
        self._at(START_MS, self._tick)
        end_ms = START_MS + 4 * self._burst.takes_ms + 60_000
        while self._open and self._events[0][0] <= end_ms:
            self._now_ms, _, act = heapq.heappop(self._events)
            act()

    def _feed(self, records: Iterable[Input]) -> None:
        for record in records:
            user, at_ms = record.user_id, record.at_ms  # type: ignore[union-attr]
            self._at(at_ms, lambda user=user, record=record: self._take(user, record))  # type: ignore[misc]

    def _at(self, at_ms: int, act: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (at_ms, self._number, act))

    def _take(self, user: str, record: Input) -> None:
        before = self._states.get(user)
        if before is None:
            before = UserState(user)
        effects = step(before, record, self._now_ms, self._knowledge)
        self._states[user] = effects.state
        wakeup_ms = effects.next_wakeup_ms
        if wakeup_ms is not None and wakeup_ms != before.wakeup_ms:
            self._at(max(self._now_ms + 1, wakeup_ms), lambda: self._wake(user))
        for output in effects.outputs:
            if isinstance(output, LedgerEntry):
                self._tell(output)

    def _wake(self, user: str) -> None:
        due_ms = self._states[user].wakeup_ms
        if due_ms is not None and due_ms <= self._now_ms:
            self._take(user, WAKEUP)

    def _tell(self, entry: LedgerEntry) -> None:
        self.ledger.append(Told(entry.request_id, entry.type, entry.verdict, entry.decided_at_ms))
        self._open -= entry.verdict.final
        self._later("seen", self._delays.seen_ms, lambda: self._observe(entry))

    def _observe(self, entry: LedgerEntry) -> None:
        self._controller.observe(entry, self._now_ms)

    def _tick(self) -> None:
        self._at(self._now_ms + TICK_MS, self._tick)
        for key, value in self._controller.tick(self._now_ms):
            self.prices += 1
            self._later(
                "known",
                self._delays.known_ms,
                lambda key=key, value=value: self._learn(key, value),  # type: ignore[misc]
            )

    def _learn(self, key: str, value: bytes | None) -> None:
        self._knowledge = self._knowledge.with_update(key, value or b"")

    def _later(self, topic: str, delay_ms: tuple[int, int], act: Callable[[], None]) -> None:
        """After a delay, but in the order of the topic."""
        at_ms = max(self._newest_ms[topic], self._now_ms + self._rng.randint(*delay_ms))
        self._newest_ms[topic] = at_ms
        self._at(at_ms, act)
