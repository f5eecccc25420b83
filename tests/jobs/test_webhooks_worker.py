"""The webhook worker on topics in memory: what happens is told, once if all goes well."""

import threading
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from confluent_kafka import KafkaError
from fake_topics import Record

from connectors.webhooks.outbox import Delivery, Result
from connectors.webhooks.subscriptions import EventType, Subscription
from jobs.webhooks_metrics import WebhookMetrics
from jobs.webhooks_worker import Names, WebhookWorker
from schemas.codec import encode
from tactful.metrics import WEBHOOK_METRICS
from tactful.records import LedgerEntry, Preferences, Priority, ProfileUpdate, Reason, Verdict

NAMES = Names("t.ledger", "t.profile-updates", "t.webhooks", "t.webhook-deliveries")


def entry(number: int = 1, verdict: Verdict = Verdict.SEND) -> LedgerEntry:
    return LedgerEntry(
        f"d{number}", f"r{number}", "ada", "promotion", verdict, Reason.ALLOWED,
        Priority.NORMAL, 1, 2, 3, "because", "p", {},
    )  # fmt: skip


class Log:
    """One log of all topics; consumers read it in order, each from a place of its own."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.fail = False

    def send(self, topic: str, key: bytes | None, value: bytes | None) -> None:
        if self.fail:
            from confluent_kafka import KafkaException

            raise KafkaException(KafkaError(KafkaError._ALL_BROKERS_DOWN))
        self.records.append(Record(topic, 0, len(self.records), key, value))

    def flush(self, timeout_s: float = 30.0) -> None:
        del timeout_s


class Reader:
    def __init__(self, log: Log, *topics: str, eof: bool = False, start: int = 0) -> None:
        self.log = log
        self.topics = topics
        self.at = start
        self.committed = start
        self._eof = eof
        self.closed = False

    def subscribe(self, topics: list[str]) -> None:
        assert set(topics) <= {NAMES.ledger, NAMES.updates}

    def consume(self, count: int, timeout: float) -> list[Record]:
        assert timeout >= 0
        found = [r for r in self.log.records[self.at : self.at + count] if r.topic() in self.topics]
        self.at = min(len(self.log.records), self.at + count)
        if self._eof and not found:
            self._eof = False
            end = KafkaError(KafkaError._PARTITION_EOF)
            return [Record(topic, 0, 0, error=end) for topic in self.topics]
        return found

    def commit(self, asynchronous: bool) -> None:
        assert asynchronous
        self.committed = self.at

    def close(self) -> None:
        self.closed = True


class Endpoint:
    """Answers from a list, then well."""

    def __init__(self, *answers: Result) -> None:
        self.answers = list(answers)
        self.got: list[Delivery] = []

    def send(self, delivery: Delivery, url: str, secrets: Iterable[str]) -> Result:
        assert url.startswith("https://")
        assert list(secrets) == ["secret"]
        self.got.append(delivery)
        return self.answers.pop(0) if self.answers else Result(200)


class Rig:
    def __init__(self, *answers: Result) -> None:
        self.log = Log()
        self.now_ms = 1_000
        self.endpoint = Endpoint(*answers)
        self.metrics = WebhookMetrics()
        self.committed = 0
        self.worker = self.start()

    def start(self) -> WebhookWorker:
        self.events: Any = Reader(self.log, NAMES.ledger, NAMES.updates, start=self.committed)
        self.state: Any = Reader(self.log, NAMES.webhooks, NAMES.deliveries, eof=True)
        return WebhookWorker(
            self.events,
            self.state,
            [(NAMES.webhooks, 0), (NAMES.deliveries, 0)],
            NAMES,
            outlet=self.log,
            sender=self.endpoint,
            secrets_of=lambda _: ["secret"],
            metrics=self.metrics,
            clock=lambda: self.now_ms,
            draw=lambda: 0.5,
        )

    def subscribe(self, *events: EventType) -> None:
        made = Subscription("w", "https://x.example", list(events), ["x"], "c", 0)
        self.log.send(NAMES.webhooks, b"w", msgspec.json.encode(made))

    def put(self, record: LedgerEntry | ProfileUpdate) -> None:
        topic = NAMES.ledger if isinstance(record, LedgerEntry) else NAMES.updates
        self.log.send(topic, b"ada", encode(record))

    def turns(self, count: int = 8) -> None:
        import time

        for _ in range(count):
            self.worker.turn()
            time.sleep(0.005)
        self.committed = self.events.committed

    @property
    def open(self) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        for record in self.log.records:
            if record.topic() == NAMES.deliveries:
                if record.value():
                    found[record.key() or b""] = record.value() or b""
                else:
                    found.pop(record.key() or b"", None)
        return found


def test_what_subscribers_want_is_sent_and_then_done() -> None:
    rig = Rig()
    rig.subscribe(EventType.SEND, EventType.PREFERENCES)
    rig.turns(3)
    rig.put(entry(1))
    rig.put(entry(2, Verdict.HOLD))
    rig.put(ProfileUpdate("u", "ada", 5, preferences=Preferences(channels={"sms": False})))
    rig.turns()
    types = [msgspec.json.decode(each.body)["type"] for each in rig.endpoint.got]
    assert sorted(types) == ["decision.send", "preferences.changed"]
    assert rig.open == {}


def test_a_failure_is_repeated_later_under_the_same_id() -> None:
    rig = Rig(Result(500))
    rig.subscribe(EventType.DECISION)
    rig.put(entry())
    rig.turns()
    assert len(rig.endpoint.got) == 1
    assert len(rig.open) == 1
    rig.now_ms += 10_000
    rig.turns()
    assert [each.attempt for each in rig.endpoint.got] == [1, 2]
    assert len({each.id for each in rig.endpoint.got}) == 1
    assert rig.open == {}


def test_a_new_worker_goes_on_where_the_old_one_was_ended() -> None:
    rig = Rig(Result(500))
    rig.subscribe(EventType.DECISION)
    rig.put(entry())
    rig.turns()
    rig.worker = rig.start()
    rig.now_ms += 10_000
    rig.turns()
    assert [each.attempt for each in rig.endpoint.got] == [1, 2]
    assert rig.open == {}


def test_while_kafka_takes_nothing_offsets_stay_and_nothing_is_lost() -> None:
    from confluent_kafka import KafkaException

    rig = Rig()
    rig.subscribe(EventType.DECISION)
    rig.turns(3)
    rig.put(entry())
    rig.log.fail = True
    with pytest.raises(KafkaException):
        rig.turns()
    assert rig.events.committed == 0 or rig.events.committed < len(rig.log.records)
    rig.log.fail = False
    rig.worker = rig.start()
    rig.turns()
    assert len(rig.endpoint.got) == 1


def test_what_cannot_be_read_is_counted_and_passed_over() -> None:
    rig = Rig()
    rig.subscribe(EventType.DECISION)
    rig.log.send(NAMES.ledger, b"ada", b"{")
    rig.log.send(NAMES.deliveries, b"x", b"{")
    rig.put(entry())
    rig.turns()
    assert len(rig.endpoint.got) == 1
    assert rig.metrics.unreadable._value.get() == 1


def test_an_end_waits_for_what_is_on_its_way() -> None:
    rig = Rig()
    stop = threading.Event()
    stop.set()
    rig.worker.run(stop)
    assert rig.events.closed
    assert rig.state.closed
    alive, facts = rig.worker.health()
    assert alive
    assert facts["pending"] == 0


def test_the_metrics_are_those_declared() -> None:
    assert set(WebhookMetrics.__annotations__) == {metric.name for metric in WEBHOOK_METRICS}
