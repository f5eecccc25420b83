"""Days, weeks and months of a zone's calendar, and when the next one begins."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from builders import MINUTE_MS, at
from hypothesis import given
from hypothesis import strategies as st

from tactful.local_time import (
    DAY_MS,
    Calendar,
    next_period_ms,
    period_of,
)

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.integers(at("2011-06-01 00:00"), at("2031-01-01 00:00"))
calendars = st.sampled_from(Calendar)


@pytest.mark.parametrize(
    ("calendar", "first", "last", "following"),
    [
        (Calendar.DAY, "2026-01-07 00:00", "2026-01-07 23:59:59.999", "2026-01-08 00:00"),
        (Calendar.WEEK, "2026-01-05 00:00", "2026-01-11 23:59:59.999", "2026-01-12 00:00"),
        (Calendar.WEEK, "2025-12-29 00:00", "2026-01-04 23:59:59.999", "2026-01-05 00:00"),
        (Calendar.MONTH, "2026-02-01 00:00", "2026-02-28 23:59:59.999", "2026-03-01 00:00"),
        (Calendar.MONTH, "2028-02-01 00:00", "2028-02-29 23:59:59.999", "2028-03-01 00:00"),
        (Calendar.MONTH, "2026-12-01 00:00", "2026-12-31 23:59:59.999", "2027-01-01 00:00"),
    ],
)
@pytest.mark.parametrize("name", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_a_period_has_a_first_and_a_last_moment(
    calendar: Calendar, first: str, last: str, following: str, name: str
) -> None:
    zone = ZoneInfo(name)
    number = period_of(zone, at(first, name), calendar)
    assert period_of(zone, at(last, name), calendar) == number
    assert period_of(zone, at(first, name) - 1, calendar) == number - 1
    assert period_of(zone, at(following, name), calendar) == number + 1
    for now in (first, last):
        assert next_period_ms(zone, at(now, name), calendar) == at(following, name)


@pytest.mark.parametrize(
    ("name", "calendar", "now", "begins"),
    [
        ("America/Havana", Calendar.DAY, "2026-03-07 12:00", "2026-03-08 01:00"),
        ("Africa/Cairo", Calendar.DAY, "2026-04-23 12:00", "2026-04-24 01:00"),
        ("Africa/Cairo", Calendar.WEEK, "2026-04-23 12:00", "2026-04-27 00:00"),
        ("Asia/Tehran", Calendar.WEEK, "2021-03-18 12:00", "2021-03-22 01:00"),
        ("Asia/Amman", Calendar.MONTH, "1985-03-05 12:00", "1985-04-01 01:00"),
        ("Pacific/Apia", Calendar.DAY, "2011-12-29 12:00", "2011-12-31 00:00"),
        ("Pacific/Apia", Calendar.WEEK, "2011-12-29 12:00", "2012-01-02 00:00"),
        ("Pacific/Apia", Calendar.MONTH, "2011-12-01 00:00", "2012-01-01 00:00"),
        ("America/Havana", Calendar.DAY, "2026-10-31 12:00", "2026-11-01 00:00"),
    ],
)
def test_a_period_whose_midnight_is_left_out_begins_when_the_change_ends(
    name: str, calendar: Calendar, now: str, begins: str
) -> None:
    assert next_period_ms(ZoneInfo(name), at(now, name), calendar) == at(begins, name)


def test_a_midnight_that_comes_twice_begins_its_day_the_first_time() -> None:
    name = "America/Havana"
    zone = ZoneInfo(name)
    second = at("2026-11-01 00:00", name, fold=1)
    number = period_of(zone, second, Calendar.DAY)
    assert period_of(zone, second - 1, Calendar.DAY) == number
    assert next_period_ms(zone, second - 1, Calendar.DAY) == at("2026-11-02 00:00", name)


def test_days_are_counted_from_1970_and_weeks_and_months_from_the_one_it_began_in() -> None:
    zone = ZoneInfo("UTC")
    assert [period_of(zone, 0, each) for each in Calendar] == [0, 0, 0]
    assert period_of(zone, 4 * DAY_MS, Calendar.WEEK) == 1  # Monday 5 January 1970
    assert period_of(zone, 31 * DAY_MS, Calendar.MONTH) == 1


@given(zones, moments, calendars)
def test_a_period_is_the_one_that_datetime_shows(
    zone: ZoneInfo, at_ms: int, calendar: Calendar
) -> None:
    local = datetime.fromtimestamp(at_ms / 1000, zone).date()
    days = (local - date(1970, 1, 1)).days
    expected = {
        Calendar.DAY: days,
        Calendar.WEEK: (days + 3) // 7,
        Calendar.MONTH: (local.year - 1970) * 12 + local.month - 1,
    }
    assert period_of(zone, at_ms, calendar) == expected[calendar]


@given(zones, moments, calendars)
def test_the_next_period_is_the_first_moment_of_another(
    zone: ZoneInfo, at_ms: int, calendar: Calendar
) -> None:
    """No quarter of an hour before it lies in another period, where clocks change too."""
    begins = next_period_ms(zone, at_ms, calendar)
    number = period_of(zone, at_ms, calendar)
    assert begins > at_ms
    assert period_of(zone, begins, calendar) != number
    assert period_of(zone, begins - 1, calendar) == number
    quarter = 15 * MINUTE_MS
    for before in range(begins - quarter, at_ms, -quarter):
        assert period_of(zone, before, calendar) == number


@given(zones, moments, calendars, st.integers(0, 40 * DAY_MS))
def test_who_asks_later_gets_no_earlier_period(
    zone: ZoneInfo, at_ms: int, calendar: Calendar, later_ms: int
) -> None:
    assert next_period_ms(zone, at_ms + later_ms, calendar) >= next_period_ms(zone, at_ms, calendar)
