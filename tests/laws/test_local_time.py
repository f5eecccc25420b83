"""Laws of local time, against brute force minute by minute and against `datetime` itself."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import STARTS_MS, ZONES, epoch_ms

from tactful.local_time import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    format_local,
    hour_of_week,
    is_known_zone,
    local_ms,
    next_local_minute,
    zone_named,
)
from tactful.records.common import MAX_TIME_MS

zones = st.sampled_from(ZONES).map(ZoneInfo)
# Clocks change at most two days after each of these.
moments = st.builds(
    lambda start_ms, minutes: start_ms + minutes * MINUTE_MS,
    st.sampled_from(STARTS_MS),
    st.integers(-12 * 60, 36 * 60),
)
any_moments = st.integers(0, epoch_ms(2100, 1, 1))


def _wall(zone: ZoneInfo, at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms // 1000, UTC).astimezone(zone).replace(tzinfo=None)


@lru_cache(maxsize=100_000)
def _minute_of_day(zone: ZoneInfo, at_ms: int) -> tuple[int, int]:
    wall = _wall(zone, at_ms)
    return wall.toordinal(), wall.hour * 60 + wall.minute


def _reaches(zone: ZoneInfo, at_ms: int, minute: int) -> bool:
    """Whether the wall clock shows the minute, or has just jumped over it."""
    day, shown = _minute_of_day(zone, at_ms)
    if shown == minute:
        return True
    day_before, shown_before = _minute_of_day(zone, at_ms - MINUTE_MS)
    passed = (day - day_before) * 1440 + shown - shown_before
    behind = (shown - minute) % 1440
    return 0 < behind < passed


@given(zones, moments | any_moments.map(lambda at_ms: at_ms - at_ms % MINUTE_MS), st.data())
def test_the_next_local_minute_is_the_one_that_brute_force_finds(
    zone: ZoneInfo, from_ms: int, data: st.DataObject
) -> None:
    minute = data.draw(st.integers(0, 24 * 4 - 1)) * 15
    found = next_local_minute(zone, from_ms, minute)
    at_ms = from_ms
    while not _reaches(zone, at_ms, minute) or (
        # Who asks just after a gap is past it.
        at_ms == from_ms and _minute_of_day(zone, at_ms)[1] != minute
    ):
        at_ms += MINUTE_MS
    assert found == at_ms, f"{_wall(zone, found)} instead of {_wall(zone, at_ms)}"


@given(zones, moments, st.integers(0, 1439), st.integers(0, MINUTE_MS - 1))
def test_the_next_local_minute_is_never_behind_and_never_far(
    zone: ZoneInfo, from_ms: int, minute: int, rest_ms: int
) -> None:
    found = next_local_minute(zone, from_ms + rest_ms, minute)
    assert from_ms + rest_ms <= found <= from_ms + 2 * DAY_MS + 2 * HOUR_MS


@given(zones, moments, st.integers(0, 1439), st.integers(0, DAY_MS))
def test_who_asks_later_gets_no_earlier_minute(
    zone: ZoneInfo, from_ms: int, minute: int, later_ms: int
) -> None:
    first = next_local_minute(zone, from_ms, minute)
    assert next_local_minute(zone, from_ms + later_ms, minute) >= first


@given(zones, st.one_of(moments, any_moments))
@example(ZoneInfo("Asia/Kathmandu"), epoch_ms(1985, 12, 31, 18, 30))
@example(ZoneInfo("Pacific/Apia"), epoch_ms(2011, 12, 30, 10))
def test_local_time_is_what_datetime_says(zone: ZoneInfo, at_ms: int) -> None:
    wall = _wall(zone, at_ms)
    seconds = (wall - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001
    assert local_ms(zone, at_ms) == int(seconds) * 1000 + at_ms % 1000
    assert hour_of_week(local_ms(zone, at_ms)) == wall.weekday() * 24 + wall.hour
    assert format_local(zone, at_ms) == wall.strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("at_ms", [0, 1, MAX_TIME_MS - 1, MAX_TIME_MS])
def test_the_first_and_last_times_a_record_may_carry_have_a_local_time(
    name: str, at_ms: int
) -> None:
    zone = ZoneInfo(name)
    assert abs(local_ms(zone, at_ms) - at_ms) <= DAY_MS
    assert format_local(zone, at_ms)


@given(st.text(min_size=1, max_size=128))
@example("../../etc/passwd")
@example("/etc/passwd")
@example("\x00")
@example("Europe")
@example("tzdata.zi")
@example("x" * 128)
@example(".")
@example("😀" * 128)
def test_any_name_is_a_zone_or_gives_the_default(name: str) -> None:
    zone, own = zone_named(name, "UTC")
    assert own == is_known_zone(name)
    assert own or zone.key == "UTC"
    assert local_ms(zone, STARTS_MS[0])
