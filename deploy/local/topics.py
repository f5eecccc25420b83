"""The Kafka topics: which there are, and how `up` makes those that are missing."""

from pathlib import Path
from typing import Any

import msgspec

from deploy.connections import kafka_of
from deploy.local.errors import StackError
from deploy.settings import Settings
from tactful import topics

TIMEOUT_S = 30.0


class Topic(msgspec.Struct, frozen=True):
    """A topic as it should be."""

    name: str
    partitions: int
    compacted: bool


def wanted(settings: Settings) -> list[Topic]:
    """All topics Tactful reads or writes, with one for each channel's decisions."""
    words = (
        *(kind.value for kind in topics.INPUTS),
        topics.KNOWLEDGE,
        topics.LEDGER,
        topics.PROFILES,
        topics.EXAMPLES,
        topics.DEAD_LETTERS,
        topics.AUDIT,
        topics.WEBHOOKS,
        topics.WEBHOOK_DELIVERIES,
        *(f"{topics.DECISIONS}.{channel}" for channel in settings.channels),
    )
    return [
        Topic(
            name=topics.name_of(word, settings.topic_prefix),
            partitions=settings.topic_partitions,
            compacted=word in topics.COMPACTED,
        )
        for word in words
    ]


def ensure(settings: Settings, *, trust_stamp: bool = False) -> list[str]:
    """Make the topics that are missing; those that exist stay as they are.

    Args:
        settings: where Kafka is and how many partitions a topic gets.
        trust_stamp: skip the question to Kafka if these very topics were made before.

    Returns:
        The names of the topics that were made.

    Raises:
        StackError: if Kafka refuses one.
        ConnectionSettingsError: Kafka can't be reached in the way the settings say.
    """
    topics_wanted = wanted(settings)
    stamp = settings.home / "kafka" / "topics.json"
    encoded = msgspec.json.encode(topics_wanted)
    if trust_stamp and _stamped(stamp, encoded):
        return []
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]

    from connectors.kafka.refusal import Refusals

    kafka = kafka_of(settings)
    refusals = Refusals(kafka)
    config: dict[str, Any] = {"error_cb": refusals, "log_level": 2}
    admin = AdminClient(kafka.client_settings() | config)
    try:
        existing = refusals.listed(admin, TIMEOUT_S).topics
        missing = [topic for topic in topics_wanted if topic.name not in existing]
        new = [
            NewTopic(
                topic.name,
                num_partitions=topic.partitions,
                replication_factor=1,
                config={"cleanup.policy": "compact" if topic.compacted else "delete"},
            )
            for topic in missing
        ]
        for future in admin.create_topics(new).values() if new else ():
            future.result(timeout=TIMEOUT_S)
    except KafkaException as error:
        raise StackError(
            f"Kafka at {kafka} could not make the topics: {refusals.error(admin) or error}",
            "Look at `tactful logs kafka`, then run `tactful up` again.",
        ) from error
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_bytes(encoded)
    return [topic.name for topic in missing]


def _stamped(stamp: Path, encoded: bytes) -> bool:
    try:
        return stamp.read_bytes() == encoded
    except OSError:
        return False
