"""Topics in memory, read by hand-assigned partitions to their ends as Kafka's client does it."""

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, TopicPartition


class Record:
    def __init__(
        self,
        topic: str,
        partition: int,
        offset: int,
        key: bytes | None = None,
        value: bytes | None = None,
        stamp_ms: int = 0,
        error: KafkaError | None = None,
    ) -> None:
        self._place = (topic, partition, offset)
        self._key = key
        self._value = value
        self.stamp_ms = stamp_ms
        self._error = error

    def error(self) -> KafkaError | None:
        return self._error

    def topic(self) -> str:
        return self._place[0]

    def partition(self) -> int:
        return self._place[1]

    def offset(self) -> int:
        return self._place[2]

    def key(self) -> bytes | None:
        return self._key

    def value(self) -> bytes | None:
        return self._value


class _Topic:
    def __init__(self, partitions: int) -> None:
        self.error = None
        self.partitions = dict.fromkeys(range(partitions))


class _Found:
    def __init__(self, topics: dict[str, _Topic]) -> None:
        self.topics = topics


class FakeTopics:
    """A consumer and a producer on the same topics."""

    def __init__(self, **partitions: int) -> None:
        self.log: dict[tuple[str, int], list[Record]] = {
            (topic, number): [] for topic, count in partitions.items() for number in range(count)
        }
        self.next: dict[tuple[str, int], int] = {}
        self.told_end: set[tuple[str, int]] = set()
        self.errors: list[KafkaError] = []
        self.flush_error: Exception | None = None
        self.closed = False

    def put(
        self, topic: str, key: bytes, value: bytes | None, partition: int = 0, stamp_ms: int = 0
    ) -> None:
        place = self.log[topic, partition]
        place.append(Record(topic, partition, len(place), key, value, stamp_ms))
        self.told_end.discard((topic, partition))

    # what a consumer does

    def list_topics(self, topic: str, timeout: float) -> _Found:
        assert timeout > 0
        return _Found({topic: _Topic(sum(name == topic for name, _ in self.log))})

    def offsets_for_times(
        self, places: list[TopicPartition], timeout: float
    ) -> list[TopicPartition]:
        assert timeout > 0
        found = []
        for place in places:
            log = self.log[place.topic, place.partition]
            later = [each.offset() for each in log if each.stamp_ms >= place.offset]
            offset = later[0] if later else OFFSET_END
            found.append(TopicPartition(place.topic, place.partition, offset))
        return found

    def incremental_assign(self, places: list[TopicPartition]) -> None:
        for place in places:
            where = (place.topic, place.partition)
            assert where not in self.next, "assigned before"
            starts = {OFFSET_BEGINNING: 0, OFFSET_END: len(self.log[where])}
            self.next[where] = starts.get(place.offset, place.offset)

    def consume(self, count: int, timeout: float) -> list[Record]:
        assert timeout >= 0
        found = [Record("", 0, 0, error=error) for error in self.errors]
        self.errors.clear()
        for where, start in self.next.items():
            part = self.log[where][start : start + count]
            self.next[where] += len(part)
            found += part
            if not part and where not in self.told_end:
                self.told_end.add(where)
                end = KafkaError(KafkaError._PARTITION_EOF)
                found.append(Record(*where, self.next[where], error=end))
        return found

    def close(self) -> None:
        self.closed = True

    # what a producer does

    def send(self, topic: str, key: bytes, value: bytes | None) -> None:
        self.put(topic, key, value)

    def flush(self, _timeout_s: float) -> None:
        if self.flush_error is not None:
            raise self.flush_error
