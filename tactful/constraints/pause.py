"""Preference: the user paused everything until a moment."""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import format_local
from tactful.records import Reason


def _until_ms(ask: Ask) -> int:
    until = ask.settings.preferences.pause_until_ms
    return until if isinstance(until, int) else 0


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    return max(from_ms, _until_ms(ask))


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel, from_ms
    return f"the user paused notifications until {format_local(ask.zone, _until_ms(ask))}"


CONSTRAINT = Constraint(
    Reason.PAUSED,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    idle=lambda ask: _until_ms(ask) <= ask.now_ms,
)
