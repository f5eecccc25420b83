"""Preference: how often. Only high priority, or at the daily or weekly digest hour.

The modes bind marketing alone: a receipt or a delivery note is not what a digest is for.
"""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import DAY_MS, HOUR_MS, hour_of_week, local_ms, next_local_minute
from tactful.records import FrequencyMode, Priority, Reason

_URGENT = frozenset({Priority.CRITICAL, Priority.HIGH})
_DIGESTS = frozenset({FrequencyMode.DAILY_DIGEST, FrequencyMode.WEEKLY_DIGEST})


def _only_high(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    if (
        ask.settings.preferences.frequency is FrequencyMode.ONLY_HIGH_PRIORITY
        and ask.marketing
        and ask.request.priority not in _URGENT
    ):
        return None
    return from_ms


def _only_high_because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel, from_ms
    return f"the user wants only high priority, this is {ask.request.priority}"


def _digest_hour(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    mode = ask.settings.preferences.frequency
    if mode not in _DIGESTS or not ask.marketing or ask.request.priority in _URGENT:
        return from_ms
    hour = ask.knowledge.policy.timing.digest_hour
    moment = from_ms
    for _ in range(8):
        if _within_digest_hour(ask, moment, hour, weekly=mode is FrequencyMode.WEEKLY_DIGEST):
            return moment
        # Neither the hour of a wrong day nor the end of a DST gap that swallows the hour must be
        # met again.
        in_hour = local_ms(ask.zone, moment) % DAY_MS // HOUR_MS == hour
        start = moment + HOUR_MS if in_hour else moment + 1
        moment = next_local_minute(ask.zone, start, hour * 60)
    return moment


def _within_digest_hour(ask: Ask, at_ms: int, hour: int, *, weekly: bool) -> bool:
    wall_ms = local_ms(ask.zone, at_ms)
    if wall_ms % DAY_MS // HOUR_MS != hour:
        return False
    return not weekly or hour_of_week(wall_ms) < 24


def _digest_because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel, from_ms
    mode = ask.settings.preferences.frequency
    day = "Mondays" if mode is FrequencyMode.WEEKLY_DIGEST else "each day"
    return f"the user wants it {day} at {ask.knowledge.policy.timing.digest_hour}:00"


ONLY_HIGH = Constraint(
    Reason.FREQUENCY_MODE, _only_high, timed=False, binds_critical=False, because=_only_high_because
)
DIGEST_HOUR = Constraint(
    Reason.DIGEST_HOUR, _digest_hour, timed=True, binds_critical=False, because=_digest_because
)
