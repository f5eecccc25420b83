"""Where a message stands in Kafka."""

from typing import NamedTuple

from confluent_kafka import Message


class Place(NamedTuple):
    """A message's topic, partition and offset."""

    topic: str
    partition: int
    offset: int


def place_of(message: Message) -> Place:
    """The place of a message that came from Kafka.

    Raises:
        ValueError: the message has none, as it stands for an error of the whole client.
    """
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    if topic is None or partition is None or offset is None:
        raise ValueError(f"a message without a place: {message.error()}")
    return Place(topic, partition, offset)
