"""Quiet hours in the user's zone: the user's own, else the policy's. Only `critical` passes.

A span begins at `start` of a local day and ends when the wall clock next shows `end`; equal times
are 24 hours. A weekday may have a span of its own, or none. Where a clock change leaves a time out,
it counts as shown when the change ends; where one is shown twice, the first time counts, so a span
is one stretch of time without holes.
"""

from functools import lru_cache

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import DAY_MS, MINUTE_MS, Zone, first_shown_ms, local_ms, offset_ms, weekday
from tactful.policy import QuietHoursPolicy
from tactful.records import LocalSpan, QuietHours, Reason, Weekday

_WEEKDAYS = tuple(Weekday)
_REACH_MS = 2 * DAY_MS
"""A span around a moment begins and ends within so long of it."""
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


def _ends_ms(hours: Hours, zone: Zone, at_ms: int) -> int | None:
    """When the span around a moment ends, None outside of all."""
    wall_ms = local_ms(zone, at_ms)
    today = wall_ms // DAY_MS
    if offset_ms(zone, at_ms - _REACH_MS) == offset_ms(zone, at_ms + _REACH_MS):
        for day in (today, today - 1):
            span = _span_on(hours, day)
            if span is not None and span[0] <= wall_ms < span[1]:
                return at_ms + span[1] - wall_ms
        return None
    # The clock changes near by, and may even show another day than it did before.
    for day in (today + 1, today, today - 1, today - 2):
        span = _span_on(hours, day)
        if span is not None and first_shown_ms(zone, span[0]) <= at_ms:
            ends_ms = first_shown_ms(zone, span[1])
            if at_ms < ends_ms:
                return ends_ms
    return None


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
