"""What the console asks: lags with a memory, letters with a bound."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from api.kafka.lags import CachedLags, groups_of
from api.kafka.letters import LetterTail
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.group_lags import GroupLag, GroupLags
from jobs import history, profiles, webhooks
from tactful.records import DeadLetter, DeadLetterReason
from tactful.topics import AUDIT


class FakeLags:
    def __init__(self) -> None:
        self.asked = 0
        self.away = False

    def read(self) -> list[GroupLag]:
        self.asked += 1
        if self.away:
            raise KafkaException(KafkaError(KafkaError._ALL_BROKERS_DOWN))
        return [GroupLag("tactful.decide", "tactful.events", self.asked)]


class Answer:
    def __init__(self, value: Any) -> None:
        self._value = value

    def result(self) -> Any:
        return self._value


class FakeAdmin:
    """Committed offsets and ends, as the client gives them."""

    def __init__(self, committed: dict[str, list[TopicPartition]], ends: dict[Any, int]) -> None:
        self._committed = committed
        self._ends = ends

    def list_consumer_group_offsets(self, asked: list[Any], **_: Any) -> dict[str, Answer]:
        group = asked[0].group_id
        return {group: Answer(SimpleNamespace(topic_partitions=self._committed.get(group)))}

    def list_offsets(self, asked: dict[TopicPartition, Any], **_: Any) -> dict[Any, Answer]:
        return {
            place: Answer(SimpleNamespace(offset=self._ends[place.topic, place.partition]))
            for place in asked
        }


def test_lags_are_summed_over_the_partitions_of_a_topic() -> None:
    committed = {
        "a": [TopicPartition("x", 0, 10), TopicPartition("x", 1, 5), TopicPartition("y", 0, 3)],
        "b": [TopicPartition("x", 0, 12)],
    }
    ends = {("x", 0): 12, ("x", 1): 9, ("y", 0): 3}
    found = GroupLags(
        KafkaConnection("nowhere"), ["a", "b", "c"], FakeAdmin(committed, ends)
    ).read()
    assert found == [GroupLag("a", "x", 6), GroupLag("a", "y", 0), GroupLag("b", "x", 0)]


def test_kafka_is_asked_once_in_a_while() -> None:
    source, clock = FakeLags(), [0.0]

    async def work() -> None:
        lags = CachedLags(lambda: source, 4.0, lambda: clock[0])
        first, second = await asyncio.gather(lags.read(), lags.read())
        assert first == second
        assert source.asked == 1
        clock[0] = 5.0
        source.away = True
        assert (await lags.read()).trouble == "Kafka does not answer"
        assert (await CachedLags(None).read()).trouble is not None

    asyncio.run(work())


def test_the_groups_are_those_of_the_jobs() -> None:
    named = set(groups_of("p"))
    assert named >= {
        profiles.group_of("p"),
        history.group_of("p"),
        history.group_of("p", AUDIT),
        webhooks.group_of("p"),
    }


def letter(offset: int, reason: DeadLetterReason = DeadLetterReason.UNDECODABLE) -> DeadLetter:
    return DeadLetter(reason, "", "tactful.events", 0, offset, b"")


def test_letters_are_bounded_and_found_by_their_place() -> None:
    tail = LetterTail(3)
    tail.take([letter(0), letter(1), letter(2, DeadLetterReason.TOO_LATE), letter(3)])
    assert tail.get("tactful.events/0/0") is None
    assert [each.offset for each in tail.newest(9)] == [3, 2, 1]
    assert [each.offset for each in tail.newest(9, reason="too_late")] == [2]
    assert tail.newest(9, topic="other") == []
    assert tail.by_reason() == {"undecodable": 2, "too_late": 1}
    tail.note_replay("tactful.events/0/1", 77)
    assert tail.replayed_ms("tactful.events/0/1") == 77
    tail.take([letter(4)])
    assert tail.replayed_ms("tactful.events/0/1") is None
    assert tail.taken == 5


@pytest.mark.parametrize("size", [1, 5])
def test_a_letter_that_comes_again_is_the_newest(size: int) -> None:
    tail = LetterTail(size)
    tail.take([letter(0), letter(1), letter(0)])
    assert tail.newest(1)[0].offset == 0
