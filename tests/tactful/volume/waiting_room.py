"""A channel in virtual time: requests that bid, held until the path says, and their controller.

It stands in for the decide job: what it does with a price is what `step` does with it, and nothing
else is in the way. Verdicts reach the controller, and prices the channel, after some time.
"""

import heapq
import random
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from tactful.ids import decision_id
from tactful.knowledge import POLICY_KEY
from tactful.policy import ChannelPolicy, NotificationType, Policy, Purpose
from tactful.records import Priority, Reason, Verdict
from tactful.volume.controller import Controller, Seen
from tactful.volume.price import PricePath, parse_price, tie_break

TICK_MS = 250


def policy(rate_per_s: float | None) -> bytes:
    return msgspec.json.encode(
        Policy(
            version="v",
            types={"news": NotificationType(Purpose.MARKETING, ("email",))},
            channels={"email": ChannelPolicy(rate_per_s=rate_per_s)},
        )
    )


class Asked(NamedTuple):
    at_ms: int
    name: str
    worth: float
    scheduled_ms: int | None = None  # held for another reason until then
    cancelled_ms: int | None = None
    priority: Priority = Priority.NORMAL


class Room:
    """All that happens, in the order of time."""

    def __init__(
        self,
        rate_per_s: float,
        *,
        seen_after_ms: tuple[int, int] = (50, 150),
        known_after_ms: tuple[int, int] = (50, 150),
        seed: int = 1,
    ) -> None:
        self.rng = random.Random(seed)
        self.controller = Controller()
        self.controller.learn(POLICY_KEY, policy(rate_per_s), 0)
        self.path: PricePath | None = None
        self.now_ms = 0
        self.sent: dict[str, int] = {}
        self.ended: dict[str, Verdict] = {}
        self.holds: Counter[str] = Counter()
        self.published: list[tuple[int, bytes | None]] = []
        self.controller_on = True
        self._seen_after_ms = seen_after_ms
        self._known_after_ms = known_after_ms
        self._last_seen_ms = 0
        self._last_known_ms = 0
        self._events: list[tuple[int, int, Callable[[], None]]] = []
        self._number = 0
        self._at(0, self._tick)

    def ask(self, asked: Asked) -> None:
        self._at(asked.at_ms, lambda: self._decide(asked))
        if asked.cancelled_ms is not None:
            self._at(asked.cancelled_ms, lambda: self._cancel(asked))

    def run(self, until_ms: int) -> None:
        while self._events and self._events[0][0] <= until_ms:
            self.now_ms, _, act = heapq.heappop(self._events)
            act()
        self.now_ms = until_ms

    def rates(self, window_ms: int = 1_000) -> Counter[int]:
        """Sends by window."""
        return Counter(at_ms // window_ms for at_ms in self.sent.values())

    def at(self, at_ms: int, act: Callable[[], None]) -> None:
        self._at(at_ms, act)

    def _at(self, at_ms: int, act: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, (at_ms, self._number, act))

    def _decide(self, asked: Asked) -> None:
        if asked.name in self.ended:
            return
        if asked.scheduled_ms is not None and self.now_ms < asked.scheduled_ms:
            self._hold(asked, Reason.QUIET_HOURS, asked.scheduled_ms, None)
            return
        bid = asked.worth + tie_break(decision_id(asked.name, asked.name))
        due_ms: int | None = self.now_ms
        if self.path is not None and asked.priority is not Priority.CRITICAL:
            due_ms = self.path.earliest_ms(bid, self.now_ms)
        assert due_ms is not None, "a path ends at a price of 0"
        if due_ms > self.now_ms:
            self._hold(asked, Reason.PRICE, due_ms, bid)
            return
        self.sent[asked.name] = self.now_ms
        self.ended[asked.name] = Verdict.SEND
        self._tell(asked, Verdict.SEND, Reason.ALLOWED, channel="email", score=asked.worth)

    def _hold(self, asked: Asked, reason: Reason, due_ms: int, bid: float | None) -> None:
        self.holds[asked.name] += 1
        self._tell(
            asked,
            Verdict.HOLD,
            reason,
            channel="email",
            score=asked.worth,
            bid=bid,
            reconsider_at_ms=due_ms,
        )
        self._at(due_ms, lambda: self._decide(asked))

    def _cancel(self, asked: Asked) -> None:
        if asked.name not in self.ended:
            self.ended[asked.name] = Verdict.CANCEL
            self._tell(asked, Verdict.CANCEL, Reason.CANCELLED_BY_EVENT)

    def _tell(self, asked: Asked, verdict: Verdict, reason: Reason, **more: object) -> None:
        seen = Seen(
            decision_id(asked.name, asked.name),
            asked.name,
            verdict,
            reason,
            asked.priority,
            self.now_ms,
            **more,  # type: ignore[arg-type]
        )
        # the ledger keeps its order
        arrives_ms = max(self._last_seen_ms, self.now_ms + self.rng.randint(*self._seen_after_ms))
        self._last_seen_ms = arrives_ms
        self._at(arrives_ms, lambda: self._observe(seen))

    def _observe(self, seen: Seen) -> None:
        if self.controller_on:
            self.controller.observe(seen, self.now_ms)

    def _tick(self) -> None:
        self._at(self.now_ms + TICK_MS, self._tick)
        if not self.controller_on:
            return
        for _, value in self.controller.tick(self.now_ms):
            self.published.append((self.now_ms, value))
            arrives_ms = max(
                self._last_known_ms, self.now_ms + self.rng.randint(*self._known_after_ms)
            )
            self._last_known_ms = arrives_ms
            path = parse_price(value) if value else None
            self._at(arrives_ms, lambda path=path: self._take(path))  # type: ignore[misc]

    def _take(self, path: PricePath | None) -> None:
        self.path = path
