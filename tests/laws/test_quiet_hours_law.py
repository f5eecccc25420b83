"""Laws of quiet hours: minute by minute, against a plain reading of what a span is."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec
from asking import an_ask
from builders import PLAIN, knowledge
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import STARTS_MS, ZONES, epoch_ms

from tactful.constraints.quiet_hours import CONSTRAINT
from tactful.local_time import DAY_MS, MINUTE_MS
from tactful.policy import QuietHoursPolicy
from tactful.records import LocalSpan, Weekday

_WEEKDAYS = tuple(Weekday)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a wall shows has no zone

times = st.one_of(
    st.sampled_from(["00:00", "01:00", "01:30", "02:00", "02:30", "03:00", "23:00", "23:59"]),
    st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59)),
)
spans = st.builds(LocalSpan, times, times)
weekdays = st.dictionaries(st.sampled_from(_WEEKDAYS), st.none() | spans, max_size=7)
moments = st.builds(
    lambda start_ms, minutes: start_ms - start_ms % MINUTE_MS + minutes * MINUTE_MS,
    st.sampled_from(STARTS_MS),
    st.integers(-36 * 60, 60 * 60),
)


@lru_cache(maxsize=64)
def _walls(zone: str, first: int, count: int) -> list[int]:
    """What the wall shows, minute by minute, as minutes since 1970-01-01 00:00 there."""
    clock = ZoneInfo(zone)
    start = datetime.fromtimestamp(first * 60, UTC)
    return [
        ((start + timedelta(minutes=at)).astimezone(clock).replace(tzinfo=None) - _EPOCH)
        // timedelta(minutes=1)
        for at in range(count)
    ]


def _minute(time: str) -> int:
    hour, minute = time.split(":")
    return int(hour) * 60 + int(minute)


def _quiet(hours: QuietHoursPolicy, wall: int) -> bool:
    """Whether the wall shows a time in a span that begins on its day or on the day before."""
    for day in (wall // 1440, wall // 1440 - 1):
        own = (hours.weekdays or {}).get(_WEEKDAYS[(day + 3) % 7], hours)
        if own is None:
            continue
        start, end = _minute(own.start), _minute(own.end)
        if day * 1440 + start <= wall < (day if end > start else day + 1) * 1440 + end:
            return True
    return False


def _asked(hours: QuietHoursPolicy, zone: str, from_ms: int) -> int | None:
    ask = an_ask(_KNOWN, now_ms=from_ms, profile={"time_zone": zone})
    ask.knowledge = type(_KNOWN)(msgspec.structs.replace(PLAIN, quiet_hours=hours))
    return CONSTRAINT.earliest_ms(ask, ask.kind.channels[0], from_ms)


_KNOWN = knowledge()


@given(times, times, st.none() | weekdays, st.sampled_from(ZONES), moments)
@example("00:00", "03:00", None, "America/Havana", epoch_ms(2026, 11, 1, 5, 30))
@example("23:30", "00:00", None, "Africa/Cairo", epoch_ms(2026, 10, 29, 20, 45))
@example("22:00", "08:00", {Weekday.FRIDAY: None}, "Pacific/Apia", epoch_ms(2011, 12, 30, 9, 30))
def test_quiet_hours_end_at_the_first_minute_whose_wall_clock_is_outside_of_all_spans(
    start: str,
    end: str,
    own: dict[Weekday, LocalSpan | None] | None,
    zone: str,
    from_ms: int,
) -> None:
    hours = QuietHoursPolicy(start, end, own)
    quiet = [_quiet(hours, wall) for wall in _walls(zone, from_ms // MINUTE_MS, 9 * 1440)]
    found = _asked(hours, zone, from_ms)
    if False in quiet:
        assert found == from_ms + quiet.index(False) * MINUTE_MS
    else:
        assert found is None or found >= from_ms + len(quiet) * MINUTE_MS


@given(times, times, st.sets(st.sampled_from(_WEEKDAYS)), st.sampled_from(ZONES), moments)
def test_weekdays_that_are_all_alike_are_the_plain_hours(
    start: str, end: str, named: set[Weekday], zone: str, from_ms: int
) -> None:
    plain = QuietHoursPolicy(start, end)
    alike = QuietHoursPolicy(start, end, dict.fromkeys(named, LocalSpan(start, end)))
    every = QuietHoursPolicy("12:00", "13:00", dict.fromkeys(Weekday, LocalSpan(start, end)))
    expected = _asked(plain, zone, from_ms)
    assert _asked(alike, zone, from_ms) == expected
    assert _asked(every, zone, from_ms) == expected


@given(times, times, st.none() | weekdays, st.sampled_from(ZONES), moments, st.integers(0, DAY_MS))
def test_an_end_of_quiet_hours_is_outside_of_them(
    start: str,
    end: str,
    own: dict[Weekday, LocalSpan | None] | None,
    zone: str,
    from_ms: int,
    later_ms: int,
) -> None:
    hours = QuietHoursPolicy(start, end, own)
    found = _asked(hours, zone, from_ms)
    later = _asked(hours, zone, from_ms + later_ms)
    if found is not None:
        assert _asked(hours, zone, found) == found
        assert later is None or later >= found
    else:
        assert later is None
