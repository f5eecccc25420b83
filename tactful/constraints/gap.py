"""Minimum gap: so long from one send to the next, across channels, per channel or per type."""

from tactful.constraints.base import Ask, Constraint
from tactful.ids import tag
from tactful.knowledge import Channel, Kind
from tactful.policy.model import Gap, GapPer
from tactful.records import Reason
from tactful.sends.log import COUNTED_BIT, PURPOSE_BIT


def _ends_ms(gap: Gap, ask: Ask, channel: Channel, from_ms: int) -> int:
    if gap.channels is not None and channel.name not in gap.channels:
        return from_ms
    mask = sum(PURPOSE_BIT[purpose] for purpose in gap.purposes)
    channels = None if gap.channels is None else {tag(each) for each in gap.channels}
    last_ms = from_ms - gap.min_ms
    for sent in ask.sends:
        if (
            sent.at_ms > last_ms
            and sent.flags & COUNTED_BIT
            and sent.flags & mask
            and (gap.per is not GapPer.CHANNEL or sent.channel_tag == channel.tag)
            and (gap.per is not GapPer.TYPE or sent.type_tag == ask.kind.tag)
            and (channels is None or sent.channel_tag in channels)
        ):
            last_ms = sent.at_ms
    return last_ms + gap.min_ms


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    return max((_ends_ms(gap, ask, channel, from_ms) for gap in ask.kind.gaps), default=from_ms)


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    longest = max(ask.kind.gaps, key=lambda gap: _ends_ms(gap, ask, channel, from_ms))
    return f"gap {longest.name} to the last send"


def _by_channel(kind: Kind) -> bool:
    return any(gap.per is GapPer.CHANNEL or gap.channels is not None for gap in kind.gaps)


CONSTRAINT = Constraint(
    Reason.GAP,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    applies=lambda kind: bool(kind.gaps),
    by_channel=_by_channel,
    idle=lambda ask: not ask.sends,
)
