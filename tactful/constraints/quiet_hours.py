"""Quiet hours in the user's zone: the user's own, else the policy's. Only `critical` passes.

A span begins at `start` of a local day and ends at the next `end` of the wall clock; equal times
are 24 hours. A weekday may have a span of its own, or none.
"""

from functools import lru_cache

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import DAY_MS, MINUTE_MS, Zone, local_ms, next_local_minute, weekday
from tactful.policy import QuietHoursPolicy
from tactful.records import LocalSpan, QuietHours, Reason, Weekday

_WEEKDAYS = tuple(Weekday)
_DAY_MINUTES = 1440
_MOST_SPANS = 10
"""Spans in a row that can be followed: more than a week of them never ends."""

Hours = QuietHours | QuietHoursPolicy
Span = tuple[int, int]


@lru_cache(maxsize=2048)
def _minute_of_day(time: str) -> int:
    hour, minute = time.split(":")
    return int(hour) * 60 + int(minute)


def hours_of(ask: Ask) -> Hours | None:
    """The user's quiet hours, else the policy's."""
    own = ask.settings.preferences.quiet_hours
    return own if isinstance(own, QuietHours) else ask.knowledge.policy.quiet_hours


def _span(hours: Hours | LocalSpan) -> Span:
    return _minute_of_day(hours.start), _minute_of_day(hours.end)


def _span_on(hours: Hours, day: int) -> Span | None:
    """The span that begins on a weekday (0: Monday)."""
    own = hours.weekdays or {}
    name = _WEEKDAYS[day]
    if name not in own:
        return _span(hours)
    span = own[name]
    return None if span is None else _span(span)


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    hours = hours_of(ask)
    if hours is None:
        return from_ms
    if hours.weekdays:
        return _by_weekday(hours, ask.zone, from_ms)
    start, end = _span(hours)
    if start == end:
        return None
    moment = from_ms
    # When clocks go back, the end can be shown once more inside a window that begins anew.
    for _ in range(4):
        minute = local_ms(ask.zone, moment) % DAY_MS // MINUTE_MS
        quiet = start <= minute < end if start < end else minute >= start or minute < end
        if not quiet:
            return moment
        moment = next_local_minute(ask.zone, moment, end)
    return moment


def _by_weekday(hours: Hours, zone: Zone, from_ms: int) -> int | None:
    moment = from_ms
    for _ in range(_MOST_SPANS):
        end = _end_of_span(hours, zone, moment)
        if end is None:
            return moment
        # The minute before may be the first of two that the wall clock shows.
        moment = next_local_minute(zone, moment + (1 if _minute(zone, moment) == end else 0), end)
    return None


def _minute(zone: Zone, at_ms: int) -> int:
    return local_ms(zone, at_ms) % DAY_MS // MINUTE_MS


def _end_of_span(hours: Hours, zone: Zone, at_ms: int) -> int | None:
    """The minute of the day at which the span around a moment ends, None outside of all."""
    minute = _minute(zone, at_ms)
    today = weekday(local_ms(zone, at_ms))
    span = _span_on(hours, (today - 1) % 7)
    if span is not None and span[1] <= span[0] and minute < span[1]:
        return span[1]
    span = _span_on(hours, today)
    if span is not None:
        start, end = span
        if start <= minute < (end if end > start else _DAY_MINUTES):
            return end
    return None


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel
    hours = hours_of(ask)
    assert hours is not None
    if not hours.weekdays:
        return f"quiet hours {hours.start}-{hours.end}"
    end = _end_of_span(hours, ask.zone, from_ms)
    return "quiet hours" if end is None else f"quiet hours until {end // 60:02}:{end % 60:02}"


CONSTRAINT = Constraint(
    Reason.QUIET_HOURS,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    idle=lambda ask: hours_of(ask) is None,
)
