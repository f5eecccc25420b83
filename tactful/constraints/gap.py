"""Minimum gap: so long from one send to the next, across channels, per channel or per type."""

from tactful.constraints.base import Ask, Constraint
from tactful.ids import tag
from tactful.knowledge import Channel, Kind
from tactful.policy.model import Gap, GapPer
from tactful.records import Reason
from tactful.sends.log import COUNTED_BIT, PURPOSE_BIT, Sent


def _counts(gap: Gap, ask: Ask, channel: Channel, sent: Sent) -> bool:
    mask = sum(PURPOSE_BIT[purpose] for purpose in gap.purposes)
    return bool(
        sent.flags & COUNTED_BIT
        and sent.flags & mask
        and (gap.per is not GapPer.CHANNEL or sent.channel_tag == channel.tag)
        and (gap.per is not GapPer.TYPE or sent.type_tag == ask.kind.tag)
        and (gap.channels is None or any(sent.channel_tag == tag(each) for each in gap.channels))
    )


def _ends_ms(gap: Gap, ask: Ask, channel: Channel, from_ms: int) -> int:
    if gap.channels is not None and channel.name not in gap.channels:
        return from_ms
    ends = [sent.at_ms + gap.min_ms for sent in ask.sends if _counts(gap, ask, channel, sent)]
    return max([from_ms, *ends])


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    return max(_ends_ms(gap, ask, channel, from_ms) for gap in ask.kind.gaps)


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
