"""The newest records of one key, looked for in the last part of a topic, when someone asks.

Which partition a key is in is the producers' matter, so all are looked through.
"""

import time
from typing import NamedTuple

from confluent_kafka import Consumer, TopicPartition

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.consumer import ends_of, group_consumer, partitions_of

GROUP = "tactful-key-scan"
MOST_RECORDS = 100_000
DEADLINE_S = 3.0
_BATCH = 10_000
_POLL_S = 0.25


class Scanned(NamedTuple):
    """What was found.

    Attributes:
        values: the records' bytes, in the order of each partition.
        since_ms: records from before this moment were not looked at; None if there are none.
        complete: whether everything after that was.
    """

    values: list[bytes]
    since_ms: int | None
    complete: bool


def scan(
    kafka: KafkaConnection,
    topic: str,
    key: str,
    *,
    most_records: int = MOST_RECORDS,
    deadline_s: float = DEADLINE_S,
) -> Scanned:
    """Look through the last `most_records` of a topic for those of a key. It waits.

    Args:
        kafka: how to reach it.
        topic: its full name.
        key: whose records.
        most_records: how many are looked at, over all partitions.
        deadline_s: after which it ends with what was found.

    Raises:
        KafkaException: no broker answered.
    """
    until_s = time.monotonic() + deadline_s
    consumer = group_consumer(kafka, GROUP)
    try:
        places = _places(consumer, topic, most_records, until_s)
        if not places:
            return Scanned([], None, complete=True)
        consumer.assign([TopicPartition(topic, each.number, each.first) for each in places])
        return _read(consumer, places, key.encode(), until_s)
    finally:
        consumer.close()


class _Place(NamedTuple):
    """A partition that has records to look at: from `first` up to `end`."""

    number: int
    first: int
    end: int
    cut: bool


def _places(consumer: Consumer, topic: str, most: int, until_s: float) -> list[_Place]:
    numbers = partitions_of(consumer, topic, max(0.1, until_s - time.monotonic()))
    found = []
    for number in numbers:
        patience_s = max(0.1, until_s - time.monotonic())
        low, high = ends_of(consumer, TopicPartition(topic, number), patience_s)
        first = max(low, high - most // len(numbers))
        if first < high:
            found.append(_Place(number, first, high, cut=first > low))
    return found


def _read(consumer: Consumer, places: list[_Place], key: bytes, until_s: float) -> Scanned:
    left = {each.number: each.end for each in places}
    cut = {each.number for each in places if each.cut}
    values: list[bytes] = []
    since_ms: int | None = None
    while left and time.monotonic() < until_s:
        for message in consumer.consume(_BATCH, _POLL_S):
            number, offset = message.partition(), message.offset()
            if message.error() is not None or number is None or offset is None:
                continue
            if number in cut:
                # The first record of a partition of which earlier ones are left out.
                cut.discard(number)
                since_ms = max(since_ms or 0, message.timestamp()[1])
            if number in left:
                if offset < left[number] and message.key() == key:
                    values.append(message.value() or b"")
                if offset + 1 >= left[number]:
                    del left[number]
    return Scanned(values, since_ms, complete=not left)
