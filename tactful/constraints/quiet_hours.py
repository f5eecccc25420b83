"""Quiet hours in the user's zone: the user's own, else the policy's. Only `critical` passes.

It is quiet while the wall clock shows a time in a span, as a person who looks at the clock would
say: what a repeated hour shows twice is quiet twice. A span goes from `start` of a local day to the
next `end`; equal times are 24 hours. A weekday may have a span of its own, or none.
"""

from functools import lru_cache

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import (
    DAY_MS,
    MINUTE_MS,
    Zone,
    local_ms,
    next_change_ms,
    next_local_minute,
    offset_ms,
    weekday,
)
from tactful.policy import QuietHoursPolicy
from tactful.records import LocalSpan, QuietHours, Reason, Weekday

_WEEKDAYS = tuple(Weekday)
_MOST_SPANS = 24
"""Spans in a row that can be followed: those of more than three weeks never end."""

Hours = QuietHours | QuietHoursPolicy


@lru_cache(maxsize=2048)
def _ms_of_day(time: str) -> int:
    hour, minute = time.split(":")
    return (int(hour) * 60 + int(minute)) * MINUTE_MS


def hours_of(ask: Ask) -> Hours | None:
    """The user's quiet hours, else the policy's."""
    own = ask.settings.preferences.quiet_hours
    return own if isinstance(own, QuietHours) else ask.knowledge.policy.quiet_hours


def _span_on(hours: Hours, day: int) -> tuple[int, int] | None:
    """The wall clock at the start and the end of the span that begins on a local day."""
    span: Hours | LocalSpan = hours
    if hours.weekdays:
        own = hours.weekdays.get(_WEEKDAYS[weekday(day * DAY_MS)], hours)
        if own is None:
            return None
        span = own
    start, end = _ms_of_day(span.start), _ms_of_day(span.end)
    return day * DAY_MS + start, (day if end > start else day + 1) * DAY_MS + end


def _end_on_the_wall(hours: Hours, wall_ms: int) -> int | None:
    """What the wall clock shows when the span around a time of it ends, None outside of all."""
    today = wall_ms // DAY_MS
    for day in (today, today - 1):
        span = _span_on(hours, day)
        if span is not None and span[0] <= wall_ms < span[1]:
            return span[1]
    return None


def _ends_ms(hours: Hours, zone: Zone, at_ms: int) -> int | None:
    """When the span around a moment ends, or the clock changes in it; None outside of all."""
    wall_ms = local_ms(zone, at_ms)
    end_ms = _end_on_the_wall(hours, wall_ms)
    if end_ms is None:
        return None
    straight_ms = at_ms + end_ms - wall_ms
    if offset_ms(zone, at_ms) == offset_ms(zone, straight_ms):
        return straight_ms
    # After a change the wall may show a time outside of all spans, or one inside of another.
    change_ms = next_change_ms(zone, at_ms)
    return min(change_ms, next_local_minute(zone, at_ms + 1, end_ms % DAY_MS // MINUTE_MS))


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    hours = hours_of(ask)
    if hours is None:
        return from_ms
    if hours.start == hours.end and not hours.weekdays:
        return None
    moment = from_ms
    for _ in range(_MOST_SPANS):
        ends_ms = _ends_ms(hours, ask.zone, moment)
        if ends_ms is None:
            return moment
        moment = ends_ms
    return None


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel
    hours = hours_of(ask)
    assert hours is not None
    if not hours.weekdays:
        return f"quiet hours {hours.start}-{hours.end}"
    ends_ms = _ends_ms(hours, ask.zone, from_ms)
    if ends_ms is None:
        return "quiet hours"
    minute = local_ms(ask.zone, ends_ms) % DAY_MS // MINUTE_MS
    return f"quiet hours until {minute // 60:02}:{minute % 60:02}"


CONSTRAINT = Constraint(
    Reason.QUIET_HOURS,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    idle=lambda ask: hours_of(ask) is None,
)
