"""Pauses: until when one lasts, by the person's own calendar."""

import calendar
import enum
from datetime import UTC, date, datetime, timedelta

from tactful.local_time import Zone


class PauseSpan(enum.StrEnum):
    """How long a pause lasts."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_DAYS = {PauseSpan.DAY: 1, PauseSpan.WEEK: 7}


def pause_until_ms(span: PauseSpan, zone: Zone, now_ms: int) -> int:
    """The end of a pause that begins now: the same time of day, a day, a week or a month later.

    A month that has no such day ends with its last.
    """
    now = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    if span is PauseSpan.MONTH:
        year, month = now.year + now.month // 12, now.month % 12 + 1
        day = min(now.day, calendar.monthrange(year, month)[1])
        return _ms(now.replace(year=year, month=month, day=day))
    return _ms(now + timedelta(days=_DAYS[span]))


def start_of_day_ms(day: date, zone: Zone) -> int:
    """The first moment of a local day."""
    return _ms(datetime(day.year, day.month, day.day, tzinfo=zone))


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
