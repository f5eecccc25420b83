"""Preference: how often. Only high priority, or at the daily or weekly digest hour.

The modes bind marketing alone: a receipt or a delivery note is not what a digest is for. One digest
goes out a day (or a Monday): what comes after it waits for the next.
"""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import DAY_MS, HOUR_MS, hour_of_week, local_ms, next_local_minute
from tactful.records import FrequencyMode, Reason
from tactful.sends.log import DIGEST_BIT


def _only_high(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    if (
        ask.settings.preferences.frequency is FrequencyMode.ONLY_HIGH_PRIORITY
        and ask.marketing
        and not ask.urgent
    ):
        return None
    return from_ms


def _only_high_because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel, from_ms
    return f"the user wants only high priority, this is {ask.request.priority}"


def _digest_hour(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    if not ask.in_digest_mode:
        return from_ms
    weekly = ask.settings.preferences.frequency is FrequencyMode.WEEKLY_DIGEST
    hour = ask.knowledge.policy.timing.digest_hour
    had = {
        local_ms(ask.zone, sent.at_ms) // DAY_MS for sent in ask.sends if sent.flags & DIGEST_BIT
    }
    moment = from_ms
    # Each turn goes a day on: to the next Monday, or to the one after it when clocks leave the hour
    # out on that one. The log holds few days that had a digest.
    for _ in range(16 + 7 * len(had)):
        if (
            _within_digest_hour(ask, moment, hour, weekly=weekly)
            and local_ms(ask.zone, moment) // DAY_MS not in had
        ):
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
    Reason.FREQUENCY_MODE,
    _only_high,
    timed=False,
    binds_critical=False,
    because=_only_high_because,
    idle=lambda ask: ask.settings.preferences.frequency is not FrequencyMode.ONLY_HIGH_PRIORITY,
)
DIGEST_HOUR = Constraint(
    Reason.DIGEST_HOUR,
    _digest_hour,
    timed=True,
    binds_critical=False,
    because=_digest_because,
    idle=lambda ask: not ask.in_digest_mode,
)
