from types import ModuleType

import pytest
from builders import (
    HOUR_MS,
    NOW,
    USER,
    a_feedback,
    a_request,
    a_user,
    an_event,
    an_update,
    knowledge,
)

from tactful.engine.state import SECTION_COUNT, Section, UserState
from tactful.engine.step import PARTS, step
from tactful.records import Decision, Input, LedgerEntry, Outcome, ProfileSnapshot, Wakeup

RECORDS: list[Input] = [
    an_event(),
    a_request(),
    a_feedback("d", Outcome.OPENED),
    an_update(attributes={"a": 1}),
    Wakeup(),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_step_never_changes_the_state_it_was_given(record: Input) -> None:
    user = a_user()
    user.asked(a_request("held", not_before_ms=NOW + HOUR_MS))
    state = user.state
    before = UserState(USER, list(state.sections), state.wakeup_ms)
    step(state, record, NOW + 5000, knowledge())
    assert state == before


def test_the_same_step_gives_the_same_effects() -> None:
    user = a_user()
    one, two = (step(user.state, a_request(), NOW, knowledge()) for _ in range(2))
    assert one == two


def test_a_step_that_changes_nothing_gives_the_same_state_object_back() -> None:
    user = a_user()
    user.take(Wakeup(), NOW + 5000)
    effects = step(user.state, Wakeup(), NOW + 6000, knowledge())
    assert effects.state is user.state
    assert effects.next_wakeup_ms == user.state.wakeup_ms


def test_the_wake_up_stands_in_the_effects_and_in_the_state() -> None:
    user = a_user()
    effects = user.take(a_request(not_before_ms=NOW + HOUR_MS))
    due = [part.next_wakeup_ms(effects.state.sections) for part in PARTS]
    assert effects.next_wakeup_ms == min(moment for moment in due if moment is not None)
    assert effects.state.wakeup_ms == effects.next_wakeup_ms


def test_outputs_come_in_order_decision_ledger_profile() -> None:
    user = a_user()
    effects = user.take(a_request(), NOW)
    assert [type(output) for output in effects.outputs] == [
        Decision,
        LedgerEntry,
        ProfileSnapshot,
    ]


def test_a_copy_ends_the_line() -> None:
    user = a_user()
    user.take(a_request())
    effects = user.take(a_request(), NOW + HOUR_MS)
    assert (effects.duplicate, effects.outputs) == (True, [])


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_a_part_is_documented_and_wakes_for_nothing_in_an_empty_state(part: ModuleType) -> None:
    assert part.__doc__
    assert part.__doc__.startswith("Part: ")
    assert part.next_wakeup_ms([b""] * SECTION_COUNT) is None


def test_sections_keep_their_places_for_ever() -> None:
    # Stored states are read by these numbers: new sections go to the end.
    assert [(section.name, section.value) for section in Section][:8] == [
        ("DEDUP", 0),
        ("PROFILE", 1),
        ("ACTIVITY", 2),
        ("ENGAGEMENT", 3),
        ("SENDS", 4),
        ("HELD", 5),
        ("SNAPSHOT", 6),
        ("ATTEMPTS", 7),
    ]


def test_a_state_shows_itself_without_showing_what_it_knows() -> None:
    user = a_user()
    assert "example.org" not in repr(user.state)
    assert f"UserState('{USER}', bytes=" in repr(user.state)
    assert user.state != "something else"
