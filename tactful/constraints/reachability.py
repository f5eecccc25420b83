"""Reachability: the channel's address is known and did not bounce. Binds `critical` too."""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.records import Reason


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    settings = ask.settings
    if channel.address is not None and not settings.identifiers.get(channel.address):
        return None
    return None if channel.name in settings.bounced else from_ms


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del from_ms
    if channel.name in ask.settings.bounced:
        return f"the address for {channel.name} bounced"
    return f"no {channel.address} is known for {channel.name}"


CONSTRAINT = Constraint(
    Reason.UNREACHABLE, _earliest_ms, timed=False, binds_critical=True, because=_because
)
