from typing import Any

import pytest
from asking import an_ask, earliest, why
from builders import HOUR_MS, NOW, a_request, a_user, an_event, an_update, at

from tactful.constraints.preference_hours import CONSTRAINT
from tactful.records import Input


def test_preferred_hours_hold_marketing_until_the_next_of_them() -> None:
    user = a_user(preferences={"preferred_hours": [20, 7]}, time_zone="Europe/Berlin")
    held = user.asked(a_request())  # 13:00 in Berlin
    assert (held.verdict, held.reason) == ("hold", "preference_hours")
    assert held.reconsider_at_ms == at("2026-01-07 20:00", "Europe/Berlin")
    assert held.explanation.startswith(
        "held until Wed 2026-01-07 20:00 (Europe/Berlin): the user prefers the hours 7, 20"
    )
    assert user.asked(a_request("r2", "receipt")).verdict == "send"


@pytest.mark.parametrize("minute", ["20:00", "20:59"])
def test_a_preferred_hour_is_good_to_its_last_minute(minute: str) -> None:
    now = at(f"2026-01-07 {minute}")
    user = a_user(preferences={"preferred_hours": [20]}, now_ms=now)
    assert user.asked(a_request(at_ms=now)).verdict == "send"


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


def moved(hours: list[int], now: str, zone: str = "UTC", fold: int = 0) -> int:
    """How many milliseconds after now the first preferred hour allows it."""
    now_ms = at(now, zone, fold)
    preferences = {"preferred_hours": hours}
    ask = an_ask(now_ms=now_ms, profile={"preferences": preferences, "time_zone": zone})
    found = earliest(CONSTRAINT, ask)
    assert found is not None
    return found - now_ms


@pytest.mark.parametrize(
    ("hours", "now", "minutes"),
    [
        ([20], "2026-01-07 19:59", 1),
        ([20], "2026-01-07 20:00", 0),
        ([20], "2026-01-07 20:59:59.999", 0),
        ([20], "2026-01-07 21:00", 23 * 60),
        ([7, 20], "2026-01-07 21:00", 10 * 60),
        ([0], "2026-01-07 23:30", 30),
        ([23, 0], "2026-01-07 23:30", 0),
        ([3, 3, 3], "2026-01-07 01:15", 105),
        (list(range(24)), "2026-01-07 01:15", 0),
    ],
)
def test_the_next_preferred_hour_is_waited_for(hours: list[int], now: str, minutes: int) -> None:
    assert moved(hours, now) == minutes * 60_000


@pytest.mark.parametrize(
    ("zone", "hours", "now", "minutes"),
    [
        # New York goes from 02:00 to 03:00: the hour left out comes when the change ends it.
        ("America/New_York", [2], "2026-03-08 00:30", 90),
        ("America/New_York", [2], "2026-03-08 03:00", 0),
        ("America/New_York", [2], "2026-03-08 03:01", 23 * 60 - 1),
        ("America/New_York", [2, 5], "2026-03-08 03:01", 119),
        ("America/New_York", [4], "2026-03-08 01:30", 90),
        # Havana from 00:00 to 01:00: midnight comes at one.
        ("America/Havana", [0], "2026-03-07 23:00", 60),
        ("America/Havana", [0], "2026-03-08 01:00", 0),
        # Lord Howe from 02:00 to 02:30: half of the hour is there.
        ("Australia/Lord_Howe", [2], "2026-10-04 01:00", 60),
        ("Australia/Lord_Howe", [2], "2026-10-04 02:30", 0),
        ("Australia/Lord_Howe", [2], "2026-10-04 02:59", 0),
        ("Australia/Lord_Howe", [2], "2026-10-04 03:00", 23 * 60),
        # And an hour that is shown twice is preferred twice.
        ("America/New_York", [1], "2026-11-01 00:00", 60),
        ("America/New_York", [2], "2026-11-01 00:00", 180),
    ],
)
def test_where_clocks_change_an_hour_left_out_comes_at_the_change(
    zone: str, hours: list[int], now: str, minutes: int
) -> None:
    assert moved(hours, now, zone) == minutes * 60_000


@pytest.mark.parametrize("fold", [0, 1])
def test_an_hour_that_is_shown_twice_is_preferred_twice(fold: int) -> None:
    assert moved([1], "2026-11-01 01:30", "America/New_York", fold) == 0


def test_the_moment_a_change_ends_an_hour_is_one_moment() -> None:
    zone = "America/New_York"
    ends = at("2026-03-08 03:00", zone)
    ask = an_ask(
        now_ms=ends - HOUR_MS,
        profile={"preferences": {"preferred_hours": [2]}, "time_zone": zone},
    )
    assert earliest(CONSTRAINT, ask, ends - 1) == ends
    assert earliest(CONSTRAINT, ask, ends + 1) == at("2026-03-09 02:00", zone)


def test_only_marketing_has_preferred_hours() -> None:
    profile = {"preferences": {"preferred_hours": [20]}}
    assert earliest(CONSTRAINT, an_ask(type="receipt", profile=profile)) == NOW
    ask = an_ask(profile=profile)
    assert earliest(CONSTRAINT, ask) == at("2026-01-07 20:00")
    assert why(CONSTRAINT, ask) == "the user prefers the hours 20"
