"""What is on its way: pure bookkeeping of deliveries, their retries, and when one gives up.

The outbox holds what the topic of deliveries says and nothing else. Whatever it decides is written
there first and comes back as a record, so that a worker that starts anew knows the same.
"""

import hashlib
import heapq
from collections import Counter
from typing import NamedTuple

import msgspec

from connectors.webhooks.events import Told
from connectors.webhooks.subscriptions import Book, Disabled, Subscription, wanting

RETRY_AFTER_MS = (
    5_000,
    300_000,
    1_800_000,
    7_200_000,
    18_000_000,
    36_000_000,
    50_400_000,
    72_000_000,
    86_400_000,
)
"""After each failure, as Standard Webhooks recommends it: over three days in all."""

MAX_PENDING = 2_000
"""Deliveries that may wait for one endpoint; beyond it the subscription is disabled."""

_JITTER = 0.1
_GONE = 410


class Delivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event on its way to one endpoint. `id` is the webhook-id, the same at each attempt."""

    id: str
    subscription_id: str
    body: bytes
    created_at_ms: int
    due_ms: int
    attempt: int = 1


class Write(NamedTuple):
    """A record to write: a delivery (None: done), or a subscription that was disabled."""

    key: str
    delivery: Delivery | None = None
    subscription: Subscription | None = None


class Result(NamedTuple):
    """What an endpoint answered: its status (0: none came), and when it wants to be asked again."""

    status: int
    retry_after_ms: int = 0

    @property
    def good(self) -> bool:
        """Whether it took it."""
        return 200 <= self.status < 300


_decode = msgspec.json.Decoder(Delivery).decode
encode_delivery = msgspec.json.Encoder().encode


class Outbox:
    """The deliveries that are not done, the soonest first."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.counts: Counter[str] = Counter()
        self._open: dict[str, Delivery] = {}
        self._due: list[tuple[int, str, int]] = []
        self._flying: set[str] = set()
        self._of: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    # what the topic says

    def take(self, key: str, value: bytes | None) -> bool:
        """Note a record of the deliveries' topic; false when it can't be read."""
        known = self._open.get(key)
        if not value:
            if known is not None:
                self._forget(known)
            return True
        try:
            found = _decode(value)
        except (msgspec.DecodeError, msgspec.ValidationError):
            return False
        if known is not None and known.attempt >= found.attempt:
            return True
        if known is None:
            self._of[found.subscription_id] += 1
        self._open[key] = found
        self._flying.discard(key)
        heapq.heappush(self._due, (found.due_ms, key, found.attempt))
        return True

    # what follows from it

    def deliveries(self, told: Told, now_ms: int) -> list[Write]:
        """What an event makes: a delivery for each endpoint that wants it."""
        writes = []
        for each in wanting(self.book.by_id, told.type):
            if self._of[each.id] >= MAX_PENDING:
                self.counts["behind"] += 1
                writes.append(_disabled(each, Disabled.BEHIND))
                continue
            delivery = delivery_of(each.id, told, now_ms)
            if delivery.id not in self._open:
                writes.append(Write(delivery.id, delivery))
        return writes

    def due(self, now_ms: int, most: int) -> list[tuple[Delivery, Subscription]]:
        """Deliveries whose moment has come, and where they go; each is given out once."""
        found: list[tuple[Delivery, Subscription]] = []
        while self._due and self._due[0][0] <= now_ms and len(found) < most:
            _, key, attempt = heapq.heappop(self._due)
            delivery = self._open.get(key)
            if delivery is None or delivery.attempt != attempt or key in self._flying:
                continue
            subscription = self.book.by_id.get(delivery.subscription_id)
            if subscription is not None and subscription.disabled is None:
                self._flying.add(key)
                found.append((delivery, subscription))
        return found

    def abandoned(self) -> list[Write]:
        """Deliveries to endpoints that are gone or disabled: they are done."""
        found = []
        for key, delivery in self._open.items():
            subscription = self.book.by_id.get(delivery.subscription_id)
            if (subscription is None or subscription.disabled) and key not in self._flying:
                found.append(Write(key))
        return found

    def next_due_ms(self) -> int | None:
        """When the next one is due."""
        return self._due[0][0] if self._due else None

    def done(self, delivery: Delivery, result: Result, now_ms: int, draw: float) -> list[Write]:
        """What an answer means: done, again later, or no more.

        Args:
            delivery: as `due` gave it.
            result: what the endpoint answered.
            now_ms: epoch milliseconds.
            draw: in [0, 1), so that many retries don't come at once.
        """
        if result.good:
            self.counts["delivered"] += 1
            return [Write(delivery.id)]
        self.counts["failed"] += 1
        subscription = self.book.by_id.get(delivery.subscription_id)
        if subscription is None:
            return [Write(delivery.id)]
        if result.status == _GONE:
            self.counts["gone"] += 1
            return [Write(delivery.id), _disabled(subscription, Disabled.GONE)]
        if delivery.attempt > len(RETRY_AFTER_MS):
            self.counts["given_up"] += 1
            return [Write(delivery.id), _disabled(subscription, Disabled.FAILING)]
        pause_ms = RETRY_AFTER_MS[delivery.attempt - 1]
        pause_ms = int(pause_ms * (1 + _JITTER * (2 * draw - 1)))
        pause_ms = max(pause_ms, min(result.retry_after_ms, RETRY_AFTER_MS[-1]))
        again = msgspec.structs.replace(
            delivery, attempt=delivery.attempt + 1, due_ms=now_ms + pause_ms
        )
        return [Write(delivery.id, again)]

    def _forget(self, delivery: Delivery) -> None:
        del self._open[delivery.id]
        self._flying.discard(delivery.id)
        self._of[delivery.subscription_id] -= 1


def delivery_of(subscription_id: str, told: Told, now_ms: int) -> Delivery:
    """An event on its way to an endpoint; the same event makes the same id."""
    mark = hashlib.blake2b(f"{subscription_id}|{told.id}".encode(), digest_size=16).hexdigest()
    return Delivery(f"msg_{mark}", subscription_id, told.body, now_ms, now_ms)


def _disabled(subscription: Subscription, why: Disabled) -> Write:
    return Write(subscription.id, None, msgspec.structs.replace(subscription, disabled=why))
