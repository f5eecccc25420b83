"""A topic and its consumer group in memory: it pauses, rebalances and commits as Kafka does."""

from collections.abc import Callable
from typing import Any

import msgspec
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from profile_messages import TOPIC, FakeMessage, snapshot


class FakeConsumer:
    def __init__(self, partitions: int = 1) -> None:
        self.log: dict[int, list[FakeMessage]] = {p: [] for p in range(partitions)}
        self.next: dict[int, int] = {}
        self.paused: set[int] = set()
        self.commits: list[dict[int, int]] = []
        self.polls_while_paused = 0
        self.commit_error: KafkaError | None = None
        self.closed = False
        self.on_commit: Callable[..., None] = lambda *_: None
        self.callbacks: dict[str, Callable[..., None]] = {}

    def put(self, user: str, version: int, partition: int = 0) -> None:
        self.raw(user.encode(), snapshot(user, version), partition)

    def raw(self, key: bytes | None, value: bytes | None, partition: int = 0) -> None:
        place = self.log[partition]
        place.append(FakeMessage(key, value, len(place), partition))

    def give(self, *partitions: int) -> None:
        """Assign, as a rebalance does, from what is committed."""
        self.callbacks["on_assign"](self, [TopicPartition(TOPIC, p) for p in partitions])

    def take(self, *partitions: int) -> None:
        """Revoke, as a rebalance does."""
        self.callbacks["on_revoke"](self, [TopicPartition(TOPIC, p) for p in partitions])
        for partition in partitions:
            self.next.pop(partition, None)
            self.paused.discard(partition)

    @property
    def committed_offsets(self) -> dict[int, int]:
        return {p: o for commit in self.commits for p, o in commit.items()}

    # what the worker uses

    def subscribe(self, _topics: list[str], **callbacks: Callable[..., None]) -> None:
        self.callbacks = callbacks
        self.give(*self.log)

    def assign(self, places: list[TopicPartition]) -> None:
        self.paused.clear()
        self.next = {p.partition: self.committed_offsets.get(p.partition, 0) for p in places}

    def assignment(self) -> list[TopicPartition]:
        return [TopicPartition(TOPIC, p) for p in self.next]

    def consume(self, count: int, timeout: float) -> list[FakeMessage]:
        assert timeout >= 0
        found: list[FakeMessage] = []
        self.polls_while_paused += bool(self.paused)
        for partition, start in self.next.items():
            if partition not in self.paused:
                part = self.log[partition][start : start + count - len(found)]
                self.next[partition] += len(part)
                found += part
        return found

    def pause(self, places: list[TopicPartition]) -> None:
        self.paused |= {p.partition for p in places}

    def resume(self, places: list[TopicPartition]) -> None:
        self.paused -= {p.partition for p in places}

    def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> None:
        if self.commit_error is not None:
            if not asynchronous:
                raise KafkaException(self.commit_error)
            self.on_commit(self.commit_error, offsets)
            return
        self.commits.append({p.partition: p.offset for p in offsets})
        self.on_commit(None, offsets)

    def committed(self, places: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        assert timeout > 0
        return [
            TopicPartition(TOPIC, p.partition, self.committed_offsets.get(p.partition, -1001))
            for p in places
        ]

    def position(self, places: list[TopicPartition]) -> list[TopicPartition]:
        return [TopicPartition(TOPIC, p.partition, self.next[p.partition] or -1001) for p in places]

    def get_watermark_offsets(self, place: TopicPartition, cached: bool) -> tuple[int, int]:
        assert cached
        return 0, len(self.log[place.partition])

    def close(self) -> None:
        self.closed = True


class FakeProducer:
    def __init__(self) -> None:
        self.queued: list[tuple[str, bytes | None, Any]] = []
        self.delivered: list[tuple[str, bytes | None, Any]] = []
        self.error: Exception | None = None

    def send(self, topic: str, key: bytes | None, value: bytes) -> None:
        self.queued.append((topic, key, msgspec.json.decode(value)))

    def flush(self, _timeout_s: float) -> None:
        queued, self.queued = self.queued, []
        if self.error is not None:
            raise self.error
        self.delivered += queued
