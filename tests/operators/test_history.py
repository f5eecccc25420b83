"""The history operator: one order, whatever order the topics were read in."""

from collections.abc import Sequence

import msgspec
import pytest
from builders import (
    DAY_MS,
    HOUR_MS,
    NOW,
    PLAIN,
    SECOND_MS,
    a_cap,
    a_feedback,
    a_request,
    an_event,
    an_update,
)
from fake_flink import FakeFlink
from hypothesis import given
from hypothesis import strategies as st
from kit import arrived, found, policy_record

from operators import desk
from operators.crossing import Arrived, Emitted
from operators.history import MAX_WATERMARK_MS, HistoryDecide
from tactful.ids import decision_id
from tactful.records import DeadLetter, DeadLetterReason, LedgerEntry, Outcome, Verdict

SPREAD_MS = HOUR_MS
POLICY = msgspec.json.encode(msgspec.structs.replace(PLAIN, caps=(a_cap(max=2),)))

BORN = an_update(
    id="born",
    at_ms=NOW - SECOND_MS,
    consent={"marketing": True},
    identifiers={"email": "ada@example.org", "push_token": "t0"},
)


def started() -> FakeFlink:
    """An operator that has read the knowledge."""
    flink = FakeFlink(HistoryDecide(SPREAD_MS))
    assert flink.know(policy_record(POLICY)) == []
    return flink


def log_of(moments: Sequence[tuple[int, str]]) -> list[Arrived]:
    """A log: seconds after noon, and what happened."""
    log = [arrived(BORN, stamped_ms=BORN.at_ms)]
    for number, (second, what) in enumerate(moments, start=1):
        at_ms = NOW + second * SECOND_MS
        record = {
            "ask": a_request(f"r{number % 5}", at_ms=at_ms, expires_at_ms=at_ms + DAY_MS),
            "later": a_request(f"r{number}", at_ms=at_ms, not_before_ms=at_ms + 7 * SECOND_MS),
            "event": an_event(f"e{number % 4}", at_ms=at_ms),
            "open": a_feedback(decision_id("ada", "r1"), Outcome.OPENED, at_ms, f"f{number}"),
        }[what]
        log.append(arrived(record, offset=number, stamped_ms=at_ms))
    return log


LOGS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["ask", "later", "event", "open"])), max_size=14
).map(log_of)


def run(log: Sequence[Arrived]) -> list[Emitted]:
    flink = started()
    emitted = [out for each in log for out in flink.arrive(each)]
    return emitted + flink.advance(MAX_WATERMARK_MS)


@given(LOGS, st.randoms(use_true_random=False))
def test_the_same_log_gives_the_same_bytes_in_whatever_order_it_was_read(
    log: list[Arrived], shuffle: object
) -> None:
    once = run(log)
    again = list(log)
    shuffle.shuffle(again)  # type: ignore[attr-defined]
    assert run(again) == once


@given(LOGS, st.lists(st.integers(-5, 60)))
def test_it_matters_neither_when_watermarks_come_nor_where_it_was_restored(
    log: list[Arrived], watermarks: list[int]
) -> None:
    flink = started()
    emitted: list[Emitted] = []
    pending = sorted(log, key=lambda each: each.stamped_ms)
    for watermark in sorted(watermarks):
        limit_ms = NOW + watermark * SECOND_MS
        while pending and pending[0].stamped_ms <= limit_ms:
            emitted += flink.arrive(pending.pop(0))
        emitted += flink.advance(limit_ms)
        flink = FakeFlink(HistoryDecide(SPREAD_MS), snapshot=flink)
    emitted += [out for each in pending for out in flink.arrive(each)]
    assert emitted + flink.advance(MAX_WATERMARK_MS) == run(log)


@given(LOGS)
def test_at_the_end_every_request_has_one_final_verdict(log: list[Arrived]) -> None:
    entries = found(run(log), LedgerEntry, "tactful.ledger")
    final = [entry.request_id for entry in entries if entry.verdict.final]
    asked = {msgspec.json.decode(each.value)["id"] for each in log if "requests" in each.topic}
    assert sorted(final) == sorted(asked)


def test_the_clock_is_that_of_the_record_or_of_the_wakeup() -> None:
    entries = found(run(log_of([(3, "ask"), (5, "later")])), LedgerEntry, "tactful.ledger")
    moments = [(each.verdict, (each.decided_at_ms - NOW) // SECOND_MS) for each in entries]
    assert moments == [(Verdict.SEND, 3), (Verdict.HOLD, 5), (Verdict.SEND, 12)]


def test_nothing_is_decided_before_the_watermark_passes() -> None:
    flink = started()
    for each in log_of([(3, "ask")]):
        assert flink.arrive(each) == []
    assert found(flink.advance(NOW + 2_999), LedgerEntry, "tactful.ledger") == []
    assert len(found(flink.advance(NOW + 3_000), LedgerEntry, "tactful.ledger")) == 1
    assert all(not left for left in flink.maps.by_key.values()), "nothing waits any more"


@pytest.mark.parametrize(
    ("stamped_ms", "reason"),
    [
        (NOW + SPREAD_MS + 1, DeadLetterReason.TOO_LATE),
        (NOW - SPREAD_MS - 1, DeadLetterReason.FAR_FUTURE),
    ],
)
def test_a_record_far_from_its_kafka_timestamp_is_a_dead_letter(
    stamped_ms: int, reason: DeadLetterReason
) -> None:
    (letter,) = found(
        started().arrive(arrived(an_event(), stamped_ms=stamped_ms)),
        DeadLetter,
        "tactful.dead-letters",
    )
    assert letter.reason is reason
    assert letter.seen_at_ms == stamped_ms


def test_a_record_behind_the_watermark_is_a_dead_letter() -> None:
    flink = started()
    flink.advance(NOW)
    emitted = flink.arrive(arrived(an_event(), stamped_ms=NOW))
    (letter,) = found(emitted, DeadLetter, "tactful.dead-letters")
    assert letter.reason is DeadLetterReason.TOO_LATE


def test_a_step_that_fails_is_a_dead_letter_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    working = desk.step

    def broken(state: object, record: object, *rest: object) -> object:
        if getattr(record, "id", "") == "r1":
            raise ValueError("a bug")
        return working(state, record, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(desk, "step", broken)
    emitted = run(log_of([(1, "ask"), (2, "ask")]))
    (letter,) = found(emitted, DeadLetter, "tactful.dead-letters")
    assert letter.reason is DeadLetterReason.STEP_FAILED
    (entry,) = found(emitted, LedgerEntry, "tactful.ledger")
    assert entry.request_id == "r2"
