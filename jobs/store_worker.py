"""A worker that takes batches from a topic, has them written, and only then commits."""

import dataclasses
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from connectors.breaker import BreakerState
from connectors.cassandra.changes import PoisonError
from connectors.cassandra.sink import SinkUnavailableError, Written
from connectors.kafka.place import place_of
from connectors.kafka.producer import Producer, UndeliveredError
from jobs.sink_metrics import SinkMetrics
from tactful.records import DeadLetter

IDLE_POLL_S = 0.05
"""How long a quiet topic is listened to before a batch is taken as complete."""


C = TypeVar("C")
To_contra = TypeVar("To_contra", contravariant=True)
From_co = TypeVar("From_co", covariant=True)


class Sink(Protocol[To_contra]):
    """Where a batch is written, as `connectors.cassandra.sink.StoreSink`."""

    def open(self, now_ms: int) -> None:
        """Connect and make the tables, or raise SinkUnavailableError."""

    def write(self, changes: Sequence[To_contra], now_ms: int) -> Written:
        """Write all, or raise SinkUnavailableError."""

    def state(self, now_ms: int) -> BreakerState:
        """How the store stands."""

    def tend(self) -> None:
        """Called at each turn: whatever is due beside writing."""

    def assigned(self) -> None:
        """Called when partitions come or go: what was cached for their users may be old."""

    def close(self) -> None:
        """End the session."""


class Pile(Protocol[From_co]):
    """The content of a batch; `superseded` counts what needs no writing."""

    superseded: int

    def add(self, message: Message) -> None:
        """Take in a message, in the order of the topic; raises PoisonError."""

    def drop(self, partitions: set[int]) -> None:
        """Leave out what another worker reads from now on."""

    def content(self) -> Sequence[From_co]:
        """What is to be written."""


@dataclasses.dataclass(slots=True)
class Batch(Generic[C]):
    """What was read and is not yet written.

    `offsets` are the next to read and `first` the first one read, by partition.
    """

    pile: Pile[C]
    offsets: dict[int, int] = dataclasses.field(default_factory=dict)
    first: dict[int, int] = dataclasses.field(default_factory=dict)
    letters: list[tuple[bytes | None, DeadLetter]] = dataclasses.field(default_factory=list)
    oldest_ms: int | None = None
    began_s: float | None = None

    def __bool__(self) -> bool:
        return bool(self.offsets)

    def drop(self, partitions: set[int]) -> None:
        """Leave out what another worker reads from now on."""
        self.pile.drop(partitions)
        self.offsets = {p: o for p, o in self.offsets.items() if p not in partitions}
        self.letters = [pair for pair in self.letters if pair[1].partition not in partitions]


class StoreWorker(Generic[C]):
    """One thread: `run` until told to stop.

    While Cassandra is away the partitions are paused and Kafka is still polled, so that the worker
    stays in its group; the batch in hand waits and is written when Cassandra is back.
    """

    def __init__(
        self,
        consumer: Callable[[Callable[..., None], Callable[..., None]], Consumer],
        topic: str,
        sink: Sink[C],
        *,
        pile: Callable[[], Pile[C]],
        dead_letters: Producer,
        dead_letter_topic: str,
        metrics: SinkMetrics,
        batch_size: int = 1_000,
        clock_s: Callable[[], float] = time.monotonic,
        log: logging.Logger | None = None,
    ) -> None:
        self._log = log or logging.getLogger("tactful.store")
        self._consumer = consumer(self._on_error, self._on_commit)
        self._topic = self.topic = topic
        self._sink = sink
        self._dead_letters = dead_letters
        self._dead_letter_topic = dead_letter_topic
        self._metrics = metrics
        self._batch_size = batch_size
        self._clock_s = clock_s
        self._new_pile = pile
        self._batch = Batch(pile())
        self._written: dict[int, int] = {}
        self._committed = True
        self._opened = False
        self._paused = False
        self._retry_at_s = 0.0
        self._turned_at_s = clock_s()
        self._next_look_s = 0.0
        self._lag = 0
        self._start: dict[int, int] = {}
        self._waiting_for: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; then finish the batch in hand, commit and leave the group."""
        self._consumer.subscribe(
            [self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke
        )
        try:
            while not stop.is_set():
                self.turn()
            if self._batch:
                self._attempt()
            self._commit(asynchronous=False)
        finally:
            self._consumer.close()
            self._sink.close()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Alive while the loop turns; a store that is away is reported, but is no fault of ours."""
        quiet_s = self._clock_s() - self._turned_at_s
        return quiet_s < 120, {
            "seconds_since_turn": round(quiet_s, 1),
            "waiting_for": self._waiting_for,
            "lag_records": self._lag,
        }

    def turn(self) -> None:
        """Poll once, and write what is due."""
        self._turned_at_s = now_s = self._clock_s()
        timeout_s = IDLE_POLL_S
        if self._batch:
            timeout_s = min(0.2, max(0.0, self._retry_at_s - now_s))
        for message in self._consumer.consume(self._batch_size, timeout=timeout_s):
            self._take(message)
        if self._clock_s() >= self._retry_at_s:
            if self._batch:
                self._attempt()
            elif not self._opened:
                self._open()
        if not self._batch and self._paused:
            self._pause(False)
        self._sink.tend()
        self._metrics.breaker_state.set(self._sink.state(self._now_ms()))
        if now_s >= self._next_look_s:
            self._next_look_s = now_s + 1.0
            self._measure_lag()
            if not self._committed:
                self._commit(asynchronous=True)

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.fatal():
                raise KafkaException(error)
            self._log.warning("Kafka: %s", error.str())
            return
        place = place_of(message)
        self._batch.first.setdefault(place.partition, place.offset)
        self._batch.offsets[place.partition] = place.offset + 1
        entered_ms = message.timestamp()[1]
        if self._batch.oldest_ms is None or entered_ms < self._batch.oldest_ms:
            self._batch.oldest_ms = entered_ms
        try:
            self._batch.pile.add(message)
        except PoisonError as poison:
            self._batch.letters.append((message.key(), _letter(message, poison)))

    def _open(self) -> None:
        """Have the tables made: the API needs them before the first record can come."""
        try:
            self._sink.open(self._now_ms())
        except SinkUnavailableError as error:
            self._wait("Cassandra", str(error), error.retry_in_ms / 1000)
            return
        self._waiting_for, self._opened = None, True

    def _attempt(self) -> None:
        batch = self._batch
        if batch.began_s is None:
            batch.began_s = self._clock_s()
        try:
            written = self._sink.write(batch.pile.content(), self._now_ms())
            self._send_letters(batch)
        except SinkUnavailableError as error:
            self._wait("Cassandra", str(error), error.retry_in_ms / 1000)
            return
        except UndeliveredError as error:
            self._wait("Kafka", str(error), 1.0)
            return
        if self._waiting_for:
            self._log.info("%s is back; %d rows written", self._waiting_for, written.rows)
        self._waiting_for, self._opened = None, True
        metrics = self._metrics
        metrics.count(written)
        metrics.superseded.inc(batch.pile.superseded)
        metrics.batch_ms.observe((self._clock_s() - batch.began_s) * 1000)
        if batch.oldest_ms is not None:
            metrics.age_ms.observe(max(0.0, time.time() * 1000 - batch.oldest_ms))
        self._written.update(batch.offsets)
        self._batch = Batch(self._new_pile())
        self._commit(asynchronous=True)

    def _wait(self, store: str, detail: str, pause_s: float) -> None:
        self._metrics.retries.inc()
        self._retry_at_s = self._clock_s() + pause_s
        self._waiting_for = store
        self._log.warning("%s is away, next attempt in %.1f s: %s", store, pause_s, detail)
        self._pause(True)

    def _send_letters(self, batch: Batch[C]) -> None:
        for key, letter in batch.letters:
            self._dead_letters.send(self._dead_letter_topic, key, msgspec.json.encode(letter))
        if batch.letters:
            self._dead_letters.flush(10.0)
        for _, letter in batch.letters:
            self._metrics.dead_letters.labels(letter.reason.value).inc()
            self._log.warning(
                "dead letter (%s) from %s/%d at %d",  # its detail may name the user
                letter.reason,
                letter.topic,
                letter.partition,
                letter.offset,
            )

    def _pause(self, wanted: bool) -> None:
        places = self._consumer.assignment()
        if places:
            (self._consumer.pause if wanted else self._consumer.resume)(places)
        self._paused = wanted

    def _commit(self, *, asynchronous: bool) -> None:
        self._committed = True
        if not self._written:
            return
        offsets = [TopicPartition(self._topic, p, o) for p, o in self._written.items()]
        try:
            if asynchronous:
                self._consumer.commit(offsets=offsets, asynchronous=True)
            else:
                self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            # nothing is lost: those records are read and written once more
            self._log.warning("commit: %s", error.args[0].str())

    def _on_commit(self, error: KafkaError | None, _places: list[TopicPartition]) -> None:
        if error is not None:
            self._log.warning("commit: %s", error.str())
            self._committed = not error.retriable()

    def _on_error(self, error: KafkaError) -> None:
        self._log.warning("Kafka: %s", error.str())
        if error.fatal():
            raise KafkaException(error)

    def _on_assign(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        self._log.info(
            "reading %s", ", ".join(f"{p.topic}/{p.partition}" for p in places) or "nothing"
        )
        self._metrics.partitions.set(len(places))
        self._metrics.assignments.inc()
        self._sink.assigned()
        self._start = self._starts(consumer, places)
        consumer.assign(places)
        if self._paused and places:
            consumer.pause(places)

    def _on_revoke(self, _consumer: Consumer, places: list[TopicPartition]) -> None:
        gone = {place.partition for place in places}
        self._batch.drop(gone)
        self._written = {p: o for p, o in self._written.items() if p not in gone}
        self._metrics.partitions.set(0)

    def _starts(self, consumer: Consumer, places: list[TopicPartition]) -> dict[int, int]:
        """Where reading goes on, for the lag alone: 0 where nothing was committed."""
        try:
            known = consumer.committed(places, timeout=2.0) if places else []
        except KafkaException:
            return {}
        return {place.partition: max(0, place.offset) for place in known}

    def _measure_lag(self) -> None:
        lag = 0
        for place in self._consumer.position(self._consumer.assignment()):
            # cached: as of the last fetch, so this asks nobody
            high = self._consumer.get_watermark_offsets(place, cached=True)[1]
            done = self._batch.first.get(place.partition, place.offset)
            if done < 0:  # nothing was read of this partition yet
                done = self._start.get(place.partition, high)
            lag += max(0, high - done)
        self._lag = lag
        self._metrics.lag_records.set(lag)

    def _now_ms(self) -> int:
        return int(self._clock_s() * 1000)


def _letter(message: Message, poison: PoisonError) -> DeadLetter:
    key, place = message.key(), place_of(message)
    return DeadLetter(
        reason=poison.reason,
        detail=poison.detail,
        topic=place.topic,
        partition=place.partition,
        offset=place.offset,
        value=message.value() or b"",
        key=None if key is None else key.decode(errors="replace"),
        seen_at_ms=message.timestamp()[1],
        field=poison.field,
    )
