"""Caps: at most so many sends in any window, per user, type, channel, campaign or category.

In a window that slides two sends at s and t share one when t - s < window, so a slot is free again
exactly `window_ms` after the send that took it. A window of the calendar is a day, a week from
Monday, or a month of the user's zone as it is now.
"""

from collections.abc import Callable

from tactful.constraints.base import Ask, Constraint
from tactful.ids import tag
from tactful.knowledge import Channel, Kind, Limit
from tactful.local_time import next_period_ms, period_of
from tactful.records import Reason
from tactful.sends.log import COUNTED_BIT


def binds(limit: Limit, ask: Ask, channel: Channel) -> bool:
    """Whether the cap counts a send of this request on this channel."""
    if limit.channels is not None and channel.tag not in limit.channels:
        return False
    campaign = ask.request.campaign
    if campaign is None:
        return not limit.per_campaign and limit.campaigns is None
    return limit.campaigns is None or tag(campaign) in limit.campaigns


def taken(limit: Limit, ask: Ask, channel: Channel) -> list[int]:
    """When the sends were that the cap counts together with this request on this channel."""
    mask, types = limit.purpose_mask, limit.type_tags
    found = [
        sent
        for sent in ask.sends
        if sent.flags & COUNTED_BIT
        and sent.flags & mask
        and (types is None or sent.type_tag in types)
    ]
    if limit.channels is not None:
        found = [sent for sent in found if sent.channel_tag in limit.channels]
    if limit.campaigns is not None:
        found = [sent for sent in found if sent.campaign_tag in limit.campaigns]
    if limit.per_channel:
        found = [sent for sent in found if sent.channel_tag == channel.tag]
    if limit.per_campaign:
        campaign = tag(ask.request.campaign or "")
        found = [sent for sent in found if sent.campaign_tag == campaign]
    return [sent.at_ms for sent in found]


def free_at_ms(limit: Limit, ask: Ask, channel: Channel, from_ms: int) -> int | None:
    """The first moment at or after `from_ms` with a slot free; None for a cap of 0."""
    most = limit.max
    if most > len(ask.sends) or not binds(limit, ask, channel):
        return from_ms
    if most == 0:
        return None
    counted = taken(limit, ask, channel)
    if len(counted) < most:
        return from_ms
    if limit.window_ms is not None:
        return _sliding(counted, most, limit.window_ms, from_ms)
    return _calendar(counted, limit, ask, from_ms)


def _sliding(counted: list[int], most: int, window_ms: int, from_ms: int) -> int:
    since_ms = from_ms - window_ms
    within = sorted(at_ms for at_ms in counted if at_ms > since_ms)
    if len(within) < most:
        return from_ms
    # When this one leaves the window, most - 1 are left in it.
    return within[len(within) - most] + window_ms


def _calendar(counted: list[int], limit: Limit, ask: Ask, from_ms: int) -> int:
    assert limit.calendar is not None
    moment = from_ms
    while True:
        period = period_of(ask.zone, moment, limit.calendar)
        within = sum(period_of(ask.zone, at_ms, limit.calendar) == period for at_ms in counted)
        if within < limit.max:
            return moment
        # A fold at midnight may show a day once more, so the next one is counted again.
        moment = next_period_ms(ask.zone, moment, limit.calendar)


def _constraint(reason: Reason) -> Constraint:
    def earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
        limits = ask.kind.limits.get(reason, ())
        moment = from_ms
        while True:
            before = moment
            for limit in limits:
                free = free_at_ms(limit, ask, channel, moment)
                if free is None:
                    return None
                moment = free
            # What one cap waits for may be a moment at which another is full.
            if moment == before or len(limits) == 1:
                return moment

    def because(ask: Ask, channel: Channel, from_ms: int) -> str:
        latest: tuple[int, Limit] | None = None
        for limit in ask.kind.limits.get(reason, ()):
            free = free_at_ms(limit, ask, channel, from_ms)
            if free is None:
                latest = from_ms, limit
                break
            if free > from_ms and (latest is None or free > latest[0]):
                latest = free, limit
        if latest is None:
            return "a cap is full"
        return f"cap {latest[1].name} is full ({latest[1].max} of {latest[1].max})"

    return Constraint(
        reason,
        earliest_ms,
        timed=True,
        binds_critical=False,
        because=because,
        applies=lambda kind: reason in kind.limits,
        by_channel=_by_channel(reason),
        idle=_idle(reason),
    )


def _idle(reason: Reason) -> Callable[[Ask], bool]:
    """No send can be too many before there are as many as the smallest cap allows."""
    return lambda ask: (
        len(ask.sends) < min((limit.max for limit in ask.kind.limits.get(reason, ())), default=1)
    )


def _by_channel(reason: Reason) -> Callable[[Kind], bool]:
    return lambda kind: any(
        limit.per_channel or limit.channels is not None for limit in kind.limits.get(reason, ())
    )


PER_USER = _constraint(Reason.CAP_USER)
PER_TYPE = _constraint(Reason.CAP_TYPE)
PER_CHANNEL = _constraint(Reason.CAP_CHANNEL)
PER_CAMPAIGN = _constraint(Reason.CAP_CAMPAIGN)
PER_CATEGORY = _constraint(Reason.CAP_CATEGORY)
