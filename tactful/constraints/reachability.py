"""Reachability: an address is known, did not bounce, and is alive. Binds `critical` too."""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.records import Reason


def _why_not(ask: Ask, channel: Channel) -> str | None:
    settings = ask.settings
    if channel.address is not None and not settings.identifiers.get(channel.address):
        return f"no {channel.address} is known for {channel.name}"
    if channel.name in settings.bounced:
        return f"the address for {channel.name} bounced"
    if channel.address is not None and channel.address_ttl_ms is not None:
        alive_ms = max(ask.last_seen_ms, ask.written_at_ms(channel.address))
        if ask.now_ms - alive_ms > channel.address_ttl_ms:
            return f"the {channel.address} for {channel.name} was not seen alive for too long"
    return None


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    return from_ms if _why_not(ask, channel) is None else None


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del from_ms
    return _why_not(ask, channel) or ""


CONSTRAINT = Constraint(
    Reason.UNREACHABLE, _earliest_ms, timed=False, binds_critical=True, because=_because
)
