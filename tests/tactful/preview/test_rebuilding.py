"""A ledger alone gives the requests back, and of the user what the verdicts tell."""

from collections.abc import Mapping
from typing import Any

import pytest
from builders import (
    DAY_MS,
    HOUR_MS,
    NOW,
    USER,
    User,
    a_cap,
    a_request,
    a_user,
    knowledge,
    quiet,
)

from tactful.history import live
from tactful.knowledge import Knowledge
from tactful.preview import fates_of, rebuilt
from tactful.records import FrequencyMode, Preferences, Priority, ProfileUpdate, Request

PLAIN = knowledge()


def lived(known: Knowledge, **more: Any) -> User:
    return a_user(known, **more)


def again(user: User) -> list[str]:
    past = rebuilt(USER, user.ledger, user.knowledge.policy)
    fates = fates_of(live(USER, past, user.knowledge))
    return [f"{name} {asked.fate.ending} {asked.fate.reason}" for name, asked in fates.items()]


def as_it_was(user: User) -> list[str]:
    while user.state.wakeup_ms is not None:
        try:
            user.woken()
        except AssertionError:
            break
    fates = fates_of(user.ledger)
    return [f"{name} {asked.fate.ending} {asked.fate.reason}" for name, asked in fates.items()]


WISHES: list[Mapping[str, Any]] = [
    {},
    {"consent": {}},
    {"consent": {"marketing": True, "marketing:email": False}},
    {"identifiers": {"push_token": "t"}},
    {"identifiers": {}},
    {"preferences": {"channels": {"email": False}}},
    {"preferences": {"types": {"promotion": {"email": False, "push": False}}}},
    {"preferences": {"types": {"promotion": False}}},
    {"preferences": {"frequency": FrequencyMode.ONLY_HIGH_PRIORITY}},
    {"preferences": {"frequency": FrequencyMode.DAILY_DIGEST}},
    {"preferences": {"pause_until_ms": NOW + 3 * HOUR_MS}},
    {"time_zone": "Asia/Tokyo"},
]


@pytest.mark.parametrize("wishes", WISHES, ids=str)
def test_what_a_user_allows_and_wants_is_found_again(wishes: Mapping[str, Any]) -> None:
    user = lived(knowledge(quiet_hours=quiet("22:00", "08:00")), **wishes)
    for number in range(3):
        user.asked(a_request(f"r{number}", at_ms=NOW + number * 4 * HOUR_MS))
    wanted = as_it_was(user)
    assert again(user) == wanted


def test_caps_bind_in_a_rebuilt_history_as_they_did() -> None:
    user = lived(knowledge(caps=(a_cap("two", 2, DAY_MS),)))
    for number in range(4):
        user.asked(a_request(f"r{number}", at_ms=NOW + number * HOUR_MS))
    wanted = as_it_was(user)
    assert sum("sent later" in each for each in wanted) == 2
    assert again(user) == wanted


def test_a_request_comes_back_with_what_the_ledger_says_of_it() -> None:
    user = lived(PLAIN)
    asked = a_request(
        type="receipt",
        priority=Priority.LOW,
        channels=["push"],
        expires_at_ms=NOW + HOUR_MS,
        campaign="spring",
        batch_key="b",
    )
    user.asked(asked)
    (found,) = [
        each.record
        for each in rebuilt(USER, user.ledger, PLAIN.policy)
        if isinstance(each.record, Request)
    ]
    assert found == asked


def test_a_change_of_mind_is_told_before_the_request_that_shows_it() -> None:
    user = lived(PLAIN)
    user.asked(a_request("before"))
    user.told(consent={"marketing": False}, at_ms=NOW + 1)
    user.asked(a_request("after", at_ms=NOW + HOUR_MS))
    past = sorted(rebuilt(USER, user.ledger, PLAIN.policy), key=lambda each: each.place())
    kinds = [type(each.record) for each in past]
    assert kinds == [ProfileUpdate, Request, ProfileUpdate, Request]
    late = past[2].record
    assert isinstance(late, ProfileUpdate)
    assert late.consent == {
        "marketing:email": False,
        "marketing:push": False,
        "marketing:in_app": False,
    }


def test_critical_tells_nothing_of_wishes_that_it_passes() -> None:
    user = lived(PLAIN, preferences={"channels": {"email": False}})
    user.asked(a_request("calm"))
    user.asked(a_request("urgent", type="receipt", priority=Priority.CRITICAL, at_ms=NOW + 1))
    updates = [
        each.record
        for each in rebuilt(USER, user.ledger, PLAIN.policy)
        if isinstance(each.record, ProfileUpdate)
    ]
    told = [each.preferences for each in updates if each.preferences is not None]
    assert told[0] == Preferences(channels={"email": False})
    assert all(each == Preferences() for each in told[1:])


def test_repeated_entries_and_their_order_do_not_matter() -> None:
    user = lived(knowledge(quiet_hours=quiet("11:00", "18:00")))
    user.asked(a_request())
    user.woken()
    entries = user.ledger
    once = rebuilt(USER, entries, user.knowledge.policy)
    assert rebuilt(USER, [*reversed(entries), *entries], user.knowledge.policy) == once
