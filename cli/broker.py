"""Kafka for the commands: one producer, and readers that belong to no group and commit nothing."""

import dataclasses
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, NamedTuple, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.refusal import KafkaRefusedError, Refusals

_TIMEOUT_S = 15.0
_POLL_S = 0.5
_BATCH = 1_000
_FIRST: Any = OffsetSpec.earliest()  # type: ignore[no-untyped-call]
_LAST: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call]


class BrokerError(RuntimeError):
    """Kafka did not answer, or refused; the message says what to do."""


def explain(kafka: KafkaConnection, error: KafkaException | KafkaError) -> BrokerError:
    """The error as a sentence for a person."""
    if isinstance(error, KafkaRefusedError):
        return BrokerError(str(error))
    known = error.args[0] if isinstance(error, KafkaException) and error.args else error
    text = known.str() if isinstance(known, KafkaError) else str(known)
    return BrokerError(
        f"Kafka at {kafka} did not do it: {text}. Is the stack up? `tactful status` tells, "
        "`tactful up` starts it."
    )


@dataclasses.dataclass(frozen=True)
class Written:
    """Where a record went."""

    topic: str
    partition: int
    offset: int


class Seen(NamedTuple):
    """A record as it was read; `value` is empty for a tombstone."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes
    written_ms: int


class Writer:
    """A producer whose records of one key stay in order and in the partition all others use."""

    def __init__(self, kafka: KafkaConnection) -> None:
        self._kafka = kafka
        self._refusals = Refusals(kafka)
        self.failed: list[KafkaError] = []
        self.written = 0
        self._producer = Producer(
            {
                **kafka.client_settings(),
                "error_cb": self._refusals,
                "partitioner": "murmur2_random",
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 5,
                "message.timeout.ms": int(_TIMEOUT_S * 1000),
                "log_level": 0,
            }
        )

    def write(
        self,
        topic: str,
        user_id: str | None,
        value: bytes | None,
        at_ms: int | None = None,
        done: Callable[[Written], None] | None = None,
    ) -> None:
        """Hand a record to Kafka, keyed by its user; `at_ms` becomes the record's timestamp.

        A value of None is a tombstone: a compacted topic forgets the key.
        """

        def delivered(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                self.failed.append(error)
                return
            self.written += 1
            if done is not None:
                done(Written(str(message.topic()), message.partition() or 0, message.offset() or 0))

        key = None if user_id is None else user_id.encode()
        stamp: dict[str, Any] = {} if at_ms is None else {"timestamp": at_ms}
        while True:
            try:
                self._producer.produce(topic, value, key, on_delivery=delivered, **stamp)
            except BufferError:  # the queue is full: what was sent must leave first
                self._producer.poll(_POLL_S)
            else:
                self._producer.poll(0)
                return

    def flush(self) -> None:
        """Wait until all is written.

        Raises:
            BrokerError: If something was not.
        """
        left = self._producer.flush(_TIMEOUT_S * 2)
        if self.failed or left:
            refused = self._refusals.error(self._producer)
            if refused is not None or self.failed:
                raise explain(self._kafka, refused or self.failed[0])
            raise BrokerError(f"Kafka at {self._kafka} took no answer for {left} records.")


class Reader:
    """Reads partitions that it names itself: no group, so nobody else is disturbed."""

    def __init__(self, kafka: KafkaConnection) -> None:
        self._kafka = kafka
        self._refusals = Refusals(kafka)
        self._consumer = Consumer(
            {
                **kafka.client_settings(),
                "error_cb": self._refusals,
                "group.id": "tactful-reader",  # required by the client, never joined
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "enable.partition.eof": False,
                "auto.offset.reset": "earliest",
                "log_level": 0,
            }
        )
        self._admin = AdminClient({**kafka.client_settings(), "log_level": 0})
        self._ends: dict[tuple[str, int], int] = {}
        self._pending: set[tuple[str, int]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._consumer.close()

    def partitions(self) -> dict[str, int]:
        """Every topic's number of partitions.

        Raises:
            BrokerError: If Kafka does not answer.
        """
        try:
            listed = self._refusals.listed(self._consumer, _TIMEOUT_S)
        except KafkaException as error:
            raise self._explained(error) from None
        return {name: len(topic.partitions) for name, topic in listed.topics.items()}

    def assign(self, places: Iterable[tuple[str, int]], since_ms: int | None = None) -> None:
        """Read these partitions from the start, or from the first record at or after a time.

        What was there at this moment bounds `backlog`; `poll` goes on beyond.

        Raises:
            BrokerError: If Kafka does not answer.
        """
        try:
            wanted = list(places)
            lows = self._offsets(wanted, _FIRST)
            self._ends |= self._offsets(wanted, _LAST)
            starts = [TopicPartition(*place, lows[place]) for place in wanted]
            if since_ms is not None:
                asked = [TopicPartition(p.topic, p.partition, since_ms) for p in starts]
                found = self._consumer.offsets_for_times(asked, timeout=_TIMEOUT_S)
                starts = [
                    # -1: nothing that new is there yet
                    p if p.offset >= 0 else TopicPartition(p.topic, p.partition, self._end(p))
                    for p in found
                ]
            self._pending = {(p.topic, p.partition) for p in starts if p.offset < self._end(p)}
            self._consumer.assign(starts)
        except KafkaException as error:
            raise self._explained(error) from None

    def written(self, topic: str) -> int:
        """How many records a topic has ever had, over all its partitions; 0 if there is none.

        Raises:
            BrokerError: If Kafka does not answer.
        """
        try:
            places = [(topic, number) for number in range(self.partitions().get(topic, 0))]
            ends = self._offsets(places, _LAST)
            return sum(end for end in ends.values())
        except KafkaException as error:
            raise self._explained(error) from None

    def assign_end(self, places: Iterable[tuple[str, int]]) -> None:
        """Read what comes to these partitions from this moment on.

        Raises:
            BrokerError: If Kafka does not answer.
        """
        try:
            # Offsets, not "the end": what is written before the first fetch is not missed.
            ends = self._offsets(list(places), _LAST)
            self._consumer.assign([TopicPartition(*place, end) for place, end in ends.items()])
        except KafkaException as error:
            raise self._explained(error) from None

    def _offsets(self, places: list[tuple[str, int]], which: Any) -> dict[tuple[str, int], int]:
        """The first or the last offset of all these partitions, asked for at once."""
        if not places:
            return {}
        asked = {TopicPartition(*place): which for place in places}
        futures = self._admin.list_offsets(asked, request_timeout=_TIMEOUT_S)
        return {
            (place.topic, place.partition): int(future.result().offset)
            for place, future in futures.items()
        }

    def _explained(self, error: KafkaException) -> BrokerError:
        return explain(self._kafka, self._refusals.error(self._consumer) or error)

    def _end(self, place: Any) -> int:
        return self._ends[place.topic, place.partition]

    def poll(self, timeout_s: float) -> list[Seen]:
        """What arrived, waiting at most so long for the first."""
        return [
            Seen(
                str(message.topic()),
                message.partition() or 0,
                message.offset() or 0,
                message.key(),
                message.value() or b"",
                message.timestamp()[1],
            )
            for message in self._consumer.consume(_BATCH, timeout_s)
            if message.error() is None
        ]

    def backlog(self, timeout_s: float = _TIMEOUT_S) -> Iterator[Seen]:
        """All that was there when the partitions were assigned.

        Raises:
            BrokerError: If nothing comes for `timeout_s` although there is more.
        """
        pending = set(self._pending)
        heard_s = time.monotonic()
        while pending:
            messages = self.poll(_POLL_S)
            if messages:
                heard_s = time.monotonic()
            elif self._caught_up(pending):
                return
            elif time.monotonic() - heard_s > timeout_s:
                raise BrokerError(f"Kafka at {self._kafka} went silent in the middle of a read.")
            for message in messages:
                place = (message.topic, message.partition)
                end = self._ends[place]
                if message.offset < end:
                    yield message
                if message.offset >= end - 1:
                    pending.discard(place)

    def _caught_up(self, pending: set[tuple[str, int]]) -> bool:
        # Transaction markers and compaction leave offsets that no message ever has.
        places = self._consumer.position([TopicPartition(*place) for place in pending])
        return all(p.offset >= self._end(p) for p in places)


def now_ms() -> int:
    """The clock, in epoch milliseconds: commands have one, the core has none."""
    return time.time_ns() // 1_000_000
