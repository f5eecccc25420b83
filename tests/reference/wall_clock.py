"""What wall clocks show, minute by minute, straight from `zoneinfo`.

Minutes are counted from 1970-01-01 00:00: `utc` minutes by the world's clock, `local` minutes by
what the wall shows, so that `local % 1440` is the time of day and `local // 1440` the date.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import holidays
import numpy as np
from numpy.typing import NDArray

from tactful.policy.model import QuietHoursPolicy
from tactful.records import LocalSpan, QuietHours, Weekday

Minutes = NDArray[np.int64]
Mask = NDArray[np.bool_]

DAY = 1440
WEEKDAYS = tuple(Weekday)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a wall shows has no zone


@cache
def is_known(zone: str) -> bool:
    return zone in available_timezones()


@cache
def _day(zone: str, utc_day: int) -> Minutes:
    clock = ZoneInfo(zone)
    start = datetime.fromtimestamp(utc_day * DAY * 60, UTC)
    shown = [
        (start + timedelta(minutes=minute)).astimezone(clock).replace(tzinfo=None)
        for minute in range(DAY)
    ]
    return np.array([(each - _EPOCH) // timedelta(minutes=1) for each in shown], dtype=np.int64)


@lru_cache(maxsize=512)
def _days(zone: str, first: int, last: int) -> Minutes:
    return np.concatenate([_day(zone, utc_day) for utc_day in range(first, last + 1)])


def local_minutes(zone: str, first: int, count: int) -> Minutes:
    """What the wall shows at each of `count` UTC minutes from `first` on."""
    whole = _days(zone, first // DAY, (first + count - 1) // DAY)
    offset = first % DAY
    return whole[offset : offset + count]


def local_minute(zone: str, utc: int) -> int:
    return int(local_minutes(zone, utc, 1)[0])


def weekday(local_day: int) -> int:
    """0 is Monday."""
    return (local_day + 3) % 7


def hour_of_week(local: int) -> int:
    return weekday(local // DAY) * 24 + local % DAY // 60


def as_date(local_day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=local_day)


@cache
def _holidays(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year))


@cache
def has_holidays(country: str) -> bool:
    return country in holidays.list_supported_countries(include_aliases=True)


def is_holiday(country: str, local_day: int) -> bool:
    day = as_date(local_day)
    return day in _holidays(country, day.year)


def _time_of_day(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def quiet(hours: QuietHours | QuietHoursPolicy, shown: Minutes) -> Mask:
    """At which minutes the wall shows a time inside the quiet span of some day.

    The span of a day begins at its `start` and ends when the wall shows `end`, on the next day
    where `end` is not after `start`.
    """
    found = np.zeros(len(shown), dtype=np.bool_)
    for day in range(int(shown.min()) // DAY - 1, int(shown.max()) // DAY + 1):
        span: QuietHours | QuietHoursPolicy | LocalSpan | None = hours
        if hours.weekdays is not None:
            span = hours.weekdays.get(WEEKDAYS[weekday(day)], hours)
        if span is None:
            continue
        start, end = day * DAY + _time_of_day(span.start), day * DAY + _time_of_day(span.end)
        if end <= start:
            end += DAY
        found |= (shown >= start) & (shown < end)
    return found


def hours_left_out(zone: str, first: int, count: int) -> dict[int, tuple[int, ...]]:
    """At which of the minutes a clock change just ended, and the hours that it left out wholly."""
    shown = local_minutes(zone, first - 1, count + 1)
    changes = {}
    for index in np.flatnonzero(np.diff(shown) > 1):
        missing = range(int(shown[index]) + 1, int(shown[index + 1]))
        whole = {each // 60 % 24 for each in missing if each % 60 == 0 and each + 59 in missing}
        if whole:
            changes[int(index)] = tuple(whole)
    return changes
