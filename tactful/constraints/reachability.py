"""Reachability: an address is known, did not bounce, and is alive. Binds `critical` too."""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.records import Reason


def _why_not(ask: Ask, channel: Channel) -> str | None:
    address = channel.address
    if address is None:
        return None
    if not ask.settings.identifiers.get(address):
        return f"no {address} is known for {channel.name}"
    if channel.name in ask.settings.bounced:
        return f"the address for {channel.name} bounced"
    if channel.address_ttl_ms is not None:
        alive_ms = ask.now_ms - channel.address_ttl_ms
        # Users are seen more often than addresses are written, and this is quicker to know.
        if ask.last_seen_ms < alive_ms and ask.written_at_ms(address) < alive_ms:
            return f"the {address} for {channel.name} was not seen alive for too long"
    return None


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    return from_ms if _why_not(ask, channel) is None else None


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del from_ms
    return _why_not(ask, channel) or ""


CONSTRAINT = Constraint(
    Reason.UNREACHABLE, _earliest_ms, timed=False, binds_critical=True, because=_because
)
