"""The live operator: the state written at each change, a timer for what is due, nothing lost."""

import msgspec
import pytest
from builders import DAY_MS, HOUR_MS, NOW, PLAIN, USER, a_cap, a_request, an_event
from hypothesis import given
from hypothesis import strategies as st
from kit import arrived, found
from life_kit import LEDGER, LETTERS, Life

from operators import desk, live
from operators.crossing import Arrived
from operators.live import RETRY_MS
from tactful.records import (
    DeadLetter,
    DeadLetterReason,
    Decision,
    LedgerEntry,
    ProfileSnapshot,
    Verdict,
)


def test_a_request_becomes_a_decision_and_a_ledger_entry_keyed_by_the_user() -> None:
    emitted = Life().take(a_request())
    (decision,) = found(emitted, Decision, "tactful.decisions.email")
    (entry,) = found(emitted, LedgerEntry, LEDGER)
    assert entry.verdict is Verdict.SEND
    assert entry.decision_id == decision.decision_id
    assert {key for _, key, _ in emitted} == {USER.encode()}


def test_every_change_is_in_the_state_at_once_so_a_restore_forgets_nothing() -> None:
    life = Life(msgspec.json.encode(msgspec.structs.replace(PLAIN, caps=(a_cap(max=1),))))
    life.take(a_request("r1"))
    life.restore()
    assert life.take(a_request("r1")) == [], "a copy says nothing again"
    (entry,) = found(life.take(a_request("r2")), LedgerEntry, LEDGER)
    assert entry.verdict is not Verdict.SEND, "the cap is spent"


def test_the_cache_changes_nothing_but_the_number_of_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = [
        msgspec.structs.replace(a_request(f"r{number}"), user_id=user)
        for number in range(4)
        for user in ("ada", "bob", "eve")
    ]
    cached, small, without = Life(), Life(), Life()
    told = [cached.take(record) for record in records]
    monkeypatch.setattr(live, "CACHE_USERS", 1)
    assert [small.take(record) for record in records] == told
    for record, expected in zip(records, told, strict=True):
        without.restore()
        assert without.take(record) == expected
    assert cached.flink.values.by_key == small.flink.values.by_key
    assert cached.flink.values.by_key == without.flink.values.by_key


@given(st.lists(st.sampled_from(["event", "wait", "crash"]), max_size=12))
def test_a_changed_profile_is_told_in_the_end_whatever_happens_between(steps: list[str]) -> None:
    life = Life()
    events = 0
    told = 0
    for step in [*steps, "event", "wait", "wait", "wait"]:
        if step == "event":
            emitted = life.take(an_event(f"e{events}", at_ms=life.clock.now_ms))
            events += 1
        elif step == "wait":
            emitted = life.wait(1_001)
        else:
            life.restore()
            continue
        for snapshot in found(emitted, ProfileSnapshot, "tactful.profiles"):
            told = snapshot.activity.events
    assert told == events


def test_timers_come_to_an_end_when_nothing_happens() -> None:
    life = Life()
    life.take(a_request())
    for _ in range(5):
        life.wait(1_001)
    life.wait(DAY_MS)  # the end of its label window
    assert life.flink.processing == set()


def test_a_held_request_is_decided_when_its_time_comes_also_after_a_restore() -> None:
    life = Life()
    later = a_request(not_before_ms=NOW + 6 * HOUR_MS)
    (held,) = found(life.take(later), LedgerEntry, LEDGER)
    assert held.verdict is Verdict.HOLD
    life.wait(3 * HOUR_MS)
    life.restore()
    assert found(life.wait(2 * HOUR_MS), LedgerEntry, LEDGER) == []
    (sent,) = found(life.wait(2 * HOUR_MS), LedgerEntry, LEDGER)
    assert sent.verdict is Verdict.SEND


def test_a_step_that_fails_is_a_dead_letter_and_the_state_stays(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    life = Life()
    before = dict(life.flink.values.by_key)
    working = desk.step

    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(desk, "step", broken)
    (letter,) = found(life.take(a_request("bad"), offset=77), DeadLetter, LETTERS)
    assert letter.reason is DeadLetterReason.STEP_FAILED
    assert (letter.topic, letter.partition, letter.offset) == ("tactful.requests", 0, 77)
    assert "ZeroDivisionError: a bug (at test_live.py:" in letter.detail
    assert "ZeroDivisionError at test_live.py:" in caplog.text
    assert life.flink.values.by_key == before

    monkeypatch.setattr(desk, "step", working)
    assert found(life.take(a_request("bad")), LedgerEntry, LEDGER), "it can be sent again"


def test_a_wakeup_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    life = Life()
    life.take(a_request(not_before_ms=NOW + 5_000, expires_at_ms=NOW + DAY_MS))
    life.wait(2_000)
    working = desk.step
    monkeypatch.setattr(desk, "step", lambda *_: 1 / 0)
    letters = found(life.wait(3_001), DeadLetter, LETTERS)
    assert {(each.reason, each.topic) for each in letters} == {
        (DeadLetterReason.STEP_FAILED, "wakeup")
    }
    monkeypatch.setattr(desk, "step", working)
    (entry,) = found(life.wait(RETRY_MS), LedgerEntry, LEDGER)
    assert entry.verdict is Verdict.SEND


def test_state_that_cannot_be_read_is_a_dead_letter_and_is_not_overwritten() -> None:
    life = Life()
    life.flink.values.by_key[USER] = b"\x00 damaged"
    life.restore()
    (letter,) = found(life.take(an_event()), DeadLetter, LETTERS)
    assert letter.reason is DeadLetterReason.STEP_FAILED
    assert "StateError" in letter.detail
    life.wait(2_000)
    assert life.flink.values.by_key[USER] == b"\x00 damaged"


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (Arrived("tactful.events", 3, 9, 0, b"ada", b"garbage"), DeadLetterReason.UNDECODABLE),
        (Arrived("tactful.events", 3, 9, 0, b"ada", b""), DeadLetterReason.UNDECODABLE),
        (arrived(an_event())._replace(key=b""), DeadLetterReason.UNKEYED),
        (arrived(an_event())._replace(key=b"\xff"), DeadLetterReason.WRONG_KEY),
        (arrived(an_event(at_ms=NOW + 999 * DAY_MS)), DeadLetterReason.FAR_FUTURE),
        (arrived(an_event(at_ms=NOW - 999 * DAY_MS)), DeadLetterReason.TOO_LATE),
    ],
)
def test_what_cannot_be_taken_is_a_dead_letter_with_its_source(
    bad: Arrived, reason: DeadLetterReason
) -> None:
    life = Life()
    before = dict(life.flink.values.by_key)
    emitted = life.flink.arrive(bad)
    (letter,) = found(emitted, DeadLetter, LETTERS)
    assert letter.reason is reason
    assert (letter.topic, letter.partition, letter.offset) == (bad.topic, bad[1], bad[2])
    assert letter.value == bad.value
    assert letter.seen_at_ms == NOW
    assert life.flink.values.by_key == before


def test_what_happens_is_counted() -> None:
    life = Life()
    life.take(a_request("r1"))
    life.take(a_request("r1"))
    life.flink.arrive(Arrived("tactful.events", 0, 0, 0, b"ada", b"garbage"))
    life.wait(1_001)
    life.wait(1_001)
    counts = life.flink.counts
    sent = ("tactful", "verdict", "send", "reason", "allowed", "channel", "email", "verdicts")
    assert counts[sent] == 1
    assert counts["tactful", "duplicates"] == 1
    assert counts["tactful", "reason", "undecodable", "dead_letters"] == 1
    assert counts["tactful", "lag_ms_count"] == 3
    assert counts["tactful", "le", "5", "lag_ms_bucket"] == 3
    assert counts["tactful", "le", "+Inf", "lag_ms_bucket"] == 3
    assert counts["tactful", "wakeups"] == 1
