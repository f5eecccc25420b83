"""Days, weeks and months of the calendar in a zone."""

import enum
from calendar import monthrange
from datetime import date

from tactful.local_time.zones import DAY_MS, Zone, local_ms, next_local_minute


class Calendar(enum.StrEnum):
    """A window of the calendar in the user's zone; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_EPOCH_DAY = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY = 3


def period_of(zone: Zone, at_ms: int, calendar: Calendar) -> int:
    """The number of the local day, week (from Monday) or month that a moment lies in.

    Days count from 1970-01-01, weeks and months from the one it lies in.
    """
    day = local_ms(zone, at_ms) // DAY_MS
    if calendar is Calendar.DAY:
        return day
    if calendar is Calendar.WEEK:
        return (day + _EPOCH_WEEKDAY) // 7
    found = date.fromordinal(day + _EPOCH_DAY)
    return (found.year - 1970) * 12 + found.month - 1


def next_period_ms(zone: Zone, from_ms: int, calendar: Calendar) -> int:
    """The moment after `from_ms` at which the next local day, week or month begins.

    A midnight that clocks skip is the end of the gap. The next period may be an earlier one where
    a fold at midnight shows the end of a day once more.
    """
    period = period_of(zone, from_ms, calendar)
    near_ms = max(from_ms + 1, from_ms + (_days_left(zone, from_ms, calendar) - 2) * DAY_MS)
    moment = next_local_minute(zone, near_ms, 0)
    while period_of(zone, moment, calendar) == period:
        moment = next_local_minute(zone, moment + 1, 0)
    return moment


def _days_left(zone: Zone, at_ms: int, calendar: Calendar) -> int:
    """How many days of a local day, week or month are left, the one of the moment included."""
    day = local_ms(zone, at_ms) // DAY_MS
    if calendar is Calendar.DAY:
        return 1
    if calendar is Calendar.WEEK:
        return 7 - (day + _EPOCH_WEEKDAY) % 7
    found = date.fromordinal(day + _EPOCH_DAY)
    return monthrange(found.year, found.month)[1] - found.day + 1
