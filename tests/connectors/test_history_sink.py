"""Ledger and audit records as rows: each once, for 24 months; an erasure takes the history."""

from typing import Any

import msgspec
import pytest
from fake_cassandra import FakeSession
from memory_keys import MemoryKeys, master
from profile_messages import FakeMessage, message

from connectors.audit import AuditAction, AuditTrail, AuditUnavailableError, entry
from connectors.cassandra.changes import PoisonError, decode, fold
from connectors.cassandra.erasures import mark_of
from connectors.cassandra.history import KEPT_MS
from connectors.cassandra.history_sink import (
    LATE_MS,
    AuditSink,
    HistorySink,
    Kept,
    audit_entry,
    ledger_entry,
)
from connectors.cassandra.session import CassandraSettings
from connectors.cassandra.sink import ProfileSink, StoreSink
from connectors.kafka.producer import UndeliveredError
from tactful.records import DeadLetterReason, LedgerEntry, Priority, Reason, Verdict

NOW = 1_780_000_000_000


def a_verdict(decision: str = "d1", at_ms: int = NOW, user: str = "ada", **fields: Any) -> bytes:
    values: dict[str, Any] = {
        "decision_id": decision,
        "request_id": f"r-{decision}",
        "user_id": user,
        "type": "promotion",
        "verdict": Verdict.SEND,
        "reason": Reason.ALLOWED,
        "priority": Priority.NORMAL,
        "requested_at_ms": at_ms - 10,
        "decided_at_ms": at_ms,
        "expires_at_ms": at_ms + 1_000,
        "explanation": "sent now",
        "policy_version": "1",
        "model_versions": {},
        "channel": "email",
    }
    return msgspec.json.encode(LedgerEntry(**values | fields))


def kept(*values: bytes, user: str = "ada") -> list[Kept]:
    return [
        ledger_entry(FakeMessage(user.encode(), value, offset))  # type: ignore[arg-type]
        for offset, value in enumerate(values)
    ]


def run(sink: StoreSink[Any], session: FakeSession, changes: list[Any]) -> Any:
    statements, outcome = sink.plan(changes)
    for statement in statements:
        session.apply(statement)  # type: ignore[arg-type]
    return outcome


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def sink(session: FakeSession) -> HistorySink:
    made = HistorySink(CassandraSettings(), now_ms=lambda: NOW)
    made.prepare(session)  # type: ignore[arg-type]
    return made


def erase(session: FakeSession, user: str, version: int) -> None:
    profiles = ProfileSink(CassandraSettings(), master(), open_keys=lambda _: MemoryKeys())
    profiles.prepare(session)  # type: ignore[arg-type]
    run(profiles, session, list(fold([decode(message(user, version, erased=True))]).values()))  # type: ignore[arg-type]


def test_an_entry_becomes_a_row_and_a_pointer(sink: HistorySink, session: FakeSession) -> None:
    value = a_verdict(campaign="spring")
    outcome = run(sink, session, kept(value))
    assert (outcome.rows, outcome.skipped) == (1, 0)
    (row,) = session.rows("history_by_user")
    assert row["raw"].encode() == value
    assert (row["month"], row["verdict"], row["campaign"]) == ("2026-05", "send", "spring")
    (pointer,) = session.rows("user_by_decision")
    assert pointer == {"decision_id": "d1", "user_id": "ada", "month": "2026-05"}


def test_writing_again_changes_nothing(sink: HistorySink, session: FakeSession) -> None:
    entries = kept(a_verdict(), a_verdict("d2", NOW - 5, verdict=Verdict.HOLD))
    run(sink, session, entries)
    before = msgspec.to_builtins(session.cells, str_keys=False)
    for _ in range(3):
        run(sink, session, entries)
    assert msgspec.to_builtins(session.cells, str_keys=False) == before


def test_a_row_lives_for_24_months_from_its_decision(sink: HistorySink) -> None:
    year_ago = NOW - 365 * 86_400_000
    (row, _pointer), _ = sink.plan(kept(a_verdict(at_ms=year_ago)))
    timestamp, ttl_s = row.values[-2:]  # type: ignore[attr-defined]
    assert timestamp == year_ago
    assert ttl_s == 365 * 86_400
    statements, outcome = sink.plan(kept(a_verdict(at_ms=NOW - KEPT_MS)))
    assert (statements, outcome.skipped) == ([], 1)


def test_an_erasure_deletes_what_was_before_it_and_leaves_what_comes_after(
    sink: HistorySink, session: FakeSession
) -> None:
    months_ago = NOW - 100 * 86_400_000
    run(sink, session, kept(a_verdict("old", months_ago), a_verdict("new", NOW + 50)))
    run(sink, session, kept(a_verdict("bob's", months_ago, user="bob"), user="bob"))
    erase(session, "ada", NOW)
    assert {row["decision_id"] for row in session.rows("history_by_user")} == {"new", "bob's"}
    assert {row["decision_id"] for row in session.rows("user_by_decision")} == {"new", "bob's"}


def test_a_replay_brings_nothing_back_that_was_erased(
    sink: HistorySink, session: FakeSession
) -> None:
    old = kept(a_verdict("old", NOW - 5_000_000))
    run(sink, session, old)
    erase(session, "ada", NOW - 100)
    session.tombstones.clear()  # as Cassandra drops them after gc_grace_seconds
    session.cells.pop("history_by_user")
    session.cells.pop("user_by_decision")
    outcome = run(sink, session, old)
    assert (outcome.rows, outcome.skipped) == (0, 1)
    assert session.rows("history_by_user") == []


def test_entries_of_the_moment_cost_no_question(sink: HistorySink, session: FakeSession) -> None:
    asked = []
    select = session.select
    session.select = lambda bound: asked.append(bound) or select(bound)  # type: ignore[method-assign, func-returns-value]
    sink.plan(kept(a_verdict(at_ms=NOW - LATE_MS)))
    assert asked == []
    sink.plan(kept(a_verdict(at_ms=NOW - LATE_MS - 1)))
    assert len(asked) == 1


def test_the_mark_of_an_erasure_does_not_name_the_user(session: FakeSession) -> None:
    erase(session, "ada", NOW)
    (row,) = session.rows("erasures")
    assert row == {"user_mark": mark_of("ada"), "version": NOW}
    assert "ada" not in row["user_mark"]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (None, a_verdict(), DeadLetterReason.UNKEYED),
        (b"bob", a_verdict(), DeadLetterReason.WRONG_KEY),
        (b"ada", None, DeadLetterReason.UNDECODABLE),
        (b"ada", b"{", DeadLetterReason.UNDECODABLE),
        (b"ada", b'{"user_id": "ada"}', DeadLetterReason.UNDECODABLE),
    ],
)
def test_what_is_no_entry_is_poison(
    key: bytes | None, value: bytes | None, reason: DeadLetterReason
) -> None:
    with pytest.raises(PoisonError, match=r"^ledger entry: ") as raised:
        ledger_entry(FakeMessage(key, value))  # type: ignore[arg-type]
    assert raised.value.reason is reason


def test_audit_records_are_kept_and_outlive_an_erasure(session: FakeSession) -> None:
    sink = AuditSink(CassandraSettings(), now_ms=lambda: NOW)
    sink.prepare(session)  # type: ignore[arg-type]
    audit = entry("ada", "client:crm", AuditAction.READ, ["identifiers.email"], at_ms=NOW - 9)
    value = msgspec.json.encode(audit)
    changes = [audit_entry(FakeMessage(b"ada", value))]  # type: ignore[arg-type]
    assert run(sink, session, changes).rows == 1
    erase(session, "ada", NOW)
    (row,) = session.rows("audit_by_user")
    assert (row["actor"], row["action"], row["raw"].encode()) == ("client:crm", "read", value)


class Outlet:
    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes | None, bytes | None]] = []
        self.error: Exception | None = None

    def send(
        self, topic: str, key: bytes | None, value: bytes | None, *, wait: bool = True
    ) -> None:
        assert not wait
        if self.error is not None:
            raise self.error
        self.sent.append((topic, key, value))

    def flush(self, timeout_s: float = 30.0) -> None:
        del timeout_s
        if self.error is not None:
            raise self.error


def test_a_trail_writes_to_the_audit_topic_by_user() -> None:
    outlet = Outlet()
    audit = entry("ada", "user:ada", AuditAction.CHANGE, ["b", "a", "b"], via="PATCH /v1")
    AuditTrail(outlet, "eu").record(audit)
    ((topic, key, value),) = outlet.sent
    assert (topic, key) == ("eu.audit", b"ada")
    assert msgspec.json.decode(value or b"")["fields"] == ["a", "b"]


def test_without_a_place_for_the_record_nothing_may_be_done() -> None:
    outlet, lost = Outlet(), []
    trail = AuditTrail(outlet, on_lost=lost.append)
    outlet.error = BufferError("full")
    with pytest.raises(AuditUnavailableError):
        trail.record(entry("ada", "x", AuditAction.READ))
    outlet.error = UndeliveredError(3, "away")
    with pytest.raises(AuditUnavailableError):
        trail.flush()
    assert lost == [3]
