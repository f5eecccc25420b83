from datetime import UTC, datetime
from zoneinfo import ZoneInfo, _zoneinfo, available_timezones  # type: ignore[attr-defined]

import pytest
from builders import DAY_MS, HOUR_MS, MINUTE_MS, at

from tactful.local_time import (
    format_local,
    hour_of_week,
    is_known_zone,
    local_ms,
    next_local_minute,
    offset_ms,
    zone_named,
)

NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
QUARTER_MS = 15 * MINUTE_MS
YEAR_2023 = at("2023-01-01 00:00")
LAST_MS = 253_402_300_799_999


@pytest.fixture(scope="module")
def zones() -> list[str]:
    found = sorted(available_timezones())
    assert len(found) > 400
    return found


def test_since_2023_every_offset_changes_on_a_quarter_of_an_hour(zones: list[str]) -> None:
    # The cache of offsets stands on this.
    odd = []
    for key in zones:
        zone = _zoneinfo.ZoneInfo(key)  # only the one in Python shows its transitions
        for moment in zone._trans_utc:
            if moment * 1000 >= YEAR_2023 and moment % 900:
                before, after = (datetime.fromtimestamp(moment + at, UTC) for at in (-1, 0))
                if zone.utcoffset(before.astimezone(zone)) != zone.utcoffset(
                    after.astimezone(zone)
                ):
                    odd.append((key, moment))
    assert odd == []


def change_between(zone: ZoneInfo, start_ms: int, end_ms: int) -> int:
    """The quarter of an hour at which the offset is another one than at the start."""
    before = offset_ms(zone, start_ms)
    low, high = start_ms // QUARTER_MS, end_ms // QUARTER_MS
    while high - low > 1:
        middle = (low + high) // 2
        if offset_ms(zone, middle * QUARTER_MS) == before:
            low = middle
        else:
            high = middle
    return high * QUARTER_MS


def test_every_zone_has_a_next_minute_around_every_change_of_its_clocks(zones: list[str]) -> None:
    start = at("2026-01-01 00:00")
    checked = 0
    for key in zones:
        zone = ZoneInfo(key)
        for week in range(start, start + 364 * DAY_MS, 7 * DAY_MS):
            if offset_ms(zone, week) == offset_ms(zone, week + 7 * DAY_MS):
                continue
            change = change_between(zone, week, week + 7 * DAY_MS)
            for minute in (0, 90, 150, 1439):
                for from_ms in (change - HOUR_MS, change - 1, change, change + HOUR_MS):
                    found = next_local_minute(zone, from_ms, minute)
                    assert from_ms <= found <= from_ms + 26 * HOUR_MS, (key, change, minute)
                    shown = local_ms(zone, found) % DAY_MS // MINUTE_MS
                    assert shown == minute or found == change, (key, change, minute)
                    checked += 1
    assert checked > 1000


@pytest.mark.parametrize(
    ("name", "default", "zone", "own"),
    [
        ("Europe/Berlin", "UTC", "Europe/Berlin", True),
        (None, "Europe/Rome", "Europe/Rome", False),
        ("Mars/Olympus", "Europe/Rome", "Europe/Rome", False),
        ("../../etc/passwd", "UTC", "UTC", False),
        ("", "UTC", "UTC", False),
        ("America", "UTC", "UTC", False),
        ("Europe/Berlin\x00", "UTC", "UTC", False),
        ("x" * 5000, "UTC", "UTC", False),
        ("\ud800", "UTC", "UTC", False),
    ],
)
def test_a_zone_nobody_knows_gives_the_default(
    name: str | None, default: str, zone: str, own: bool
) -> None:
    found, is_own = zone_named(name, default)
    assert (found.key, is_own) == (zone, own)
    if name is not None:
        assert is_known_zone(name) is own


@pytest.mark.parametrize(
    ("moment", "hour"),
    [("2026-01-05 00:00", 0), ("2026-01-05 23:59", 23), ("2026-01-11 23:59", 167)],
)
def test_the_week_starts_on_monday(moment: str, hour: int) -> None:
    assert hour_of_week(local_ms(NEW_YORK, at(moment, "America/New_York"))) == hour


def test_the_offset_is_right_on_both_sides_of_a_change() -> None:
    gap = at("2026-03-08 03:00", "America/New_York")
    assert [offset_ms(NEW_YORK, gap + shift) // HOUR_MS for shift in (-1, 0)] == [-5, -4]


def test_a_minute_in_the_gap_is_reached_when_the_gap_ends() -> None:
    gap_end = at("2026-03-08 03:00", "America/New_York")
    midnight = at("2026-03-08 00:00", "America/New_York")
    for minute in (120, 150, 179):
        assert next_local_minute(NEW_YORK, midnight, minute) == gap_end
    assert next_local_minute(NEW_YORK, gap_end + 1, 150) == at(
        "2026-03-09 02:30", "America/New_York"
    )


def test_a_minute_in_the_fold_counts_each_time_it_is_shown() -> None:
    first, second = (at("2026-11-01 01:30", "America/New_York", fold) for fold in (0, 1))
    assert next_local_minute(NEW_YORK, first - HOUR_MS, 90) == first
    assert next_local_minute(NEW_YORK, first, 90) == first
    assert next_local_minute(NEW_YORK, first + 1, 90) == second
    assert next_local_minute(NEW_YORK, second + 1, 90) == at("2026-11-02 01:30", "America/New_York")


def test_a_change_of_half_an_hour_is_met() -> None:
    # Lord Howe goes from 02:00 to 02:30 on 4 October 2026.
    midnight = at("2026-10-04 00:00", "Australia/Lord_Howe")
    assert next_local_minute(LORD_HOWE, midnight, 135) == midnight + 2 * HOUR_MS
    assert next_local_minute(LORD_HOWE, midnight, 150) == midnight + 2 * HOUR_MS
    assert next_local_minute(LORD_HOWE, midnight, 151) == midnight + 2 * HOUR_MS + MINUTE_MS


def test_a_midnight_that_a_gap_swallows_is_met_at_one() -> None:
    # Cairo goes from 00:00 to 01:00 on 24 April 2026.
    zone = ZoneInfo("Africa/Cairo")
    evening = at("2026-04-23 23:00", "Africa/Cairo")
    assert next_local_minute(zone, evening, 0) == evening + HOUR_MS
    assert format_local(zone, evening + HOUR_MS) == "Fri 2026-04-24 01:00"


def test_a_day_that_a_zone_skipped_is_skipped() -> None:
    # Samoa had no 30 December 2011.
    zone = ZoneInfo("Pacific/Apia")
    evening = at("2011-12-29 23:00", "Pacific/Apia")
    assert next_local_minute(zone, evening, 0) == evening + HOUR_MS
    assert format_local(zone, evening + HOUR_MS) == "Sat 2011-12-31 00:00"


@pytest.mark.parametrize("key", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
@pytest.mark.parametrize("moment", [0, LAST_MS - 1, LAST_MS, LAST_MS + 400 * DAY_MS])
def test_the_ends_of_the_calendar_can_be_shown(key: str, moment: int) -> None:
    zone = ZoneInfo(key)
    assert format_local(zone, moment)
    assert abs(offset_ms(zone, moment)) <= 14 * HOUR_MS
    assert next_local_minute(zone, moment, 60) >= moment


def test_a_moment_reads_as_a_person_there_reads_it() -> None:
    moment = at("2026-01-06 09:10", "Asia/Kathmandu")
    assert format_local(ZoneInfo("Asia/Kathmandu"), moment + 59_999) == "Tue 2026-01-06 09:10"
