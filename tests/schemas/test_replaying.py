"""Sending dead letters back: what may go, as what, and that it counts once."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.intake import read
from schemas.kinds import MAX_VALUE_BYTES
from schemas.replaying import STAGES, NotReplayableError, fault_of, replay_of
from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS
from tactful.records import DeadLetter, DeadLetterReason, Event, RecordKind

NOW_MS = 1_795_000_000_000
KNOWN = Knowledge()
EVENT = {"id": "e-1", "user_id": "ada", "name": "app_open", "at_ms": NOW_MS - 1_000}


def letter(value: bytes, key: str | None = "ada", **more: object) -> DeadLetter:
    fields = {"reason": DeadLetterReason.STEP_FAILED, "detail": "", "topic": "tactful.events"}
    return DeadLetter(partition=0, offset=7, value=value, key=key, **{**fields, **more})  # type: ignore[arg-type]


def test_a_record_goes_back_as_it_came() -> None:
    value = msgspec.json.encode(EVENT)
    found = replay_of(letter(value), NOW_MS, KNOWN)
    assert found == (RecordKind.EVENT, "ada", value, "e-1")


def test_a_record_without_a_key_gets_its_users() -> None:
    assert replay_of(letter(msgspec.json.encode(EVENT), None), NOW_MS, KNOWN).key == "ada"


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (letter(msgspec.json.encode(EVENT), "bo"), "user_id"),
        (letter(b"{}"), "refused again"),
        (letter(b"", None), "refused again"),
        (letter(msgspec.json.encode(EVENT), topic="tactful.knowledge"), "topic"),
        (letter(b" " * MAX_VALUE_BYTES), "cut"),
        (letter(msgspec.json.encode({**EVENT, "at_ms": NOW_MS - 9 * DAY_MS})), "behind the clock"),
        (letter(msgspec.json.encode({**EVENT, "at_ms": NOW_MS + DAY_MS})), "ahead of the clock"),
    ],
)
def test_what_would_be_refused_again_stays(made: DeadLetter, why: str) -> None:
    with pytest.raises(NotReplayableError, match=why):
        replay_of(made, NOW_MS, KNOWN)


def test_a_future_record_may_go_once_its_time_has_come() -> None:
    made = letter(msgspec.json.encode({**EVENT, "at_ms": NOW_MS + DAY_MS}))
    assert replay_of(made, NOW_MS + DAY_MS, KNOWN).record_id == "e-1"


def test_sent_back_twice_it_counts_once() -> None:
    state = UserState("ada")
    for _ in range(2):
        found = replay_of(letter(msgspec.json.encode(EVENT)), NOW_MS, KNOWN)
        record = read(found.kind.value, found.key, found.value, 0, 0)
        assert isinstance(record, Event)
        effects = step(state, record, NOW_MS, KNOWN)
        state = effects.state
    assert step(UserState("ada"), record, NOW_MS, KNOWN).state.sections[1] == state.sections[1]


def test_each_reason_has_a_stage() -> None:
    assert set(STAGES) == set(DeadLetterReason)


def test_what_was_found_and_allowed_is_taken_from_the_sentence() -> None:
    refused = read("events", "ada", b'{"id": 7}', 0, 0)
    assert isinstance(refused, DeadLetter)
    found = fault_of(refused)
    assert found.found.startswith("7")
    assert "string" in found.allowed
    assert fault_of(letter(b"", detail="it broke")) == ("", "")


@given(st.binary(max_size=200), st.none() | st.text(max_size=20))
def test_law_whatever_goes_back_is_read_as_a_record_of_its_key(
    value: bytes, key: str | None
) -> None:
    try:
        found = replay_of(letter(value, key), NOW_MS, KNOWN)
    except NotReplayableError:
        return
    assert not isinstance(read(found.kind.value, found.key, found.value, 0, 0), DeadLetter)
