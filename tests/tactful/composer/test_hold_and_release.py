import msgspec
import pytest
from builders import (
    DAY_MS,
    HOUR_MS,
    NOW,
    PLAIN,
    a_cap,
    a_feedback,
    a_request,
    a_user,
    an_event,
    at,
    knowledge,
    names,
    quiet,
)

from tactful.composer.part import next_wakeup_ms
from tactful.engine.state import Section
from tactful.policy.model import Limits
from tactful.records import Input, Outcome, Priority, Wakeup

LATER = NOW + HOUR_MS


def test_what_is_held_is_sent_at_its_wake_up() -> None:
    user = a_user()
    request = a_request(not_before_ms=LATER, data={"n": 1.0, "list": [None, "ü"]})
    user.asked(request)
    assert user.decisions == []
    assert user.state.wakeup_ms is not None
    [sent] = user.woken()
    assert (sent.verdict, sent.decided_at_ms) == ("send", LATER)
    assert user.decisions[0].data == request.data
    assert user.verdicts() == ["hold not_before", "send allowed"]


def test_any_record_that_comes_when_the_wake_up_is_due_releases_what_is_held() -> None:
    user = a_user()
    user.asked(a_request(not_before_ms=LATER))
    user.take(an_event(at_ms=LATER - 1), LATER - 1)
    assert user.verdicts() == ["hold not_before"]
    user.take(an_event("e2", at_ms=LATER), LATER)
    assert user.verdicts() == ["hold not_before", "send allowed"]


def test_a_wake_up_before_anything_is_due_changes_nothing() -> None:
    user = a_user()
    user.asked(a_request(not_before_ms=LATER))
    user.take(Wakeup(), NOW + 2000)  # the snapshot that waited goes out
    before = user.state
    effects = user.take(Wakeup(), LATER - 1)
    assert effects.outputs == []
    assert effects.next_wakeup_ms == LATER
    assert user.state == before


def test_a_hold_can_be_followed_by_another_one() -> None:
    user = a_user()
    user.asked(a_request(not_before_ms=at("2026-01-07 20:00")))
    user.knowledge = knowledge(quiet_hours=quiet("19:00", "08:00"))
    [again] = user.woken()
    assert (again.verdict, again.reconsider_at_ms) == ("hold", at("2026-01-08 08:00"))
    user.woken()
    assert user.verdicts()[-1] == "send allowed"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"consent": {"marketing": False}}, "consent"),
        ({"identifiers": {"email": None}}, "unreachable"),
        ({"preferences": {"channels": {"email": False}}}, "preference_channel"),
        ({"preferences": {"types": {"newsletter": False}}}, "preference_type"),
        ({"preferences": {"frequency": "only_high_priority"}}, "frequency_mode"),
    ],
)
def test_what_the_user_takes_back_suppresses_at_once_what_is_held(
    change: dict[str, object], reason: str
) -> None:
    user = a_user()
    user.asked(a_request(type="newsletter", not_before_ms=LATER))
    user.told(**change)
    assert user.verdicts() == ["hold not_before", f"suppress {reason}"]
    assert user.ledger[-1].decided_at_ms == NOW
    assert user.state.sections[Section.HELD] == b""


def test_a_profile_update_moves_what_waits_to_its_new_moment() -> None:
    user = a_user()
    user.asked(a_request(not_before_ms=LATER))
    effects = user.told(preferences={"pause_until_ms": LATER + HOUR_MS})
    assert user.verdicts() == ["hold not_before", "hold paused"]
    assert user.ledger[-1].reconsider_at_ms == LATER + HOUR_MS
    assert effects.next_wakeup_ms is not None
    user.take(Wakeup(), NOW + 2000)
    assert user.state.wakeup_ms == LATER + HOUR_MS


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"attributes": {"city": "Bern"}},
    ],
    ids=["nothing", "attribute"],
)
def test_deciding_again_to_wait_as_before_is_not_told_again(
    change: dict[str, object],
) -> None:
    user = a_user()
    user.asked(a_request("r1", not_before_ms=LATER))
    user.asked(a_request("r2", not_before_ms=LATER + 1))
    before = user.state.sections[Section.HELD]
    user.told(**change)
    assert names(user.ledger) == ["r1 hold not_before", "r2 hold not_before"]
    assert user.state.sections[Section.HELD] == before


def test_another_reason_to_wait_until_the_same_moment_is_told() -> None:
    user = a_user()
    user.asked(a_request(not_before_ms=LATER))
    user.told(preferences={"pause_until_ms": LATER})
    assert user.verdicts() == ["hold not_before", "hold paused"]
    assert user.ledger[0].reconsider_at_ms == user.ledger[1].reconsider_at_ms


def test_a_profile_update_decides_again_everything_that_waits() -> None:
    user = a_user()
    user.asked(a_request("promo", not_before_ms=LATER))
    user.asked(a_request("receipt", "receipt", not_before_ms=LATER + HOUR_MS))
    user.told(consent={"marketing": False})
    assert user.verdicts("promo") == ["hold not_before", "suppress consent"]
    assert user.verdicts("receipt") == ["hold not_before"]
    assert [entry.request_id for entry in user.woken()] == ["receipt"]


def test_what_a_profile_update_sets_free_still_obeys_the_caps() -> None:
    user = a_user(knowledge(caps=(a_cap(max=1),)), preferences={"pause_until_ms": LATER})
    user.asked(a_request("low", priority=Priority.LOW))
    user.asked(a_request("high", priority=Priority.HIGH))
    user.told(preferences={"pause_until_ms": None})
    assert user.verdicts("high") == ["hold paused", "send allowed"]
    assert user.verdicts("low") == ["hold paused", "hold cap_user"]


@pytest.mark.parametrize("record", [an_event("e9"), a_feedback("d", Outcome.OPENED)])
def test_other_records_leave_what_is_not_due(record: Input) -> None:
    user = a_user()
    user.asked(a_request(type="newsletter", not_before_ms=LATER))
    before = user.state.sections[Section.HELD]
    user.take(record)
    assert user.verdicts() == ["hold not_before"]
    assert user.state.sections[Section.HELD] == before


@pytest.mark.parametrize("record", [an_event("e9"), a_feedback("d", Outcome.OPENED), Wakeup()])
def test_the_first_record_under_another_policy_decides_again_all_that_waits(record: Input) -> None:
    user = a_user()
    user.asked(a_request("promo", not_before_ms=LATER))
    user.asked(a_request("receipt", "receipt", not_before_ms=LATER))
    user.knowledge = knowledge(version="next", types={"receipt": PLAIN.types["receipt"]})
    user.take(record, NOW + 2000)
    assert user.verdicts("promo") == ["hold not_before", "suppress unknown_type"]
    assert user.verdicts("receipt") == ["hold not_before"]
    assert user.ledger[-1].policy_version == "next"


def test_a_wake_up_that_comes_too_late_finds_it_expired() -> None:
    user = a_user(time_zone="Europe/Berlin")
    user.asked(a_request(not_before_ms=LATER, expires_at_ms=LATER + 5))
    [expired] = user.woken(LATER + 6)
    assert (expired.verdict, expired.reason) == ("expire", "expired")
    assert expired.explanation == "not sent: it expired Wed 2026-01-07 14:00"
    assert user.state.wakeup_ms != LATER
    assert user.decisions == []


def test_a_wake_up_at_expiry_itself_still_sends() -> None:
    user = a_user()
    user.asked(a_request(not_before_ms=LATER, expires_at_ms=LATER + 5))
    [sent] = user.woken(LATER + 5)
    assert sent.verdict == "send"


def test_what_arrives_expired_is_not_even_considered() -> None:
    user = a_user()
    late = user.asked(a_request(at_ms=NOW - DAY_MS - 1))
    assert (late.verdict, late.reason) == ("expire", "expired")
    assert user.asked(
        a_request("c", at_ms=NOW - DAY_MS - 1, priority=Priority.CRITICAL)
    ).reason == ("expired")


def test_the_types_time_to_live_bounds_what_a_request_asks_for() -> None:
    user = a_user()
    assert user.asked(a_request("r1", expires_at_ms=NOW + 9 * DAY_MS)).expires_at_ms == (
        NOW + DAY_MS
    )
    assert user.asked(a_request("r2", expires_at_ms=NOW + 5)).expires_at_ms == NOW + 5
    user.knowledge = knowledge(limits=Limits(max_ttl_ms=HOUR_MS))
    assert user.asked(a_request("r3")).expires_at_ms == NOW + HOUR_MS


def test_critical_never_waits() -> None:
    user = a_user(
        knowledge(quiet_hours=quiet("00:00", "23:59")),
        preferences={"pause_until_ms": NOW + DAY_MS, "preferred_hours": [3]},
    )
    request = a_request(priority=Priority.CRITICAL, not_before_ms=NOW + HOUR_MS)
    assert user.asked(request).verdict == "send"
    # Nor does a critical one that can't be sent wait for better days.
    assert user.asked(a_request("r2", priority=Priority.CRITICAL, channels=["sms"])).verdict == (
        "suppress"
    )


def test_when_too_many_wait_the_least_urgent_is_suppressed() -> None:
    user = a_user(knowledge(limits=Limits(held=2)))
    user.asked(a_request("normal", not_before_ms=LATER))
    user.asked(a_request("low", priority=Priority.LOW, not_before_ms=LATER))
    user.ledger.clear()
    effects = user.take(a_request("high", priority=Priority.HIGH, not_before_ms=LATER))
    assert names(user.ledger[-2:]) == ["high hold not_before", "low suppress overflow"]
    assert user.ledger[-1].explanation == (
        "not sent: 2 others already wait for the user, and least urgent gives way"
    )
    assert effects.next_wakeup_ms is not None
    assert {entry.request_id for entry in user.woken()} == {"normal", "high"}


def test_the_newcomer_itself_is_suppressed_when_it_is_the_least_urgent() -> None:
    user = a_user(knowledge(limits=Limits(held=1)))
    user.asked(a_request("high", priority=Priority.HIGH, not_before_ms=LATER))
    user.asked(a_request("low", priority=Priority.LOW, not_before_ms=LATER))
    assert user.verdicts("low") == ["hold not_before", "suppress overflow"]


@pytest.mark.parametrize("order", [("email", "in_app"), ("in_app", "email")])
def test_of_one_priority_the_one_worth_less_is_suppressed(order: tuple[str, str]) -> None:
    user = a_user(knowledge(limits=Limits(held=1)))
    for channel in order:
        user.asked(a_request(channel, channels=[channel], not_before_ms=LATER))
    assert user.verdicts("in_app")[-1] == "suppress overflow"
    assert [entry.request_id for entry in user.woken()] == ["email"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_equals_the_one_asked_for_last_is_suppressed(order: tuple[int, int]) -> None:
    user = a_user(knowledge(limits=Limits(held=1)))
    for shift in order:
        # Both are seen at one moment, so they are worth the same.
        user.asked(a_request(f"r{shift}", at_ms=NOW - shift, not_before_ms=LATER), NOW)
    assert user.verdicts("r0")[-1] == "suppress overflow"
    assert user.verdicts("r1")[-1] == "hold not_before"


def test_what_is_worth_more_is_released_first() -> None:
    user = a_user()
    for channel in ("in_app", "email", "push"):
        user.asked(a_request(channel, channels=[channel], not_before_ms=LATER))
    assert [entry.request_id for entry in user.woken()] == ["email", "push", "in_app"]


def test_32_wait_by_default() -> None:
    user = a_user()
    for number in range(33):
        user.asked(a_request(f"r{number}", not_before_ms=LATER))
    verdicts = [user.verdicts(f"r{number}")[-1] for number in range(33)]
    assert verdicts.count("hold not_before") == 32
    assert verdicts.count("suppress overflow") == 1


def test_a_tighter_limit_counts_at_the_next_request() -> None:
    user = a_user()
    for number in range(5):
        user.asked(a_request(f"r{number}", not_before_ms=LATER))
    user.knowledge = knowledge(limits=Limits(held=2))
    user.asked(a_request("r5", not_before_ms=LATER))
    verdicts = [user.verdicts(f"r{number}")[-1] for number in range(6)]
    assert verdicts.count("hold not_before") == 2


def test_one_timer_wakes_for_the_first_of_all_that_wait() -> None:
    user = a_user()
    user.asked(a_request("b", not_before_ms=LATER + 5))
    user.asked(a_request("a", not_before_ms=LATER))
    user.take(Wakeup(), NOW + 2000)
    assert user.state.wakeup_ms == LATER
    assert names(user.woken()) == ["a send allowed"]
    assert names(user.woken()) == ["b send allowed"]
    user.take(Wakeup(), user.now_ms + 2000)
    assert next_wakeup_ms(user.state.sections) is None


def test_what_waits_is_released_the_most_urgent_first() -> None:
    user = a_user()
    for priority in (Priority.LOW, Priority.HIGH, Priority.NORMAL):
        user.asked(a_request(priority.value, priority=priority, not_before_ms=LATER))
    assert [entry.request_id for entry in user.woken()] == ["high", "normal", "low"]


def test_all_fields_of_a_request_survive_the_wait() -> None:
    user = a_user()
    request = a_request(
        not_before_ms=LATER,
        expires_at_ms=LATER + 5,
        channels=["push", "email"],
        batch_key="b",
        campaign="c",
        data={"a": 2**62, "b": -1, "c": 0.1, "d": None, "e": [True, {"f": "☃"}]},
    )
    held = user.asked(request)
    [sent] = user.woken()
    [decision] = user.decisions
    assert decision.data == request.data
    unchanged = {"decision_id", "request_id", "type", "priority", "requested_at_ms"}
    unchanged |= {"expires_at_ms", "campaign", "batch_key"}
    before, after = msgspec.to_builtins(held), msgspec.to_builtins(sent)
    assert {name: before[name] for name in unchanged} == {name: after[name] for name in unchanged}
