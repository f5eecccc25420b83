"""Writes to Kafka that an event loop awaits until they are acknowledged."""

import asyncio
import threading
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from api.problems import unavailable
from connectors.kafka.connection import KafkaConnection


class Place(NamedTuple):
    """Where a record was written."""

    topic: str
    partition: int
    offset: int


class Writer(Protocol):
    """What routes need: awaited writes, by the topic's last word."""

    async def write(self, word: str, key: str, value: bytes | None) -> Place:
        """Write one record and wait until Kafka has it."""


class KafkaWriter:
    """An idempotent producer whose acknowledgements arrive in the event loop.

    Acknowledgements that come together wake the loop once.

    Args:
        kafka: how to reach it.
        prefix: first word of the topics' names.
        timeout_ms: how long a write may take; afterwards the caller is told that nothing is known.
        settings: librdkafka settings that replace ours.
    """

    def __init__(
        self,
        kafka: KafkaConnection,
        prefix: str,
        timeout_ms: int = 5_000,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._prefix = prefix
        self._timeout_s = timeout_ms / 1000
        self._producer = Producer(
            {
                **kafka.client_settings(),
                "client.id": "tactful-api",
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": 1,
                # Small writes, each awaited: none is held back for the answer to the one before.
                "socket.nagle.disable": True,
                "partitioner": "murmur2_random",
                "reconnect.backoff.max.ms": 1_000,
                # The record may still get through after the caller gave up; its id is the same
                # when it is sent again, so it counts once.
                "message.timeout.ms": max(timeout_ms * 2, 10_000),
                "log_level": 2,
                **(settings or {}),
            }
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._done: deque[tuple[asyncio.Future[Place], KafkaError | None, Place]] = deque()
        self._woken = False
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="kafka-writer", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Take the loop that writes are awaited in."""
        self._loop = loop
        self._thread.start()

    def close(self) -> None:
        """Wait for what is on its way, and end."""
        self._producer.flush(self._timeout_s)
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    async def write(self, word: str, key: str, value: bytes | None) -> Place:
        """Write one record and wait until Kafka has it.

        Raises:
            Problem: 503 when it does not answer in time; whether it was written is not known then.
        """
        assert self._loop is not None
        answer: asyncio.Future[Place] = self._loop.create_future()

        def delivered(error: KafkaError | None, message: Message) -> None:
            place = Place(message.topic() or "", message.partition() or 0, message.offset() or 0)
            with self._lock:
                self._done.append((answer, error, place))
                if self._woken:
                    return
                self._woken = True
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._settle)

        try:
            self._producer.produce(
                f"{self._prefix}.{word}", value=value, key=key.encode(), on_delivery=delivered
            )
        except (BufferError, KafkaException):
            raise unavailable("Kafka takes nothing now. Send the same request again.") from None
        try:
            return await asyncio.wait_for(answer, self._timeout_s)
        except TimeoutError:
            raise unavailable(
                "Kafka did not confirm it in time. Send the same request again, with the same id "
                "or Idempotency-Key: it counts once."
            ) from None

    def _settle(self) -> None:
        """Hand out the acknowledgements that came."""
        with self._lock:
            self._woken = False
            done, self._done = self._done, deque()
        for answer, error, place in done:
            if answer.done():
                continue
            if error is None:
                answer.set_result(place)
            else:
                answer.set_exception(
                    unavailable("Kafka refused it for now. Send the same request again.")
                )

    def _poll(self) -> None:
        while not self._end.is_set():
            self._producer.poll(0.05)
