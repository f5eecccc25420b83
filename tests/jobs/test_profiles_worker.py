import base64
import threading
from collections.abc import Callable, Sequence

import pytest
from confluent_kafka import KafkaError, KafkaException
from fake_kafka import TOPIC, FakeConsumer, FakeMessage, FakeProducer

from connectors.breaker import BreakerState
from connectors.cassandra.changes import UserChange
from connectors.cassandra.sink import SinkUnavailableError, Written
from connectors.kafka.producer import UndeliveredError
from jobs.profiles_worker import ProfileWorker
from jobs.sink_metrics import ProfileMetrics


class FakeSink:
    def __init__(self) -> None:
        self.rows: dict[str, int] = {}
        self.away = False
        self.attempts = 0
        self.closed = False
        self.tended = self.assignments = self.opened = 0

    def open(self, _now_ms: int) -> None:
        if self.away:
            raise SinkUnavailableError("no host", 2_000)
        self.opened += 1

    def write(self, changes: Sequence[UserChange], _now_ms: int) -> Written:
        self.attempts += 1
        if self.away:
            raise SinkUnavailableError("no host", 2_000)
        for user in changes:
            if user.put is not None:
                self.rows[user.user_id] = user.put.snapshot.version
        return Written(len(changes), 0)

    def state(self, _now_ms: int) -> BreakerState:
        return BreakerState.OPEN if self.away else BreakerState.CLOSED

    def tend(self) -> None:
        self.tended += 1

    def assigned(self) -> None:
        self.assignments += 1

    def close(self) -> None:
        self.closed = True


class Bench:
    """A worker with its surroundings, whose clock moves only when told."""

    def __init__(self, partitions: int = 1, batch_size: int = 100) -> None:
        self.now_s = 0.0
        self.kafka = FakeConsumer(partitions)
        self.sink = FakeSink()
        self.letters = FakeProducer()
        self.metrics = ProfileMetrics()

        def consumer(
            _on_error: Callable[..., None], on_commit: Callable[..., None]
        ) -> FakeConsumer:
            self.kafka.on_commit = on_commit
            return self.kafka

        self.worker = ProfileWorker(
            consumer,  # type: ignore[arg-type]
            TOPIC,
            self.sink,
            dead_letters=self.letters,  # type: ignore[arg-type]
            dead_letter_topic="t.dead-letters",
            metrics=self.metrics,
            batch_size=batch_size,
            clock_s=lambda: self.now_s,
        )

    def start(self) -> None:
        self.kafka.subscribe(
            [TOPIC], on_assign=self.worker._on_assign, on_revoke=self.worker._on_revoke
        )

    def turn(self, times: int = 1, seconds: float = 0.0) -> None:
        for _ in range(times):
            self.worker.turn()
            self.now_s += seconds

    def metric(self, name: str, **labels: str) -> float:
        value = self.metrics.registry.get_sample_value(f"tactful_profiles_{name}", labels)
        assert value is not None, name
        return value


@pytest.fixture
def bench() -> Bench:
    made = Bench(partitions=2)
    made.start()
    return made


def test_what_is_written_is_committed(bench: Bench) -> None:
    bench.kafka.put("a", 1)
    bench.kafka.put("a", 2)
    bench.kafka.put("b", 1, partition=1)
    bench.turn()
    assert bench.sink.rows == {"a": 2, "b": 1}
    assert bench.kafka.committed_offsets == {0: 2, 1: 1}
    assert bench.metric("superseded_total") == 1
    assert bench.metric("rows_total") == 2
    assert bench.metric("batch_ms_count") == 1


def test_the_tables_are_made_before_there_is_anything_to_write(bench: Bench) -> None:
    bench.sink.away = True
    bench.turn()
    assert bench.worker.health()[1]["waiting_for"] == "Cassandra"
    bench.sink.away = False
    bench.turn(times=6, seconds=0.5)
    assert (bench.sink.opened, bench.sink.attempts) == (1, 0)
    assert bench.worker.health()[1]["waiting_for"] is None
    assert bench.kafka.paused == set()


def test_while_the_store_is_away_nothing_is_committed_and_kafka_is_still_polled(
    bench: Bench,
) -> None:
    bench.sink.away = True
    bench.kafka.put("a", 1)
    bench.turn()
    assert bench.kafka.paused == {0, 1}
    bench.kafka.put("b", 1)
    bench.turn(times=20, seconds=0.5)
    assert bench.kafka.commits == []
    assert bench.kafka.polls_while_paused >= 20
    assert bench.sink.attempts == 5  # at 0, 2, 4, 6 and 8 s
    assert bench.metric("breaker_state") == 2
    assert bench.metric("retries_total") == bench.sink.attempts
    assert bench.metric("lag_records") == 2
    assert bench.worker.health()[0]
    assert bench.worker.health()[1]["waiting_for"] == "Cassandra"
    bench.sink.away = False
    bench.turn(times=6, seconds=0.5)
    assert bench.sink.rows == {"a": 1, "b": 1}
    assert bench.kafka.paused == set()
    assert bench.kafka.committed_offsets == {0: 2}
    assert bench.metric("lag_records") == 0
    assert bench.worker.health()[1]["waiting_for"] is None


def test_a_partition_that_goes_to_another_worker_is_neither_written_nor_committed(
    bench: Bench,
) -> None:
    bench.sink.away = True
    bench.kafka.put("a", 1)
    bench.kafka.put("b", 1, partition=1)
    bench.kafka.raw(None, b"", partition=0)
    bench.turn()
    bench.kafka.take(0)
    bench.sink.away = False
    bench.now_s += 10
    bench.turn(times=2)
    assert bench.sink.rows == {"b": 1}
    assert bench.kafka.committed_offsets == {1: 1}
    assert bench.letters.delivered == []
    assert bench.kafka.paused == set()


def test_partitions_given_during_an_outage_are_paused_too_and_read_afterwards() -> None:
    bench = Bench(partitions=2)
    bench.start()
    bench.kafka.take(1)
    bench.sink.away = True
    bench.kafka.put("a", 1)
    bench.turn()
    bench.kafka.take(0)
    bench.kafka.give(0, 1)
    assert bench.kafka.paused == {0, 1}
    bench.kafka.put("b", 1, partition=1)
    bench.sink.away = False
    bench.now_s += 10
    bench.turn(times=3)
    assert bench.sink.rows == {"a": 1, "b": 1}
    assert bench.kafka.committed_offsets == {0: 1, 1: 1}


def test_poison_goes_to_dead_letters_with_its_place_and_the_rest_is_written(bench: Bench) -> None:
    bench.kafka.put("a", 1)
    bench.kafka.raw(b"b", b'{"user_id": 7}')
    bench.kafka.raw(b"not-c", bench.kafka.log[0][0].value())
    bench.kafka.put("d", 1)
    bench.turn()
    assert bench.sink.rows == {"a": 1, "d": 1}
    assert bench.kafka.committed_offsets == {0: 4}
    (topic, key, first), (_, _, second) = bench.letters.delivered
    assert (topic, key) == ("t.dead-letters", b"b")
    assert (first["topic"], first["partition"], first["offset"]) == (TOPIC, 0, 1)
    assert (first["reason"], first["field"]) == ("undecodable", "user_id")
    assert base64.b64decode(first["value"]) == b'{"user_id": 7}'
    assert (second["reason"], second["offset"]) == ("wrong_key", 2)
    assert bench.metric("dead_letters_total", reason="undecodable") == 1


def test_nothing_is_committed_before_the_dead_letters_are_delivered(bench: Bench) -> None:
    bench.letters.error = UndeliveredError(1, "away")
    bench.kafka.raw(b"b", b"{")
    bench.turn(times=3, seconds=2.0)
    assert bench.kafka.commits == []
    assert bench.worker.health()[1]["waiting_for"] == "Kafka"
    bench.letters.error = None
    bench.turn(seconds=2.0)
    assert bench.kafka.committed_offsets == {0: 1}
    assert len(bench.letters.delivered) == 1


def test_a_commit_that_failed_for_a_while_is_made_again(bench: Bench) -> None:
    bench.kafka.commit_error = KafkaError(KafkaError.REQUEST_TIMED_OUT, "slow", retriable=True)
    bench.kafka.put("a", 1)
    bench.turn(times=3, seconds=1.0)
    assert bench.kafka.commits == []
    bench.kafka.commit_error = None
    bench.turn(times=2, seconds=1.0)
    assert bench.kafka.committed_offsets == {0: 1}


def test_errors_of_the_broker_are_lived_through_unless_fatal(bench: Bench) -> None:
    bench.kafka.log[0].append(
        FakeMessage(None, None, 0, 0, KafkaError(KafkaError._ALL_BROKERS_DOWN, "away"))
    )
    bench.turn()
    assert bench.kafka.commits == []
    bench.kafka.log[0].append(
        FakeMessage(None, None, 1, 0, KafkaError(KafkaError._FATAL, "fenced", fatal=True))
    )
    with pytest.raises(KafkaException):
        bench.turn()


@pytest.mark.parametrize("away", [False, True])
def test_told_to_stop_it_finishes_the_batch_if_the_store_lets_it(away: bool) -> None:
    bench = Bench()
    stop = threading.Event()
    bench.kafka.put("a", 1)
    bench.sink.away = True
    turn = bench.worker.turn

    def turn_and_stop() -> None:
        turn()
        bench.sink.away = away
        stop.set()

    bench.worker.turn = turn_and_stop  # type: ignore[method-assign]
    bench.worker.run(stop)
    assert bench.kafka.committed_offsets == ({} if away else {0: 1})
    assert bench.kafka.closed
    assert bench.sink.closed


def test_a_loop_that_stands_still_is_not_healthy(bench: Bench) -> None:
    bench.turn()
    bench.now_s += 1_000
    assert not bench.worker.health()[0]


def test_batches_are_bounded() -> None:
    bench = Bench(batch_size=3)
    bench.start()
    for version in range(8):
        bench.kafka.put("a", version)
    bench.turn()
    assert bench.kafka.commits == [{0: 3}]
    bench.turn(times=2)
    assert bench.kafka.committed_offsets == {0: 8}


def test_dead_letters_are_logged_by_their_place_alone(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    user, email = "ada-lovelace-4711", "secret.person@example.org"
    bench.kafka.put(user, 1)
    bench.kafka.raw(user.encode(), f'{{"user_id": "{email}"}}'.encode())
    bench.kafka.raw(email.encode(), bench.kafka.log[0][0].value())
    bench.kafka.raw(user.encode(), f'{{"user_id": "{user}", "at_ms": "{email}"}}'.encode())
    bench.turn()
    assert len(bench.letters.delivered) == 3
    assert user in bench.letters.delivered[1][2]["detail"], "the dead letter says whose it was"
    assert f"dead letter (wrong_key) from {TOPIC}/0 at 2" in caplog.text
    for marker in (user, email):
        assert marker not in caplog.text
