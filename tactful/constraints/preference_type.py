"""Preference: the user switched a notification type off, as a whole or on a channel."""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.profile.section import WHOLE_TYPE
from tactful.records import Reason


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    types = ask.settings.preferences.types
    if not types:
        return from_ms
    setting = types.get(ask.kind.name)
    if isinstance(setting, dict):
        setting = setting.get(channel.name, setting.get(WHOLE_TYPE))
    return None if setting is False else from_ms


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del from_ms
    return f"the user switched {ask.kind.name} off on {channel.name}"


CONSTRAINT = Constraint(
    Reason.PREFERENCE_TYPE,
    _earliest_ms,
    timed=False,
    binds_critical=False,
    because=_because,
    idle=lambda ask: not ask.settings.preferences.types,
)
