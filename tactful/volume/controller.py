"""The volume controller: from what the ledger tells of each channel, the price to publish for it.

It keeps no promise to a single user; it only moves a price, and looks what becomes of it. All of it
is worked out from the ledger, so it can be started anew at any time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from tactful.knowledge import POLICY_KEY, PRICE_KEY, Knowledge
from tactful.policy import Policy
from tactful.records import LedgerEntry, Priority, Reason, Verdict
from tactful.volume.budget import Budget
from tactful.volume.line import ARRIVALS_MS, Arrivals, Line, Waiter
from tactful.volume.plan import Closed, steps
from tactful.volume.price import PricePath, PriceStep, parse_price, tie_break

RUSH_AHEAD_MS = 5_000
"""A rush that is due within this time is prepared for."""

ROLL_CALL_MS = 1_000
ROLL_CALL_MS_PER_WAITER = 0.5
"""How long the gate stays shut for a rush, until all of it has said its bids."""

REPEAT_MS = 1_000
"""A path without news is published again after this."""

SENT_MEMORY_MS = 60_000
"""A send that the ledger tells twice within this time counts once."""

MAX_LAG_MS = 5_000
_LAG_WEIGHT = 0.05


class Seen(msgspec.Struct, frozen=True):
    """What the controller reads of a ledger entry."""

    decision_id: str
    user_id: str
    verdict: Verdict
    reason: Reason
    priority: Priority
    decided_at_ms: int
    channel: str | None = None
    score: float | None = None
    bid: float | None = None
    also: list[Reason] = []
    reconsider_at_ms: int | None = None


@dataclass
class Lane:
    """One channel with a rate.

    Attributes:
        budget: what its provider takes.
        line: who waits for it.
        arrivals: who came lately.
        closed: the roll call of the rush that comes or goes on.
        version: of the newest path.
        priced: whether a path is in force.
        news: whether anything was seen since the newest path.
        published_ms: when that was.
    """

    budget: Budget
    line: Line = field(default_factory=Line)
    arrivals: Arrivals = field(default_factory=Arrivals)
    closed: Closed | None = None
    version: int = 0
    priced: bool = False
    news: bool = True
    published_ms: int = 0
    price: float = 0.0


class Controller:
    """Watches the ledger and sets prices. Time comes in with each call."""

    def __init__(self) -> None:
        self.lanes: dict[str, Lane] = {}
        self.lag_ms = 0.0
        self._knowledge = Knowledge()
        self._where: dict[str, Lane] = {}
        self._sent: dict[str, int] = {}
        self._versions: dict[str, int] = {}
        self._to_clear: set[str] = set()
        self._follow(self._knowledge.policy, 0)

    @property
    def rates_per_s(self) -> Mapping[str, float]:
        """The channels that have a rate."""
        return {name: lane.budget.rate_per_s for name, lane in self.lanes.items()}

    def learn(self, key: str, value: bytes, now_ms: int) -> None:
        """Take in a knowledge record: a policy, or a price that was in force before a restart.

        Raises:
            InvalidKnowledgeError: as the decide job refuses it; the rates stay as they are.
            PriceError: likewise.
        """
        if key.startswith(PRICE_KEY):
            self._was_priced(key.removeprefix(PRICE_KEY), value)
        elif key == POLICY_KEY:
            self._knowledge = self._knowledge.with_update(key, value)
            self._follow(self._knowledge.policy, now_ms)

    def observe(self, entry: Seen | LedgerEntry, now_ms: int) -> None:
        """Take in a verdict, in the order of the ledger."""
        lag_ms = max(0, now_ms - entry.decided_at_ms)
        fresh = lag_ms <= MAX_LAG_MS  # else it is the past, read after a start
        if fresh:
            self.lag_ms += _LAG_WEIGHT * (lag_ms - self.lag_ms)
        before = self._where.pop(entry.decision_id, None)
        known = False
        if before is not None:
            known = before.line.leave(entry.decision_id)
            before.news = True
        lane = self.lanes.get(entry.channel) if entry.channel is not None else None
        if lane is None:
            return
        if entry.verdict is Verdict.SEND:
            if fresh and entry.decision_id not in self._sent:
                self._sent[entry.decision_id] = entry.decided_at_ms
                lane.budget.spend()
                lane.line.doubt(entry.user_id)  # it moves the user's rates, and so the bids
                lane.news = True
                if not known:
                    self._arrive(lane, entry)
        elif entry.verdict is Verdict.HOLD and entry.reconsider_at_ms is not None:
            priced = Reason.PRICE in (entry.reason, *entry.also)
            bid = entry.bid if priced else None
            lane.line.wait(entry.decision_id, Waiter(entry.user_id, bid, entry.reconsider_at_ms))
            self._where[entry.decision_id] = lane
            lane.news = True
            if fresh and bid is not None and not known:
                self._arrive(lane, entry)

    def tick(self, now_ms: int) -> list[tuple[str, bytes | None]]:
        """The prices to publish now: key and value, None to take a price back."""
        found: list[tuple[str, bytes | None]] = [
            (PRICE_KEY + name, None) for name in sorted(self._to_clear)
        ]
        self._to_clear.clear()
        for name, lane in self.lanes.items():
            path = self._path(lane, now_ms)
            free = all(step.price == 0.0 for step in path)
            if free:
                if lane.priced:
                    found.append((PRICE_KEY + name, None))
                lane.priced = False
            elif lane.news or not lane.priced or now_ms - lane.published_ms >= REPEAT_MS:
                lane.priced, lane.news, lane.published_ms = True, False, now_ms
                lane.version += 1
                self._versions[name] = lane.version
                published = PricePath(tuple(path), lane.version)
                found.append((PRICE_KEY + name, msgspec.json.encode(published)))
        self._sent = _after(self._sent, now_ms - SENT_MEMORY_MS)
        return found

    def _path(self, lane: Lane, now_ms: int) -> list[PriceStep]:
        lane.line.advance(now_ms)
        seen_ms = now_ms - round(self.lag_ms)
        lane.budget.settle(now_ms, seen_ms)
        lane.arrivals.advance(seen_ms - ARRIVALS_MS)
        lane.closed = _roll_call(lane, now_ms)
        found = steps(
            lane.line,
            lane.arrivals,
            lane.budget,
            now_ms=now_ms,
            seen_ms=seen_ms,
            top=self._top,
            closed=lane.closed,
        )
        lane.price = found[0].price
        return found

    @property
    def _top(self) -> float:
        """More than any request can bid: the highest value, and the tie-break."""
        return max((kind.value for kind in self._knowledge.policy.types.values()), default=1.0) + 1

    def _arrive(self, lane: Lane, entry: Seen | LedgerEntry) -> None:
        bid = entry.bid
        if bid is None:
            bid = (entry.score or 0.0) + tie_break(entry.decision_id)
        if entry.priority is Priority.CRITICAL:
            bid = self._top  # it goes at any price
        lane.arrivals.add(bid, entry.decided_at_ms)

    def _follow(self, policy: Policy, now_ms: int) -> None:
        """Keep a lane for each channel that has a rate."""
        rates = {
            name: channel.rate_per_s
            for name, channel in policy.channels.items()
            if channel.rate_per_s is not None
        }
        for name in self.lanes.keys() - rates.keys():
            lane = self.lanes.pop(name)
            self._where = {one: each for one, each in self._where.items() if each is not lane}
            if lane.priced:
                self._to_clear.add(name)
        for name, rate_per_s in rates.items():
            lane = self.lanes.setdefault(
                name,
                Lane(
                    Budget(rate_per_s, now_ms),
                    version=self._versions.get(name, 0),
                    priced=name in self._to_clear,
                ),
            )
            self._to_clear.discard(name)
            if lane.budget.rate_per_s != rate_per_s:
                lane.budget = Budget(rate_per_s, now_ms)
                lane.news = True

    def _was_priced(self, channel: str, value: bytes) -> None:
        if value:
            self._versions[channel] = max(
                self._versions.get(channel, 0), parse_price(value).version
            )
        lane = self.lanes.get(channel)
        if lane is not None:
            lane.version = self._versions.get(channel, 0)
            lane.priced = bool(value)
        elif value:
            self._to_clear.add(channel)
        else:
            self._to_clear.discard(channel)


def _roll_call(lane: Lane, now_ms: int) -> Closed | None:
    """The one that goes on, until all of the rush has spoken; else the one that comes."""
    closed = lane.closed
    if closed is not None and closed.from_ms <= now_ms < closed.until_ms:
        due = lane.line.scheduled
        silent = bool(due) and due[0][0] <= now_ms
        return closed if silent or now_ms < closed.from_ms + ROLL_CALL_MS else None
    return rush(lane, now_ms)


def rush(lane: Lane, now_ms: int) -> Closed | None:
    """When to shut the gate as more are due for another reason than there is room for.

    What they will bid is not known before they are asked, and all are asked at one moment, faster
    than a price can follow.
    """
    due = lane.line.scheduled
    at = due.bisect_left((now_ms, ""))
    end = due.bisect_left((now_ms + RUSH_AHEAD_MS, ""))
    room = int(lane.budget.slack)
    while at + room < end:
        first_ms, last_ms = due[at][0], due[at + room][0]
        if last_ms - first_ms < 1_000:
            count = due.bisect_left((first_ms + 1_000, "")) - at
            length_ms = ROLL_CALL_MS + round(count * ROLL_CALL_MS_PER_WAITER)
            return Closed(first_ms, first_ms + length_ms)
        at = due.bisect_left((first_ms + 1, ""))
    return None


def _after(sent: dict[str, int], since_ms: int) -> dict[str, int]:
    """Those from a moment on; they lie in the order of time."""
    if not sent or next(iter(sent.values())) >= since_ms:
        return sent
    return {one: at_ms for one, at_ms in sent.items() if at_ms >= since_ms}
