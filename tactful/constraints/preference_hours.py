"""Preference: the local hours in which the user wants marketing."""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import DAY_MS, HOUR_MS, local_ms, next_local_minute, offset_ms
from tactful.records import Reason


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    hours = ask.settings.preferences.preferred_hours
    if not hours or not ask.marketing:
        return from_ms
    zone = ask.zone
    wall_ms = local_ms(zone, from_ms)
    now = wall_ms % DAY_MS // HOUR_MS
    if now in hours:
        return from_ms
    hours_left = min((hour - now) % 24 for hour in hours)
    moment = from_ms - wall_ms % HOUR_MS + hours_left * HOUR_MS
    if offset_ms(zone, from_ms - 1) == offset_ms(zone, moment):
        return moment
    # The clock changes on the way, or just did: an hour that it leaves out is met at its end.
    return min(next_local_minute(zone, from_ms, hour * 60) for hour in set(hours))


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel, from_ms
    hours = ask.settings.preferences.preferred_hours
    assert isinstance(hours, list)
    return f"the user prefers the hours {', '.join(str(hour) for hour in sorted(hours))}"


CONSTRAINT = Constraint(
    Reason.PREFERENCE_HOURS,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    idle=lambda ask: not ask.marketing or not ask.settings.preferences.preferred_hours,
)
