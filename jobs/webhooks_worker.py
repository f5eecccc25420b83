"""The webhook worker: follows verdicts and updates, and sends what subscribers want to know.

Three steps, each of which may be repeated without harm: an event becomes a delivery record; a
delivery record that is due is sent; its outcome becomes a record again (or a tombstone). Offsets of
the events are committed when their deliveries are in Kafka.
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message

from connectors.kafka.place import place_of
from connectors.kafka.producer import UndeliveredError
from connectors.webhooks.events import Told, of_entry, of_update
from connectors.webhooks.outbox import Delivery, Outbox, Result, Write, encode_delivery
from connectors.webhooks.subscriptions import Book, Subscription
from jobs.webhooks_metrics import WebhookMetrics
from schemas import ContractError, decode_record
from tactful.records import LedgerEntry, ProfileUpdate

log = logging.getLogger("tactful.webhooks")

_BATCH = 500
_POLL_S = 0.05
_PAUSE_S = 1.0
_SWEEP_MS = 1_000
_entry = msgspec.json.Decoder(LedgerEntry).decode


class Outlet(Protocol):
    """What the worker needs of a producer."""

    def send(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        """Queue one record."""

    def flush(self, timeout_s: float = 30.0) -> None:
        """Wait until all are acknowledged."""


class Post(Protocol):
    """What the worker needs of a sender."""

    def send(self, delivery: Delivery, url: str, secrets: Iterable[str]) -> Result:
        """One attempt."""


def clock_ms() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


class WebhookWorker:
    """One is enough; a second would send everything twice, under the same webhook-id.

    Args:
        events: a group consumer, subscribed here.
        state: a consumer of the two compacted topics, assigned and at their beginning; it tells
            the end of each partition.
        state_places: the partitions of these, (topic, number).
        topics: full names of ledger, profile updates, webhooks, deliveries.
        outlet: writes records.
        sender: sends over HTTP.
        secrets_of: a subscription's secrets, those that sign now.
        metrics: what is counted.
        threads: attempts at once.
        clock: epoch milliseconds.
    """

    def __init__(
        self,
        events: Consumer,
        state: Consumer,
        state_places: Iterable[tuple[str, int]],
        topics: "Names",
        *,
        outlet: Outlet,
        sender: Post,
        secrets_of: Callable[[Subscription], list[str]],
        metrics: WebhookMetrics,
        threads: int = 8,
        clock: Callable[[], int] = clock_ms,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._events = events
        self._state = state
        self._ends_missing = set(state_places)
        self._topics = topics
        self._outlet = outlet
        self._sender = sender
        self._secrets_of = secrets_of
        self._metrics = metrics
        self._threads = threads
        self._clock = clock
        self._draw = draw
        self.book = Book()
        self.outbox = Outbox(self.book)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="webhook")
        self._flying: dict[Future[Result], Delivery] = {}
        self._turned_ms = clock()
        self._sweep_ms = 0

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; attempts on their way are awaited."""
        self._events.subscribe([self._topics.ledger, self._topics.updates])
        try:
            while not stop.is_set():
                try:
                    self.turn()
                except (KafkaException, UndeliveredError) as error:
                    # Offsets are not committed, and sent attempts come back: nothing is lost.
                    log.warning("Kafka does not take it now: %s", type(error).__name__)
                    stop.wait(_PAUSE_S)
        finally:
            self._pool.shutdown(wait=True)
            try:
                self._collect()
            except (KafkaException, UndeliveredError):
                log.warning("outcomes of the last attempts could not be written")
            self._events.close()
            self._state.close()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Alive while the loop turns."""
        quiet_s = (self._clock() - self._turned_ms) / 1000
        return quiet_s < 120, {
            "seconds_since_turn": round(quiet_s, 1),
            "subscriptions": len(self.book.by_id),
            "pending": len(self.outbox),
            "catching_up": bool(self._ends_missing),
        }

    def turn(self) -> None:
        """One round: what is known, what happened, what is due, what came of it."""
        self._turned_ms = now_ms = self._clock()
        for message in self._state.consume(_BATCH, timeout=_POLL_S if self._ends_missing else 0):
            self._take_state(message)
        if self._ends_missing:
            return  # who wants what, and what was sent, is not all known yet
        self._collect()
        self._take_events(now_ms)
        self._send_due(now_ms)
        if now_ms >= self._sweep_ms:
            self._sweep_ms = now_ms + _SWEEP_MS
            self._write(self.outbox.abandoned())
        self._metrics.pending.set(len(self.outbox))

    def _take_state(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                place = place_of(message)
                self._ends_missing.discard((place.topic, place.partition))
            return
        key = (message.key() or b"").decode(errors="replace")
        taker = self.book if message.topic() == self._topics.webhooks else self.outbox
        if not taker.take(key, message.value()):
            log.warning("a record of %s can't be read", message.topic())

    def _take_events(self, now_ms: int) -> None:
        messages = self._events.consume(_BATCH, timeout=_POLL_S)
        writes: list[Write] = []
        for message in messages:
            if message.error() is None and self.book.by_id:
                for told in self._told(message):
                    writes += self.outbox.deliveries(told, now_ms)
        self._write(writes)
        if any(message.error() is None for message in messages):
            self._events.commit(asynchronous=True)

    def _told(self, message: Message) -> list[Told]:
        value = message.value()
        if not value:
            return []
        try:
            if message.topic() == self._topics.ledger:
                return [of_entry(_entry(value))]
            return of_update(decode_record(ProfileUpdate, value))
        except (msgspec.DecodeError, msgspec.ValidationError, ContractError):
            self._metrics.unreadable.inc()
        return []

    def _send_due(self, now_ms: int) -> None:
        for delivery, subscription in self.outbox.due(now_ms, self._threads - len(self._flying)):
            self._metrics.attempts.inc()
            job = self._pool.submit(self._attempt, delivery, subscription)
            self._flying[job] = delivery

    def _attempt(self, delivery: Delivery, subscription: Subscription) -> Result:
        try:
            return self._sender.send(delivery, subscription.url, self._secrets_of(subscription))
        except Exception as error:  # noqa: BLE001 - one endpoint must not end the others'
            log.warning("an attempt failed: %s", type(error).__name__)
            return Result(0)

    def _collect(self) -> None:
        """Write down what came of the attempts that are over."""
        over = [job for job in self._flying if job.done()]
        writes: list[Write] = []
        for job in over:
            delivery, result = self._flying[job], job.result()
            self._metrics.count(result)
            writes += self.outbox.done(delivery, result, self._clock(), self._draw())
        self._write(writes)
        for job in over:
            del self._flying[job]

    def _write(self, writes: Iterable[Write]) -> None:
        wrote = False
        for write in writes:
            wrote = True
            if write.subscription is not None:
                log.warning("webhook %s is disabled: %s", write.key, write.subscription.disabled)
                self._metrics.disabled.inc()
                value = msgspec.json.encode(write.subscription)
                self.book.take(write.key, value)
                self._outlet.send(self._topics.webhooks, write.key.encode(), value)
                continue
            body = None if write.delivery is None else encode_delivery(write.delivery)
            self._outlet.send(self._topics.deliveries, write.key.encode(), body)
        if wrote:
            self._outlet.flush(10.0)


class Names(msgspec.Struct, frozen=True):
    """The full names of the topics."""

    ledger: str
    updates: str
    webhooks: str
    deliveries: str
