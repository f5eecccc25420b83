"""Caps: at most so many sends in any window that slides, per user or per type.

Two sends at s and t share a window when t - s < window, so a slot is free again exactly
`window_ms` after the send that took it.
"""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel, Limit
from tactful.records import Reason
from tactful.sends.log import COUNTED_BIT, Sent


def matches(limit: Limit, sent: Sent) -> bool:
    """Whether the cap counts this send."""
    flags = sent.flags
    if not flags & COUNTED_BIT:
        return False
    if limit.type_tag is not None:
        return sent.type_tag == limit.type_tag
    return bool(flags & limit.purpose_mask)


def free_at_ms(limit: Limit, sends: list[Sent], from_ms: int) -> int | None:
    """The first moment at or after `from_ms` with a slot free; None for a cap of 0."""
    if limit.max == 0:
        return None
    since_ms = from_ms - limit.window_ms
    taken = sorted(sent.at_ms for sent in sends if sent.at_ms > since_ms and matches(limit, sent))
    if len(taken) < limit.max:
        return from_ms
    # When this one leaves the window, max - 1 are left in it.
    return taken[len(taken) - limit.max] + limit.window_ms


def _earliest(ask: Ask, from_ms: int, reason: Reason) -> int | None:
    moment = from_ms
    for limit in ask.kind.limits:
        if limit.reason is reason:
            free = free_at_ms(limit, ask.sends, from_ms)
            if free is None:
                return None
            moment = max(moment, free)
    return moment


def _per_user(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    return _earliest(ask, from_ms, Reason.CAP_USER)


def _per_type(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    return _earliest(ask, from_ms, Reason.CAP_TYPE)


def _because(ask: Ask, from_ms: int, reason: Reason) -> str:
    for limit in ask.kind.limits:
        if limit.reason is reason:
            free = free_at_ms(limit, ask.sends, from_ms)
            if free is None or free > from_ms:
                return f"cap {limit.name} is full ({limit.max} of {limit.max})"
    return "a cap is full"


def _user_because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel
    return _because(ask, from_ms, Reason.CAP_USER)


def _type_because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel
    return _because(ask, from_ms, Reason.CAP_TYPE)


PER_USER = Constraint(
    Reason.CAP_USER, _per_user, timed=True, binds_critical=False, because=_user_because
)
PER_TYPE = Constraint(
    Reason.CAP_TYPE, _per_type, timed=True, binds_critical=False, because=_type_because
)
