"""The history sink's program: two topics, one process, one fate."""

import threading
from typing import Any

import msgspec
import pytest
from profile_messages import FakeMessage
from prometheus_client import CollectorRegistry

from connectors.cassandra.history_sink import ledger_entry
from connectors.cassandra.sink import Written
from jobs.history import Crew, Entries, group_of, parser
from jobs.sink_metrics import AUDIT_SCOPE, HISTORY_SCOPE, HistoryMetrics
from tactful.metrics import HISTORY_SINK_METRICS
from tactful.records import LedgerEntry, Priority, Reason, Verdict
from tactful.topics import AUDIT


def verdict(decision: str, partition: int = 0, offset: int = 0) -> FakeMessage:
    entry = LedgerEntry(
        decision_id=decision,
        request_id="r",
        user_id="ada",
        type="t",
        verdict=Verdict.SEND,
        reason=Reason.ALLOWED,
        priority=Priority.NORMAL,
        requested_at_ms=1,
        decided_at_ms=2,
        expires_at_ms=3,
        explanation="",
        policy_version="1",
        model_versions={},
    )
    return FakeMessage(b"ada", msgspec.json.encode(entry), offset, partition)


def test_an_entry_that_came_twice_is_written_once() -> None:
    pile = Entries(ledger_entry)
    for decision in ("d1", "d2", "d1"):
        pile.add(verdict(decision))  # type: ignore[arg-type]
    assert [kept.key[0] for kept in pile.content()] == ["d1", "d2"]
    assert pile.superseded == 1


def test_what_another_worker_reads_from_now_on_is_left_out() -> None:
    pile = Entries(ledger_entry)
    pile.add(verdict("d1", partition=0))  # type: ignore[arg-type]
    pile.add(verdict("d2", partition=1))  # type: ignore[arg-type]
    pile.drop({0})
    assert [kept.key[0] for kept in pile.content()] == ["d2"]


class Member:
    def __init__(self, topic: str, error: Exception | None = None) -> None:
        self.topic = topic
        self.error = error
        self.alive = True

    def run(self, stop: threading.Event) -> None:
        if self.error is not None:
            raise self.error
        assert stop.wait(30)

    def health(self) -> tuple[bool, dict[str, Any]]:
        return self.alive, {"lag_records": 1}


def test_when_one_worker_fails_for_good_all_end() -> None:
    crew = Crew([Member("a"), Member("b", ValueError("fenced"))], threading.Event())  # type: ignore[list-item]
    crew.run()
    assert [str(error) for error in crew.errors] == ["fenced"]


def test_the_process_is_healthy_while_all_its_workers_are() -> None:
    members = [Member("a"), Member("b")]
    crew = Crew(members, threading.Event())  # type: ignore[arg-type]
    assert crew.health() == (True, {"a": {"lag_records": 1}, "b": {"lag_records": 1}})
    members[1].alive = False
    assert not crew.health()[0]


def test_both_workers_have_every_declared_metric() -> None:
    registry = CollectorRegistry()
    for scope in (HISTORY_SCOPE, AUDIT_SCOPE):
        made = HistoryMetrics(scope, registry)
        made.count(Written(3, skipped=2))
        for metric in HISTORY_SINK_METRICS:
            assert hasattr(made, metric.name)
    assert registry.get_sample_value("tactful_audit_rows_total") == 3
    assert registry.get_sample_value("tactful_history_skipped_total") == 2


def test_the_topics_have_groups_of_their_own() -> None:
    assert group_of("eu") == "eu.history-sink"
    assert group_of("eu", AUDIT) == "eu.audit-sink"


@pytest.mark.parametrize("name", ["bootstrap", "cassandra", "prefix", "keyspace", "metrics_port"])
def test_addresses_default_to_the_settings(name: str) -> None:
    from deploy.settings import Settings

    assert getattr(parser(Settings()).parse_args([]), name) is not None
