"""How far consumer groups are behind: what they committed against the ends of their topics.

Flink commits its offsets to Kafka with each checkpoint, so the lag of a job is as of its newest
checkpoint, and never less than what came since.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]

from connectors.kafka.connection import KafkaConnection

_TIMEOUT_S = 5.0


class GroupLag(NamedTuple):
    """The records of one topic that a group has not committed yet."""

    group: str
    topic: str
    records: int


class GroupLags:
    """Asks Kafka for the lags of some groups.

    Args:
        kafka: how to reach it.
        groups: whose lags.
        admin: made if not given.
    """

    def __init__(self, kafka: KafkaConnection, groups: Sequence[str], admin: Any = None) -> None:
        self._groups = tuple(groups)
        self._admin = admin or AdminClient(
            {**kafka.client_settings(), "client.id": "tactful-lags", "log_level": 2}
        )

    def read(self) -> list[GroupLag]:
        """The lags by group and topic; a group that committed nothing has none. It waits.

        Raises:
            KafkaException: no broker answered in time.
        """
        committed: list[tuple[str, TopicPartition]] = []
        asked = [
            self._admin.list_consumer_group_offsets(
                [ConsumerGroupTopicPartitions(group)], request_timeout=_TIMEOUT_S
            )
            for group in self._groups
        ]
        for group, answers in zip(self._groups, asked, strict=True):
            found = answers[group].result()
            committed += [
                (group, place)
                for place in found.topic_partitions or ()
                if place.error is None and place.offset >= 0
            ]
        places = {(place.topic, place.partition) for _, place in committed}
        ends = self._ends(places)
        lags: dict[tuple[str, str], int] = {}
        for group, place in committed:
            end = ends.get((place.topic, place.partition))
            if end is not None:
                behind = max(0, end - place.offset)
                lags[group, place.topic] = lags.get((group, place.topic), 0) + behind
        return [GroupLag(group, topic, lags[group, topic]) for group, topic in sorted(lags)]

    def _ends(self, places: set[tuple[str, int]]) -> dict[tuple[str, int], int]:
        if not places:
            return {}
        asked = {TopicPartition(*place): OffsetSpec.latest() for place in places}
        answers = self._admin.list_offsets(asked, request_timeout=_TIMEOUT_S)
        return {
            (place.topic, place.partition): answer.result().offset
            for place, answer in answers.items()
        }
