"""Verification tells each kind of difference, and agrees where everything is as it should be."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from memory_keys import memory_cipher
from profile_messages import FakeMessage, message
from test_history_sink import a_verdict

from connectors.cassandra.changes import UserChange, decode, fold
from connectors.cassandra.profiles import ProfileRow, row_of
from connectors.cassandra.sealing import needs_sealing, opened_rows, sealed
from connectors.crypto import FieldCipher
from connectors.redis.entries import Entry, Kind
from connectors.verify.compare import (
    AROUND_AN_ERASURE,
    REDECIDED,
    cache_differences,
    history_differences,
    key_differences,
    row_differences,
    topic_differences,
)
from connectors.verify.replay import EventLog, Ledger, Lived
from connectors.verify.report import Difference, Place, Report
from schemas.codec import encode
from tactful.records import (
    DeadLetter,
    DeadLetterReason,
    Event,
    LedgerEntry,
    ProfileActivity,
    ProfileSnapshot,
    ProfileUpdate,
    Verdict,
)

NOW = 1_780_000_000_000


@dataclasses.dataclass
class Arrived(FakeMessage):
    topic_: str = ""
    at_ms: int = NOW

    def topic(self) -> str:
        return self.topic_

    def timestamp(self) -> tuple[int, int]:
        return (1, self.at_ms)


def log_of(*records: Event | ProfileUpdate, dead: int | None = None) -> EventLog:
    log = EventLog(["ada"])
    for offset, record in enumerate(records):
        topic = "t.events" if isinstance(record, Event) else "t.profile-updates"
        value = encode(record)
        log.add(Arrived(b"ada", value, offset, topic_=topic, at_ms=NOW + offset))  # type: ignore[arg-type]
    log.add(Arrived(b"bob", b"{}", 99, topic_="t.events"))  # type: ignore[arg-type]
    if dead is not None:
        letter = DeadLetter(DeadLetterReason.TOO_LATE, "", "t.events", 0, dead, b"")
        log.add_dead_letter(FakeMessage(b"ada", encode(letter)))  # type: ignore[arg-type]
    return log


def an_event(name: str, at_ms: int = NOW) -> Event:
    return Event(id=name, user_id="ada", name="open", at_ms=at_ms)


def an_update(name: str = "u1", **fields: Any) -> ProfileUpdate:
    return ProfileUpdate(id=name, user_id="ada", at_ms=NOW, **fields)


def snapshot_of(lived: Lived, **fields: Any) -> UserChange:
    values: dict[str, Any] = {
        "user_id": "ada",
        "version": 5,
        "updated_at_ms": NOW,
        "time_zone": lived.time_zone,
        **{
            name: msgspec.Raw(msgspec.json.encode(getattr(lived, name)))
            for name in ("identifiers", "attributes", "preferences", "consent")
        },
        "activity": ProfileActivity(*lived.activity),
        "channels": {},
        "held": {"count": 0},
        "duplicates": 0,
    }
    value = msgspec.json.encode(values | fields)
    msgspec.json.decode(value, type=ProfileSnapshot)
    return fold([decode(FakeMessage(b"ada", value))])["ada"]  # type: ignore[arg-type]


def whats(differences: Iterator[Difference]) -> list[str]:
    return [each.what for each in differences]


def test_the_log_is_lived_through_by_the_core_itself() -> None:
    lived = log_of(
        an_update(identifiers={"email": "a@example.org"}, consent={"marketing": True}),
        an_event("e1"),
        an_event("e1"),  # a duplicate
        an_event("e2", NOW + 5_000),
        an_event("late"),
        dead=4,
    ).lived("ada")
    assert lived.identifiers == {"email": "a@example.org"}
    assert lived.consent == {"marketing": True}
    assert lived.activity == (2, 1, NOW, NOW + 5_000)
    assert (lived.records, lived.erased_at_ms) == (4, None)


def test_what_follows_from_the_log_agrees_with_the_profile_topic() -> None:
    lived = log_of(an_update(attributes={"age": 3}), an_event("e1")).lived("ada")
    assert (
        whats(topic_differences("ada", snapshot_of(lived), lived, Ledger(["ada"]).of("ada"))) == []
    )


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"time_zone": "Asia/Tokyo"}, "time_zone"),
        ({"consent": {"marketing": False}}, "consent"),
        ({"identifiers": {"email": "secret@example.org"}}, "identifiers"),
        ({"activity": {"events": 7, "sessions": 1}}, "activity"),
    ],
)
def test_each_field_that_differs_is_named_and_no_address_told(
    fields: dict[str, Any], what: str
) -> None:
    lived = log_of(an_update(identifiers={"email": "a@example.org"}), an_event("e1")).lived("ada")
    found = list(
        topic_differences("ada", snapshot_of(lived, **fields), lived, Ledger(["ada"]).of("ada"))
    )
    assert [each.what for each in found] == [what]
    assert "example.org" not in repr(found)


def ledger_of(*values: bytes) -> Ledger:
    ledger = Ledger(["ada"])
    for value in values:
        ledger.add(FakeMessage(b"ada", value))  # type: ignore[arg-type]
    return ledger


CHANNEL = {"email": {"sent": 2, "outcomes": {}, "engage_prob": 0.1, "shrinkage_weight": 1.0}}


def test_sends_are_those_of_the_ledger_each_once() -> None:
    lived = log_of(an_event("e1")).lived("ada")
    profile = snapshot_of(lived, channels=CHANNEL)
    twice = ledger_of(a_verdict("d1"), a_verdict("d1"), a_verdict("d2"))
    assert whats(topic_differences("ada", profile, lived, twice.of("ada"))) == []
    once = ledger_of(a_verdict("d1"), a_verdict("d3", verdict=Verdict.HOLD))
    (found,) = topic_differences("ada", profile, lived, once.of("ada"))
    assert (found.what, found.explanation) == ("sent", None)
    again = ledger_of(a_verdict("d1"), a_verdict("d1", NOW + 9, verdict=Verdict.SUPPRESS))
    (found,) = topic_differences("ada", profile, lived, again.of("ada"))
    assert found.explanation == REDECIDED


def test_around_an_erasure_counts_may_differ_and_say_why() -> None:
    lived = log_of(an_event("e1"), an_update(erase=True), an_event("e2")).lived("ada")
    assert lived.erased_at_ms == NOW + 1
    profile = snapshot_of(lived, activity={"events": 7, "sessions": 1})
    (found,) = topic_differences("ada", profile, lived, Ledger(["ada"]).of("ada"))
    assert found.explanation == AROUND_AN_ERASURE


def test_a_user_in_the_log_without_a_snapshot_is_missed() -> None:
    lived = log_of(an_event("e1")).lived("ada")
    nothing = Ledger(["ada"]).of("ada")
    assert whats(topic_differences("ada", None, lived, nothing)) == ["snapshot"]
    assert whats(topic_differences("ada", None, log_of().lived("ada"), nothing)) == []


class Stored:
    """A snapshot of the topic, and the row it became."""

    def __init__(self, version: int = 3) -> None:
        self.cipher: FieldCipher = memory_cipher()
        self.change = fold([decode(message("ada", version))])["ada"]  # type: ignore[arg-type]
        put = self.change.put
        assert put is not None
        assert needs_sealing(put)
        self.plain = row_of(put)
        self.row: ProfileRow = row_of(sealed(put, self.cipher.ring.for_writing("ada", version)))

    def differences(self, row: ProfileRow | None) -> list[str]:
        return whats(row_differences("ada", self.change, row, self.cipher.decrypt))


def test_an_encrypted_row_agrees_with_the_plain_snapshot() -> None:
    stored = Stored()
    assert stored.differences(stored.row) == []
    assert list(opened_rows([stored.row], stored.cipher)) == [stored.plain]


def test_each_way_in_which_a_row_is_wrong_is_found() -> None:
    stored = Stored()
    row = stored.row
    assert stored.differences(None) == ["row"]
    assert stored.differences(dataclasses.replace(row, version=2)) == ["version"]
    assert stored.differences(dataclasses.replace(row, written_at=9)) == ["written_at"]
    assert stored.differences(dataclasses.replace(row, attributes="{}")) == ["attributes"]
    assert stored.differences(stored.plain) == ["identifiers"], "it is not encrypted"
    other = dataclasses.replace(row, raw=row.raw.replace('"seen":3', '"seen":4'))
    assert stored.differences(other) == ["raw"]
    stored.cipher.ring.destroy("ada")
    assert stored.differences(row) == ["identifiers"], "it can't be read"
    erased = fold([decode(message("ada", 4, erased=True))])["ada"]  # type: ignore[arg-type]
    assert whats(row_differences("ada", erased, row, stored.cipher.decrypt)) == ["row"]


def test_history_is_compared_entry_by_entry() -> None:
    ledger = ledger_of(a_verdict("d1"), a_verdict("d2"), a_verdict("old", 1_000))
    verdicts = ledger.of("ada")
    stored = {key: entry for key, entry in verdicts.entries.items() if key[0] != "old"}
    assert whats(history_differences("ada", verdicts, stored, -1, NOW)) == []
    key = next(iter(stored))
    missing = {k: e for k, e in stored.items() if k != key}
    assert whats(history_differences("ada", verdicts, missing, -1, NOW)) == ["entries"]
    assert whats(history_differences("ada", verdicts, stored, NOW, NOW)) == ["entries"]
    changed = stored | {key: msgspec.structs.replace(stored[key], explanation="x")}
    assert whats(history_differences("ada", verdicts, changed, -1, NOW)) == ["entry"]
    assert isinstance(stored[key], LedgerEntry)


def test_an_erased_user_must_have_no_key() -> None:
    erased = fold([decode(message("ada", 4, erased=True))])["ada"]  # type: ignore[arg-type]
    assert whats(key_differences("ada", erased, 1)) == ["keys"]
    assert whats(key_differences("ada", erased, 0)) == []
    assert whats(key_differences("ada", Stored().change, 1)) == []


def test_what_is_cached_is_compared_with_cassandra() -> None:
    row = Stored().row
    raw = row.raw.encode()

    def cached(kind: Kind, version: int, content: bytes) -> list[str]:
        return whats(cache_differences("ada", row, Entry(kind, version, 0, b"", content)))

    assert cached(Kind.DATA, 3, raw) == []
    assert cached(Kind.FLOOR, 9, b"") == []
    assert whats(cache_differences("ada", row, None)) == []
    assert cached(Kind.DATA, 2, raw) == ["version"]
    assert cached(Kind.DATA, 3, raw + b" ") == ["raw"]
    assert cached(Kind.NOTHING, 0, b"") == ["entry"]
    gone = Entry(Kind.DATA, 3, 0, b"", raw)
    assert whats(cache_differences("ada", None, gone)) == ["entry"]


def test_a_report_counts_users_not_differences() -> None:
    found = [
        Difference("a", Place.CASSANDRA, "row", "x", "y"),
        Difference("a", Place.REDIS, "version", "x", "y"),
        Difference("b", Place.PROFILE_TOPIC, "sent", "x", "y", REDECIDED),
    ]
    report = Report(10, found, cached=0, records=0, entries=0)
    assert report.agreeing_share == pytest.approx(0.8)
    assert (report.differing, report.unexplained) == ({"a", "b"}, {"a"})
    assert report.counts()["Redis: version"] == 1
    assert Report(0, [], 0, 0, 0).agreeing_share == 1.0
