"""Quiet hours in the user's zone: the user's own, else the policy's. Only `critical` passes.

The window is [start, end) of the local wall clock; `end` at or before `start` wraps midnight, and
equal times are the whole day, which never ends.
"""

from functools import lru_cache

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import DAY_MS, MINUTE_MS, local_ms, next_local_minute
from tactful.records import QuietHours, Reason


@lru_cache(maxsize=2048)
def _minute_of_day(time: str) -> int:
    hour, minute = time.split(":")
    return int(hour) * 60 + int(minute)


def window(ask: Ask) -> tuple[int, int] | None:
    """Start and end as minutes of the local day, None without quiet hours."""
    own = ask.settings.preferences.quiet_hours
    hours = own if isinstance(own, QuietHours) else ask.knowledge.policy.quiet_hours
    if hours is None:
        return None
    return _minute_of_day(hours.start), _minute_of_day(hours.end)


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    found = window(ask)
    if found is None:
        return from_ms
    start, end = found
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


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel, from_ms
    found = window(ask)
    assert found is not None
    start, end = found
    return f"quiet hours {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


CONSTRAINT = Constraint(
    Reason.QUIET_HOURS, _earliest_ms, timed=True, binds_critical=False, because=_because
)
