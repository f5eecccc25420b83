"""The volume worker on topics in memory, with a clock that moves when told."""

import json
import logging
import threading
import urllib.request

import msgspec
import pytest
from confluent_kafka import KafkaError, KafkaException
from fake_topics import FakeTopics
from prometheus_client import Counter, Gauge, Histogram

from connectors.kafka.producer import UndeliveredError
from deploy.settings import Settings
from jobs.health import HealthServer
from jobs.volume import build, parser
from jobs.volume_metrics import VolumeMetrics
from jobs.volume_worker import VolumeWorker
from tactful.knowledge import POLICY_KEY
from tactful.metrics import VOLUME_METRICS, Kind
from tactful.policy import ChannelPolicy, NotificationType, Policy, Purpose
from tactful.records import LedgerEntry, Priority, Reason, Verdict
from tactful.volume.price import parse_price

START_MS = 1_790_000_000_000
LOOKBACK_MS = 60_000


def policy(rate_per_s: float | None = 10.0) -> bytes:
    return msgspec.json.encode(
        Policy(
            version="v",
            types={"news": NotificationType(Purpose.MARKETING, ("email",))},
            channels={"email": ChannelPolicy(rate_per_s=rate_per_s)},
        )
    )


class Bench:
    def __init__(self) -> None:
        self.now_ms = START_MS
        self.kafka = FakeTopics(knowledge=1, ledger=2)
        self.metrics = VolumeMetrics()
        self.worker = VolumeWorker(
            lambda _on_error: self.kafka,  # type: ignore[arg-type, return-value]
            "knowledge",
            "ledger",
            producer=self.kafka,  # type: ignore[arg-type]
            metrics=self.metrics,
            lookback_ms=LOOKBACK_MS,
            clock=lambda: self.now_ms,
        )

    def learn(self, value: bytes | None, key: str = POLICY_KEY) -> None:
        self.kafka.put("knowledge", key.encode(), value)

    def send(self, number: int, *, ago_ms: int = 0) -> None:
        self.tell(number, Verdict.SEND, Reason.ALLOWED, ago_ms=ago_ms, score=0.5)

    def hold(self, number: int, *, bid: float, ago_ms: int = 0, for_ms: int = 5_000) -> None:
        self.tell(
            number,
            Verdict.HOLD,
            Reason.PRICE,
            ago_ms=ago_ms,
            bid=bid,
            reconsider_at_ms=self.now_ms - ago_ms + for_ms,
        )

    def tell(
        self, number: int, verdict: Verdict, reason: Reason, *, ago_ms: int = 0, **more: object
    ) -> None:
        at_ms = self.now_ms - ago_ms
        entry = LedgerEntry(
            decision_id=f"{number:032x}",
            request_id=f"r{number}",
            user_id=f"u{number}",
            type="news",
            verdict=verdict,
            reason=reason,
            priority=Priority.NORMAL,
            requested_at_ms=at_ms,
            decided_at_ms=at_ms,
            expires_at_ms=at_ms + 3_600_000,
            explanation="",
            policy_version="v",
            model_versions={},
            channel="email",
            **more,  # type: ignore[arg-type]
        )
        value = msgspec.json.encode(entry)
        self.kafka.put("ledger", b"u", value, partition=number % 2, stamp_ms=at_ms)

    def turn(self, times: int = 1, ms: int = 250) -> None:
        for _ in range(times):
            self.worker.turn()
            self.now_ms += ms

    def settle(self) -> None:
        """Turn until all partitions are read to their ends."""
        self.turn(4)

    @property
    def published(self) -> list[bytes | None]:
        """The prices that the worker wrote."""
        return [
            record.value()
            for record in self.kafka.log["knowledge", 0]
            if record.key() == b"price/email"
        ]

    def metric(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"tactful_volume_{name}", labels)


def test_more_than_the_rate_brings_a_price_and_the_end_takes_it_back() -> None:
    bench = Bench()
    bench.learn(policy())
    bench.worker.start()
    bench.settle()
    assert bench.published == []
    for number in range(100):
        bench.hold(number, bid=0.5 + number / 1_000)
    bench.settle()
    assert bench.published
    value = bench.published[-1]
    assert value is not None
    path = parse_price(value)
    assert path.at(bench.now_ms) > 0.5
    assert path.at(bench.now_ms + 60_000) == 0.0
    assert bench.metric("waiting", channel="email") == 100
    assert bench.metric("paths_total", channel="email") == len(bench.published)
    for number in range(100):
        bench.tell(number, Verdict.CANCEL, Reason.CANCELLED_BY_EVENT)
    bench.turn(10)
    assert bench.published[-1] is None
    count = len(bench.published)
    bench.turn(10)
    assert len(bench.published) == count, "silent while nothing waits"


def test_at_the_start_those_who_wait_are_found_in_the_recent_past() -> None:
    bench = Bench()
    bench.learn(policy())
    bench.hold(1, bid=0.5, ago_ms=LOOKBACK_MS + 1, for_ms=600_000)
    bench.hold(2, bid=0.5, ago_ms=LOOKBACK_MS - 1, for_ms=600_000)
    bench.hold(4, bid=0.5, ago_ms=LOOKBACK_MS - 2, for_ms=600_000)
    bench.worker.start()
    bench.settle()
    assert bench.metric("waiting", channel="email") == 2


def test_nothing_is_published_before_the_past_was_read() -> None:
    bench = Bench()
    bench.learn(policy())
    for number in range(100):
        bench.hold(number, bid=0.5, ago_ms=1_000)
    bench.worker.start()
    assert bench.worker.health()[1]["catching_up"] is True
    bench.worker.turn()
    assert bench.published == []
    bench.settle()
    assert bench.worker.health()[1]["catching_up"] is False
    assert bench.published


def test_a_new_policy_is_followed_and_a_bad_one_is_not(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench()
    bench.worker.start()
    bench.settle()
    assert bench.worker.health()[1]["rates_per_s"] == {}
    bench.learn(policy(25.0))
    bench.settle()
    assert bench.metric("rate", channel="email") == 25
    bench.learn(b'{"version": 7}')
    bench.settle()
    assert bench.metric("rate", channel="email") == 25
    assert bench.metric("refused_total") == 1
    assert "knowledge/0 at 1 refused" in caplog.text
    bench.learn(policy(None))
    bench.settle()
    assert bench.metric("rate", channel="email") is None
    assert bench.worker.health()[1]["rates_per_s"] == {}


def test_a_price_of_before_is_taken_back_if_nothing_waits() -> None:
    bench = Bench()
    bench.learn(policy())
    bench.learn(b'{"steps": [[1, 0.9], [99, 0.0]], "version": 3}', "price/email")
    bench.worker.start()
    bench.settle()
    assert bench.published[1:] == [None]


def test_its_own_prices_are_no_news() -> None:
    bench = Bench()
    bench.learn(policy())
    bench.worker.start()
    for number in range(100):
        bench.hold(number, bid=0.5, for_ms=60_000)
    bench.turn(40)
    versions = [parse_price(value).version for value in bench.published if value]
    assert versions == list(range(1, len(versions) + 1))
    assert bench.metric("refused_total") == 0


def test_an_entry_that_cannot_be_read_is_passed_over() -> None:
    bench = Bench()
    bench.learn(policy())
    bench.worker.start()
    bench.kafka.put("ledger", b"u", b"{", stamp_ms=bench.now_ms)
    bench.hold(3, bid=0.5)
    bench.settle()
    assert bench.metric("refused_total") == 1
    assert bench.metric("entries_total") == 1


def test_a_price_that_kafka_does_not_take_is_published_again() -> None:
    bench = Bench()
    bench.learn(policy())
    bench.worker.start()
    for number in range(100):
        bench.hold(number, bid=0.5, for_ms=60_000)
    bench.kafka.flush_error = UndeliveredError(1, "no answer in 5 s")
    bench.turn(3)
    assert (bench.metric("failed_writes_total") or 0) >= 1
    bench.kafka.flush_error = None
    count = len(bench.published)
    bench.turn(6)
    assert len(bench.published) > count


def test_a_passing_error_of_kafka_is_survived_and_a_fatal_one_ends_it() -> None:
    bench = Bench()
    bench.worker.start()
    bench.kafka.errors.append(KafkaError(KafkaError._TRANSPORT))
    bench.turn()
    bench.kafka.errors.append(KafkaError(KafkaError._FATAL, fatal=True))
    with pytest.raises(KafkaException):
        bench.turn()


def test_it_runs_until_told_to_stop_and_closes() -> None:
    bench = Bench()
    stop = threading.Event()
    turn = bench.worker.turn

    def last_turn() -> None:
        turn()
        bench.now_ms += 250
        if not bench.worker.health()[1]["catching_up"]:
            stop.set()

    bench.worker.turn = last_turn  # type: ignore[method-assign]
    bench.worker.run(stop)
    assert bench.kafka.closed


def test_it_waits_for_its_topics() -> None:
    bench = Bench()
    bench.kafka.log.clear()
    stop = threading.Event()
    asked = bench.kafka.list_topics

    def then_stop(topic: str, timeout: float) -> object:
        stop.set()
        return asked(topic, timeout)

    bench.kafka.list_topics = then_stop  # type: ignore[assignment, method-assign]
    bench.worker.run(stop)
    assert bench.kafka.next == {}
    assert bench.kafka.closed


def test_it_is_ill_when_its_loop_stands_still() -> None:
    bench = Bench()
    bench.worker.turn()
    assert bench.worker.health()[0]
    bench.now_ms += 120_000
    assert not bench.worker.health()[0]


def test_metrics_and_health_are_served() -> None:
    bench = Bench()
    bench.learn(policy())
    bench.worker.start()
    bench.settle()
    server = HealthServer("127.0.0.1", 0, bench.metrics.registry, bench.worker.health)
    address = f"http://127.0.0.1:{server.port}"
    try:
        with urllib.request.urlopen(f"{address}/metrics") as answer:
            assert b'tactful_volume_rate{channel="email"} 10.0' in answer.read()
        with urllib.request.urlopen(f"{address}/healthz") as answer:
            found = json.load(answer)
            assert found["alive"] is True
            assert found["rates_per_s"] == {"email": 10.0}
    finally:
        server.close()


def test_every_metric_is_made_as_declared() -> None:
    kinds = {Kind.COUNTER: Counter, Kind.GAUGE: Gauge, Kind.HISTOGRAM: Histogram}
    made = VolumeMetrics()
    for metric in VOLUME_METRICS:
        assert type(getattr(made, metric.name)) is kinds[metric.kind]
        assert VolumeMetrics.__annotations__[metric.name] is kinds[metric.kind]
    assert set(VolumeMetrics.__annotations__) == {metric.name for metric in VOLUME_METRICS}


def test_the_command_line_builds_a_worker() -> None:
    args = parser(Settings()).parse_args(["--prefix=x", "--tick-ms=100"])
    assert build(args, VolumeMetrics()).health()[0]
