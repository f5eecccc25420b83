"""Preference: the user switched a channel off."""

from tactful.choices.switches import channel_on
from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.records import Reason


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    return from_ms if channel_on(ask.settings.preferences.channels, channel.name) else None


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del ask, from_ms
    return f"the user switched {channel.name} off"


CONSTRAINT = Constraint(
    Reason.PREFERENCE_CHANNEL,
    _earliest_ms,
    timed=False,
    binds_critical=False,
    because=_because,
    idle=lambda ask: not ask.settings.preferences.channels,
)
