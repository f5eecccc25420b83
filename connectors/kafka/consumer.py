"""Consumers: one that commits by hand in a group, and one that reads topics once to their end."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.place import place_of
from connectors.kafka.refusal import Refusals

_T = TypeVar("_T")
_STARTING = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
)
"""What a broker says that has just started, and will not say for long."""


def group_consumer(
    kafka: KafkaConnection,
    group: str,
    *,
    on_error: Callable[[KafkaError], None] | None = None,
    on_commit: Callable[[KafkaError | None, list[TopicPartition]], None] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Consumer:
    """A member of `group` that starts at the beginning and commits only when told to.

    Args:
        kafka: how to reach it.
        group: consumer group id.
        on_error: called for errors of the client as a whole, such as no broker being reachable.
        on_commit: called with the result of each commit.
        settings: librdkafka settings that replace ours.
    """
    config: dict[str, Any] = {
        **kafka.client_settings(),
        "group.id": group,
        "client.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        # a topic made after the start is seen within seconds, not minutes
        "topic.metadata.refresh.interval.ms": 5_000,
        "reconnect.backoff.max.ms": 2_000,
        **(settings or {}),
    }
    if on_error:
        config["error_cb"] = on_error
    if on_commit:
        config["on_commit"] = on_commit
    return Consumer(config)


def partitions_of(consumer: Consumer, topic: str, timeout_s: float = 10.0) -> list[int]:
    """The partitions of a topic, empty where there is no such topic.

    Raises:
        KafkaException: no broker answered, or the topic may not be read.
    """
    found = consumer.list_topics(topic, timeout=timeout_s).topics[topic]
    if found.error is None:
        return sorted(found.partitions)
    if found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return []
    raise KafkaException(found.error)


def lag_of(kafka: KafkaConnection, group: str, topic: str, timeout_s: float = 10.0) -> int:
    """How many records of `topic` the group has not committed yet.

    Raises:
        KafkaException: no broker answered within `timeout_s`, or (KafkaRefusedError) it refused.
    """
    refusals = Refusals(kafka)
    consumer = group_consumer(kafka, group, on_error=refusals)
    try:
        with refusals.told(consumer):
            wanted = [TopicPartition(topic, p) for p in partitions_of(consumer, topic, timeout_s)]
            lag = 0
            for place in _committed(consumer, wanted, timeout_s) if wanted else ():
                low, high = ends_of(consumer, place, timeout_s)
                lag += high - max(low, place.offset)
            return lag
    finally:
        consumer.close()


def ends_of(consumer: Consumer, place: TopicPartition, timeout_s: float = 10.0) -> tuple[int, int]:
    """The first offset of a partition and the one after its last.

    Raises:
        KafkaException: no broker answered within `timeout_s`.
    """
    return _patiently(lambda: consumer.get_watermark_offsets(place, timeout=timeout_s), timeout_s)


def _committed(
    consumer: Consumer, wanted: list[TopicPartition], timeout_s: float
) -> list[TopicPartition]:
    return _patiently(lambda: consumer.committed(wanted, timeout=timeout_s), timeout_s)


def _patiently(ask: Callable[[], _T], timeout_s: float) -> _T:
    """Ask until a broker that has just started has found itself."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in _STARTING or time.monotonic() > deadline_s:
                raise
            time.sleep(0.1)


def read_to_end(
    kafka: KafkaConnection, topics: Sequence[str], *, timeout_s: float = 10.0, batch: int = 10_000
) -> Iterator[Message]:
    """Every record of the topics, up to the end as it is now; joins no group, commits nothing.

    Within a partition records come in order. Topics that don't exist are empty.

    Raises:
        KafkaException: a broker could not be reached, or (KafkaRefusedError) refused.
        TimeoutError: nothing came for `timeout_s`, though the end was not reached.
    """
    refusals = Refusals(kafka)
    eof = {"enable.partition.eof": True}
    consumer = group_consumer(kafka, "tactful-reader", on_error=refusals, settings=eof)
    try:
        ends: dict[tuple[str, int], int] = {}
        with refusals.told(consumer):
            for topic in topics:
                for number in partitions_of(consumer, topic, timeout_s):
                    low, high = ends_of(consumer, TopicPartition(topic, number), timeout_s)
                    if high > low:
                        ends[topic, number] = high
        consumer.assign([TopicPartition(t, p, OFFSET_BEGINNING) for t, p in ends])
        yield from _until(consumer, ends, batch, timeout_s)
    finally:
        consumer.close()


def _until(
    consumer: Consumer,
    ends: dict[tuple[str, int], int],
    batch: int,
    timeout_s: float,
) -> Iterator[Message]:
    open_places = set(ends)
    silent_s = 0.0
    while open_places:
        messages = consumer.consume(batch, timeout=0.2)
        silent_s = 0.0 if messages else silent_s + 0.2
        if silent_s > timeout_s:
            waiting = ", ".join(f"{t}/{p}" for t, p in sorted(open_places))
            raise TimeoutError(f"nothing came for {timeout_s:g} s from {waiting}")
        for message in messages:
            error = message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001
                raise KafkaException(error)
            topic, partition, offset = place_of(message)
            place = (topic, partition)
            if error is not None:
                # compaction may have removed the last records: the end is then only seen as EOF
                open_places.discard(place)
                continue
            if place in open_places and offset < ends[place]:
                yield message
            if offset + 1 >= ends[place]:
                open_places.discard(place)
