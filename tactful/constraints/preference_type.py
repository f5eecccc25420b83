"""Preference: the user switched a notification type off, as a whole or on a channel."""

from tactful.choices.switches import type_on
from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.records import Reason


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    types = ask.settings.preferences.types
    if not types:
        return from_ms
    return from_ms if type_on(types.get(ask.kind.name), channel.name) else None


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
