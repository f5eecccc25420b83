"""Caps of a calendar day, week or month in the zone the user is in."""

from typing import Any

import pytest
from asking import an_ask, earliest, sent, why
from builders import HOUR_MS, a_cap, a_request, a_user, at, knowledge

from tactful.constraints.caps import PER_USER
from tactful.knowledge import Knowledge
from tactful.local_time import Calendar


def capped(calendar: Calendar, max: int = 1) -> Knowledge:  # noqa: A002
    return knowledge(caps=(a_cap("cap", max, window_ms=None, calendar=calendar),))


def free(calendar: Calendar, now: str, *took: str, zone: str = "UTC", **more: Any) -> int:
    sends = [sent(at(each, zone)) for each in took]
    ask = an_ask(
        capped(calendar, **more), now_ms=at(now, zone), sends=sends, profile={"time_zone": zone}
    )
    found = earliest(PER_USER, ask)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("calendar", "took", "now", "until"),
    [
        (Calendar.DAY, "2026-01-07 00:00", "2026-01-07 23:59:59.999", "2026-01-08 00:00"),
        (Calendar.DAY, "2026-01-06 23:59:59.999", "2026-01-07 00:00", "2026-01-07 00:00"),
        # 5 January 2026 is a Monday.
        (Calendar.WEEK, "2026-01-05 00:00", "2026-01-11 23:00", "2026-01-12 00:00"),
        (Calendar.WEEK, "2026-01-11 23:59", "2026-01-12 00:00", "2026-01-12 00:00"),
        (Calendar.WEEK, "2026-01-04 23:59", "2026-01-05 00:00", "2026-01-05 00:00"),
        (Calendar.WEEK, "2025-12-30 10:00", "2026-01-01 10:00", "2026-01-05 00:00"),
        (Calendar.MONTH, "2026-01-01 00:00", "2026-01-31 23:59", "2026-02-01 00:00"),
        (Calendar.MONTH, "2025-12-31 23:59", "2026-01-01 00:00", "2026-01-01 00:00"),
        (Calendar.MONTH, "2025-12-05 10:00", "2025-12-05 11:00", "2026-01-01 00:00"),
        (Calendar.MONTH, "2028-02-29 10:00", "2028-02-29 11:00", "2028-03-01 00:00"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kathmandu", "America/New_York"])
def test_a_window_of_the_calendar_ends_at_local_midnight(
    calendar: Calendar, took: str, now: str, until: str, zone: str
) -> None:
    assert free(calendar, now, took, zone=zone) == at(until, zone)


def test_a_window_holds_as_many_as_the_cap_allows() -> None:
    day = ["2026-01-07 08:00", "2026-01-07 09:00"]
    assert free(Calendar.DAY, "2026-01-07 10:00", *day, max=3) == at("2026-01-07 10:00")
    assert free(Calendar.DAY, "2026-01-07 10:00", *day, max=2) == at("2026-01-08 00:00")
    assert free(Calendar.DAY, "2026-01-07 10:00", *day, max=1) == at("2026-01-08 00:00")


def test_a_window_that_is_full_of_sends_ahead_of_the_clock_is_passed_too() -> None:
    days = ["2026-01-07 08:00", "2026-01-08 08:00", "2026-01-09 08:00"]
    assert free(Calendar.DAY, "2026-01-07 10:00", *days) == at("2026-01-10 00:00")


@pytest.mark.parametrize(
    ("zone", "calendar", "took", "now", "until"),
    [
        # Days of 23 and 25 hours.
        (
            "America/New_York",
            Calendar.DAY,
            "2026-03-08 00:00",
            "2026-03-08 23:00",
            "2026-03-09 00:00",
        ),
        (
            "America/New_York",
            Calendar.DAY,
            "2026-11-01 00:00",
            "2026-11-01 23:00",
            "2026-11-02 00:00",
        ),
        # Midnight is left out: the day begins at one.
        (
            "America/Havana",
            Calendar.DAY,
            "2026-03-07 10:00",
            "2026-03-07 23:00",
            "2026-03-08 01:00",
        ),
        ("Africa/Cairo", Calendar.DAY, "2026-04-23 10:00", "2026-04-23 23:59", "2026-04-24 01:00"),
        ("Africa/Cairo", Calendar.WEEK, "2026-04-24 01:00", "2026-04-24 02:00", "2026-04-27 00:00"),
        # Samoa had no 30 December 2011.
        ("Pacific/Apia", Calendar.DAY, "2011-12-29 10:00", "2011-12-29 23:00", "2011-12-31 00:00"),
        (
            "Pacific/Apia",
            Calendar.MONTH,
            "2011-12-29 10:00",
            "2011-12-29 23:00",
            "2012-01-01 00:00",
        ),
    ],
)
def test_days_on_which_clocks_change_are_days(
    zone: str, calendar: Calendar, took: str, now: str, until: str
) -> None:
    assert free(calendar, now, took, zone=zone) == at(until, zone)


@pytest.mark.parametrize("fold", [0, 1])
def test_midnight_that_comes_twice_begins_one_day(fold: int) -> None:
    # Havana shows 00:00 to 01:00 of 1 November 2026 twice, both are that day.
    zone = "America/Havana"
    took = sent(at("2026-11-01 00:10", zone))
    now = at("2026-11-01 00:30", zone, fold)
    ask = an_ask(capped(Calendar.DAY), now_ms=now, sends=[took], profile={"time_zone": zone})
    assert earliest(PER_USER, ask) == at("2026-11-02 00:00", zone)


@pytest.mark.parametrize("fold", [0, 1])
def test_the_last_hour_of_a_day_that_comes_twice_is_that_day(fold: int) -> None:
    # Cairo shows 23:00 to 24:00 of 29 October 2026 twice.
    zone = "Africa/Cairo"
    took = sent(at("2026-10-29 10:00", zone))
    now = at("2026-10-29 23:30", zone, fold)
    ask = an_ask(capped(Calendar.DAY), now_ms=now, sends=[took], profile={"time_zone": zone})
    assert earliest(PER_USER, ask) == at("2026-10-30 00:00", zone)


def test_a_user_who_moves_takes_the_sends_along_and_leaves_the_calendar() -> None:
    """23:30 in New York was another day than 10:00 there, but is the same in Tokyo."""
    took = at("2026-01-07 23:30", "America/New_York")  # 13:30 on the 8th in Tokyo
    now = at("2026-01-08 14:00", "Asia/Tokyo")
    there = an_ask(
        capped(Calendar.DAY), now_ms=now, sends=[sent(took)], profile={"time_zone": "Asia/Tokyo"}
    )
    assert earliest(PER_USER, there) == at("2026-01-09 00:00", "Asia/Tokyo")
    here = an_ask(
        capped(Calendar.DAY),
        now_ms=now,
        sends=[sent(took)],
        profile={"time_zone": "America/New_York"},
    )
    assert earliest(PER_USER, here) == now == at("2026-01-08 00:00", "America/New_York")


def test_a_sliding_and_a_calendar_cap_bind_together() -> None:
    known = knowledge(
        caps=(
            a_cap("sliding", 1, 20 * HOUR_MS),
            a_cap("weekly", 2, window_ms=None, calendar=Calendar.WEEK),
        )
    )
    sends = [sent(at("2026-01-09 12:00")), sent(at("2026-01-10 12:00"))]
    ask = an_ask(known, now_ms=at("2026-01-10 13:00"), sends=sends)
    assert earliest(PER_USER, ask) == at("2026-01-12 00:00")
    assert why(PER_USER, ask) == "cap weekly is full (2 of 2)"
    one = an_ask(known, now_ms=at("2026-01-09 13:00"), sends=sends[:1])
    assert earliest(PER_USER, one) == at("2026-01-10 08:00")


def test_a_cap_of_zero_in_a_calendar_window_never_opens() -> None:
    ask = an_ask(capped(Calendar.MONTH, max=0))
    assert earliest(PER_USER, ask) is None


def test_what_waits_for_a_day_goes_at_its_midnight_though_the_user_moved() -> None:
    now = at("2026-01-07 20:00", "Europe/Berlin")
    user = a_user(capped(Calendar.DAY), now_ms=now, time_zone="Europe/Berlin")
    user.asked(a_request("r1", at_ms=now))
    held = user.asked(a_request("r2", "newsletter", at_ms=now))
    assert held.reconsider_at_ms == at("2026-01-08 00:00", "Europe/Berlin")
    user.told(time_zone="America/New_York")
    assert user.ledger[-1].reconsider_at_ms == at("2026-01-08 00:00", "America/New_York")
