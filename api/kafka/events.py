"""A user's newest events, looked for in the stream when someone asks for them."""

import asyncio
from typing import NamedTuple, Protocol

from confluent_kafka import KafkaException

from connectors.kafka.connection import KafkaConnection
from connectors.kafka.key_scan import scan
from schemas.intake import read
from tactful.records import Event, RecordKind

MOST = 500


class UserEvents(NamedTuple):
    """What was found.

    Attributes:
        events: oldest first, the newest 500 at most; one that stands there twice is one.
        since_ms: none from before was looked for; None: all that the stream keeps.
        trouble: why there may be more, in words; None if there are not.
    """

    events: list[Event]
    since_ms: int | None = None
    trouble: str | None = None


class EventSource(Protocol):
    """Where events are looked for."""

    async def of_user(self, user_id: str) -> UserEvents:
        """A user's newest events."""


class NoEvents:
    """Where there is no stream to look into."""

    async def of_user(self, user_id: str) -> UserEvents:  # noqa: ARG002
        """None."""
        return UserEvents([])


class EventSearch:
    """Looks through the end of the events' topic, in a thread.

    Args:
        kafka: how to reach it.
        topic: the full name of the events' topic.
    """

    def __init__(self, kafka: KafkaConnection, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic

    async def of_user(self, user_id: str) -> UserEvents:
        """A user's newest events; what Kafka does not give in time is told as trouble."""
        return await asyncio.to_thread(self._search, user_id)

    def _search(self, user_id: str) -> UserEvents:
        try:
            found = scan(self._kafka, self._topic, user_id)
        except KafkaException:
            return UserEvents([], trouble="Kafka does not answer: events are missing.")
        trouble = None if found.complete else "Not all of the stream could be read in time."
        return UserEvents(newest(user_id, found.values), found.since_ms, trouble)


def newest(user_id: str, values: list[bytes]) -> list[Event]:
    """The events among records of a user, oldest first; what is none is passed over."""
    events: dict[str, Event] = {}
    for value in values:
        record = read(RecordKind.EVENT, user_id, value, 0, 0)
        if isinstance(record, Event):
            events[record.id] = record
    return sorted(events.values(), key=lambda each: (each.at_ms, each.id))[-MOST:]
