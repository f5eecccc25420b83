"""A broker that has just started is asked again; one that is gone is not asked for ever."""

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from connectors.kafka.consumer import ends_of

PLACE = TopicPartition("events", 0)


class Starting:
    """Refuses so many times with one word, then answers."""

    def __init__(self, code: int, refusals: int) -> None:
        self.code = code
        self.refusals = refusals
        self.asked = 0

    def get_watermark_offsets(self, place: TopicPartition, timeout: float) -> tuple[int, int]:
        assert (place, timeout) == (PLACE, 0.5)
        self.asked += 1
        if self.asked <= self.refusals:
            raise KafkaException(KafkaError(self.code))
        return 3, 7


def ends(consumer: Any) -> tuple[int, int]:
    return ends_of(consumer, PLACE, 0.5)


@pytest.mark.parametrize(
    "code", [KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE]
)
def test_a_broker_that_has_yet_to_find_its_leaders_is_asked_again(code: int) -> None:
    consumer = Starting(code, 2)
    assert ends(consumer) == (3, 7)
    assert consumer.asked == 3


def test_it_ends_after_the_time_that_was_given() -> None:
    with pytest.raises(KafkaException):
        ends(Starting(KafkaError.NOT_LEADER_FOR_PARTITION, 1_000))


def test_another_refusal_is_told_at_once() -> None:
    consumer = Starting(KafkaError.TOPIC_AUTHORIZATION_FAILED, 1_000)
    with pytest.raises(KafkaException):
        ends(consumer)
    assert consumer.asked == 1
