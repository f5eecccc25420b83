from typing import Any

import pytest
from builders import HOUR_MS, NOW, a_feedback, a_request, a_user, an_event, an_update, knowledge

from tactful.dedup.part import OTHERS, REQUESTS
from tactful.engine.state import Section
from tactful.policy.model import Limits
from tactful.records import Event, Feedback, Input, Outcome, ProfileUpdate, Request, Wakeup

EACH: list[Input] = [
    an_event("x"),
    a_request("x"),
    a_feedback("d", Outcome.OPENED, id="x"),
    an_update("x", attributes={"a": 1}),
]


@pytest.mark.parametrize("record", EACH, ids=lambda record: type(record).__name__)
def test_a_copy_changes_nothing_but_the_counter(record: Input) -> None:
    user = a_user()
    user.take(record)
    before = user.state.sections
    effects = user.take(record, NOW + 5000)
    assert effects.duplicate
    assert effects.outputs == []
    assert user.state.sections[1:] == before[1:]
    user.take(Wakeup(), NOW + 10_000)
    user.take(an_event("next", NOW + 20_000), NOW + 20_000)
    assert user.snapshots[-1].duplicates == 1


def test_one_id_in_two_kinds_of_records_is_no_copy() -> None:
    user = a_user()
    assert [user.take(record).duplicate for record in EACH] == [False] * 4
    assert [user.take(record).duplicate for record in EACH] == [True] * 4


def test_a_copy_with_another_content_is_still_a_copy() -> None:
    user = a_user()
    user.take(an_update("x", attributes={"a": 1}))
    assert user.take(an_update("x", NOW + 1, attributes={"a": 2})).duplicate


@pytest.mark.parametrize(("newer", "known"), [(OTHERS - 1, True), (OTHERS, False)])
def test_other_records_are_recognised_within_the_bound(newer: int, known: bool) -> None:
    user = a_user()
    user.take(an_event("x"))
    for number in range(newer):
        user.take(an_event(f"e{number}"))
    for number in range(REQUESTS + 5):
        user.take(a_request(f"r{number}"))
    assert user.take(an_event("x")).duplicate is known


@pytest.mark.parametrize(("newer", "known"), [(REQUESTS - 1, True), (REQUESTS, False)])
def test_suppressed_requests_are_recognised_within_the_bound(newer: int, known: bool) -> None:
    user = a_user(consent={})
    user.asked(a_request("x"))
    for number in range(newer):
        user.asked(a_request(f"r{number}"))
    for number in range(OTHERS + 5):
        user.take(an_event(f"e{number}"))
    assert user.take(a_request("x")).duplicate is known


@pytest.mark.parametrize("more", [{}, {"not_before_ms": NOW + HOUR_MS}])
def test_what_was_sent_or_is_held_is_recognised_however_many_came_since(
    more: dict[str, Any],
) -> None:
    user = a_user(knowledge(limits=Limits(held=256)))
    user.asked(a_request("x", **more))
    for number in range(3 * REQUESTS):
        user.asked(a_request(f"r{number}", **more))
    assert user.take(a_request("x", **more)).duplicate


def test_the_bound_does_not_grow() -> None:
    user = a_user(consent={})
    for number in range(200):
        user.take(an_event(f"e{number}"))
        user.take(a_request(f"r{number}"))
    assert len(user.state.sections[Section.DEDUP]) == 7 + 6 * (REQUESTS + OTHERS)


def test_every_kind_of_record_is_deduplicated() -> None:
    assert {type(record) for record in EACH} == {Event, Request, Feedback, ProfileUpdate}
