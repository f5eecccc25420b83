from typing import Any

import pytest
from builders import NOW, a_request, a_user, an_event, an_update, at

from tactful.records import Input, Priority

OFF: list[tuple[dict[str, Any], str]] = [
    ({"channels": {"email": False, "push": False, "in_app": False}}, "preference_channel"),
    ({"types": {"promotion": False}}, "preference_type"),
    (
        {"types": {"promotion": {"email": False, "push": False, "in_app": False}}},
        "preference_type",
    ),
    ({"frequency": "only_high_priority"}, "frequency_mode"),
]


def test_a_channel_switched_off_is_not_used() -> None:
    user = a_user(preferences={"channels": {"email": False}})
    assert user.asked(a_request()).channel == "push"
    verdict = user.asked(a_request("r2", channels=["email"]))
    assert verdict.reason == "preference_channel"
    assert verdict.explanation == "not sent: the user switched email off"


def test_a_channel_switched_off_is_off_for_receipts_too() -> None:
    user = a_user(preferences={"channels": {"email": False}})
    assert user.asked(a_request(type="receipt")).channel == "push"


def test_a_type_switched_off_leaves_the_other_types() -> None:
    user = a_user(preferences={"types": {"promotion": False}})
    verdict = user.asked(a_request())
    assert verdict.reason == "preference_type"
    assert verdict.explanation == "not sent: the user switched promotion off on email"
    assert user.asked(a_request("r2", "newsletter")).verdict == "send"


def test_a_type_switched_off_on_a_channel_goes_to_another() -> None:
    user = a_user(preferences={"types": {"promotion": {"email": False, "push": True}}})
    assert user.asked(a_request()).channel == "push"
    assert user.asked(a_request("r2", "newsletter")).channel == "email"


@pytest.mark.parametrize(("preferences", "reason"), OFF)
def test_critical_passes_preferences(preferences: dict[str, Any], reason: str) -> None:
    user = a_user(preferences=preferences)
    assert user.asked(a_request("r1")).reason == reason
    assert user.asked(a_request("r2", priority=Priority.CRITICAL)).verdict == "send"


def test_only_high_priority_lets_high_pass_and_receipts() -> None:
    user = a_user(preferences={"frequency": "only_high_priority"})
    normal = user.asked(a_request("r1"))
    assert normal.explanation == "not sent: the user wants only high priority, this is normal"
    assert user.asked(a_request("r2", priority=Priority.LOW)).reason == "frequency_mode"
    assert user.asked(a_request("r3", priority=Priority.HIGH)).verdict == "send"
    assert user.asked(a_request("r4", "receipt", Priority.LOW)).verdict == "send"


def test_preferred_hours_hold_marketing_until_the_next_of_them() -> None:
    user = a_user(preferences={"preferred_hours": [20, 7]}, time_zone="Europe/Berlin")
    held = user.asked(a_request())  # 13:00 in Berlin
    assert (held.verdict, held.reason) == ("hold", "preference_hours")
    assert held.reconsider_at_ms == at("2026-01-07 20:00", "Europe/Berlin")
    assert held.explanation == (
        "held until Wed 2026-01-07 20:00 (Europe/Berlin): the user prefers the hours 7, 20"
    )
    assert user.asked(a_request("r2", "receipt")).verdict == "send"


@pytest.mark.parametrize("minute", ["20:00", "20:59"])
def test_a_preferred_hour_is_good_to_its_last_minute(minute: str) -> None:
    now = at(f"2026-01-07 {minute}")
    user = a_user(preferences={"preferred_hours": [20]}, now_ms=now)
    assert user.asked(a_request(at_ms=now)).verdict == "send"


@pytest.mark.parametrize("now", ["2026-03-08 00:30", "2026-03-08 03:00"])
def test_a_preferred_hour_in_the_gap_of_dst_does_not_happen_that_day(now: str) -> None:
    zone = "America/New_York"
    user = a_user(now_ms=at(now, zone), preferences={"preferred_hours": [2]}, time_zone=zone)
    held = user.asked(a_request(type="newsletter", at_ms=at(now, zone)))
    assert held.reconsider_at_ms == at("2026-03-09 02:00", zone)


def test_no_preferred_hours_at_all_is_no_wish() -> None:
    assert a_user(preferences={"preferred_hours": []}).asked(a_request()).verdict == "send"


def test_preferred_hours_inside_quiet_hours_never_come() -> None:
    user = a_user(
        preferences={
            "preferred_hours": [23],
            "quiet_hours": {"start": "22:00", "end": "08:00"},
        }
    )
    verdict = user.asked(a_request(type="newsletter"))
    assert verdict.verdict == "suppress"
    # Without either of the two it would be held, so one alone binds.
    assert verdict.reason in ("preference_hours", "quiet_hours")
    assert verdict.also == []


def test_a_pause_holds_everything_but_critical() -> None:
    until = at("2026-01-07 18:00")
    user = a_user(preferences={"pause_until_ms": until})
    for number, kind in enumerate(("promotion", "receipt")):
        held = user.asked(a_request(f"r{number}", kind))
        assert (held.verdict, held.reason, held.reconsider_at_ms) == ("hold", "paused", until)
        assert held.explanation == (
            "held until Wed 2026-01-07 18:00 (UTC, the default zone): "
            "the user paused notifications until Wed 2026-01-07 18:00"
        )
    assert user.asked(a_request("c", priority=Priority.CRITICAL)).verdict == "send"
    assert {entry.verdict for entry in user.woken()} == {"send"}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Kiritimati", "America/New_York"])
def test_a_pause_to_the_end_of_all_days_is_a_suppression(zone: str) -> None:
    user = a_user(preferences={"pause_until_ms": 253_402_300_799_999}, time_zone=zone)
    verdict = user.asked(a_request())
    assert (verdict.verdict, verdict.reason) == ("suppress", "paused")


def test_a_pause_that_is_over_says_nothing() -> None:
    assert a_user(preferences={"pause_until_ms": NOW}).asked(a_request()).verdict == "send"


def test_taking_a_pause_back_lets_what_was_held_go() -> None:
    user = a_user(preferences={"pause_until_ms": NOW + 3_600_000})
    user.asked(a_request())
    user.told(preferences={"pause_until_ms": None})
    assert user.verdicts() == ["hold paused", "send allowed"]


def test_not_before_holds_until_its_moment() -> None:
    until = at("2026-01-07 15:30")
    user = a_user()
    held = user.asked(a_request(not_before_ms=until))
    assert (held.verdict, held.reason, held.reconsider_at_ms) == ("hold", "not_before", until)
    assert held.explanation == (
        "held until Wed 2026-01-07 15:30 (UTC, the default zone): "
        "not to be sent before Wed 2026-01-07 15:30"
    )
    [sent] = user.woken()
    assert (sent.verdict, sent.decided_at_ms) == ("send", until)


def test_not_before_after_expiry_is_suppressed() -> None:
    verdict = a_user().asked(a_request(not_before_ms=NOW + 2, expires_at_ms=NOW + 1))
    assert (verdict.verdict, verdict.reason) == ("suppress", "not_before")


@pytest.mark.parametrize(
    "preferences",
    [
        {"preferred_hours": [20]},
        {"frequency": "daily_digest"},
        {"pause_until_ms": NOW + 3_600_000},
    ],
)
def test_every_local_time_in_a_default_zone_says_so(preferences: dict[str, Any]) -> None:
    user = a_user(preferences=preferences, time_zone="Mars/Olympus")
    assert "default zone" in user.asked(a_request()).explanation


@pytest.mark.parametrize(
    "record",
    [an_event(time_zone="GMT+1 (home)"), an_update(time_zone="Mars/Olympus")],
    ids=["event", "profile update"],
)
def test_a_zone_that_does_not_exist_does_not_replace_one_that_does(record: Input) -> None:
    user = a_user(preferences={"preferred_hours": [20]}, time_zone="Europe/Berlin")
    user.take(record)
    held = user.asked(a_request())
    assert held.reconsider_at_ms == at("2026-01-07 20:00", "Europe/Berlin")


def test_a_type_switched_off_and_then_on_by_one_channel_stays_off_on_the_others() -> None:
    user = a_user(preferences={"types": {"promotion": False}})
    user.told(preferences={"types": {"promotion": {"email": True}}})
    assert user.asked(a_request("r1", channels=["email"])).verdict == "send"
    refused = user.asked(a_request("r2", channels=["push"]))
    assert (refused.verdict, refused.reason) == ("suppress", "preference_type")
    user.told(preferences={"types": {"promotion": {"email": None}}})
    assert user.asked(a_request("r3", channels=["email"])).reason == "preference_type"
