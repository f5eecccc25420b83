"""Threads that read whole topics without a group, and hand what comes to the event loop."""

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.consumer import group_consumer, partitions_of
from connectors.kafka.refusal import is_refusal

log = logging.getLogger("tactful.api")

_BATCH = 1_000
_POLL_S = 0.1
_RETRY_S = 0.5
_NEW_PARTITIONS_S = 30.0


class Follower:
    """Reads all partitions of a topic from some time ago on, for as long as it lives.

    Args:
        kafka: how to reach it.
        topic: full name.
        take: called in the event loop with each batch of messages.
        since_ms: how far back to begin; None: from the beginning.
        settings: librdkafka settings that replace ours.
    """

    def __init__(
        self,
        kafka: KafkaConnection,
        topic: str,
        take: Callable[[list[Message]], None],
        *,
        since_ms: int | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self._kafka = kafka
        self._topic = topic
        self._take = take
        self._since_ms = since_ms
        self._settings = dict(settings or {})
        self._end = threading.Event()
        self._error: str | None = "not started"
        self._refused: str | None = None
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name=f"follow-{topic}", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to read."""
        self._loop = loop
        self._thread.start()

    async def ready(self, timeout_s: float) -> bool:
        """Wait until it has a place in every partition, so that what is written next is seen."""
        return await asyncio.to_thread(self._ready.wait, timeout_s)

    @property
    def trouble(self) -> str | None:
        """Why nothing comes now; None if all is well."""
        return self._error

    def close(self) -> None:
        """Stop reading."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._end.is_set():
            consumer = group_consumer(
                self._kafka,
                f"tactful-api-{uuid.uuid4().hex[:8]}",  # required by the client, never joined
                on_error=self._on_error,
                # A fetch is answered as soon as something comes, however long it may wait; short
                # waits only make an idle broker say "nothing" a hundred times a second.
                settings={"fetch.wait.max.ms": 500, "log_level": 2, **self._settings},
            )
            try:
                self._follow(consumer)
            except KafkaException as error:
                consumer.poll(0)  # the client's own errors, which come by the callback, say more
                self._error = self._refused or _words(error)
                self._refused = None
                log.warning("%s can't be followed now: %s", self._topic, self._error)
                self._end.wait(_RETRY_S)
            finally:
                consumer.close()

    def _follow(self, consumer: Consumer) -> None:
        numbers = partitions_of(consumer, self._topic)
        if not numbers:
            self._error = "there is no such topic"
            self._end.wait(_RETRY_S)
            return
        consumer.assign(self._places(consumer, numbers))
        self._error = None
        self._ready.set()
        looked_s = time.monotonic()
        while not self._end.is_set():
            first = consumer.poll(_POLL_S)
            if first is not None:
                # `consume` waits until its batch is full, so it takes only what is there already.
                self._hand_over([first, *consumer.consume(_BATCH, 0)])
            if time.monotonic() - looked_s > _NEW_PARTITIONS_S:
                looked_s = time.monotonic()
                if partitions_of(consumer, self._topic) != numbers:
                    self._since_ms = int(time.time() * 1000) - int(_NEW_PARTITIONS_S * 2000)
                    return

    def _hand_over(self, messages: list[Message]) -> None:
        good = []
        for message in messages:
            error = message.error()
            if error is None:
                good.append(message)
            elif error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001
                self._error = error.str()
        if good:
            self._error = None
            assert self._loop is not None
            try:
                self._loop.call_soon_threadsafe(self._take, good)
            except RuntimeError:
                self._end.set()  # the loop is closed: nobody listens any more

    def _places(self, consumer: Consumer, numbers: list[int]) -> list[TopicPartition]:
        if self._since_ms is None:
            return [TopicPartition(self._topic, n, OFFSET_BEGINNING) for n in numbers]
        asked = [TopicPartition(self._topic, n, self._since_ms) for n in numbers]
        found = consumer.offsets_for_times(asked, timeout=10)
        places = []
        for place in found:
            if place.offset in (OFFSET_END, -1):
                # An offset, not "the end": what is written before the first fetch is not missed.
                _, high = consumer.get_watermark_offsets(
                    TopicPartition(self._topic, place.partition), timeout=10
                )
                place = TopicPartition(self._topic, place.partition, high)  # noqa: PLW2901
            places.append(place)
        return places

    def _on_error(self, error: KafkaError) -> None:
        if is_refusal(error):
            self._error = self._refused = error.str()
        elif error.code() in (KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT):  # noqa: SLF001
            self._error = error.str()


def _words(error: KafkaException) -> str:
    known = error.args[0] if error.args else error
    return known.str() if isinstance(known, KafkaError) else str(known)
