"""Part: count what is sent and what comes back, per channel.

The probability to engage is the user's decayed rate shrunk to the channel's global rate: the
posterior mean of a Beta prior worth `kappa` sends,
(engaged + kappa * global) / (sent + kappa). Its shrinkage weight kappa / (sent + kappa) is the
share that the global rate still has.
"""

from typing import NamedTuple

from tactful.engagement.section import (
    MAX_CHANNELS,
    OUTCOMES,
    ChannelCounts,
    decay,
    pack,
    unpack,
)
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.ids import mark, tag
from tactful.policy.model import Engagement
from tactful.records import Feedback, Input, Outcome
from tactful.sends import log

HANDLES: tuple[type, ...] = (Feedback,)

ENGAGING = frozenset({Outcome.OPENED, Outcome.CLICKED, Outcome.CONVERTED})
_BITS = {outcome: 1 << (log.FIRST_OUTCOME_BIT + i) for i, outcome in enumerate(OUTCOMES)}
_ENGAGED_BITS = sum(_BITS[outcome] for outcome in ENGAGING)
_MAX_NAME_BYTES = 255


class Estimate(NamedTuple):
    """A smoothed rate in [0, 1] and the share of the global rate in it."""

    prob: float
    shrinkage_weight: float


def handle(context: Context, record: Input) -> bool:
    """Take in one outcome. Each outcome of a send that is still remembered counts once.

    It counts for the channel that the decision went out on, whatever channel the record names.
    """
    assert type(record) is Feedback
    bit = _BITS[record.outcome]
    noted = log.note_outcome(context.sections[Section.SENDS], mark(record.decision_id), bit)
    channels = unpack(context.sections[Section.ENGAGEMENT])
    flags = None
    if noted is not None:
        sends, sent = noted
        flags = sent.flags
        if flags & bit:
            return True
        context.write(Section.SENDS, sends)
        counts = next(
            (each for name, each in channels.items() if tag(name) == sent.channel_tag), None
        )
    elif record.channel in channels or record.channel in context.knowledge.channels:
        counts = _of(channels, record.channel)
    else:
        return True
    if counts is None:
        return True
    counts.count(record.outcome)
    if record.outcome in ENGAGING:
        counts.last_engaged_ms = max(counts.last_engaged_ms, record.at_ms)
        # The first engaging outcome of a send makes it an engagement; the rate knows only sends
        # of ours, so it stays a rate.
        if flags is not None and not flags & _ENGAGED_BITS:
            counts.decay_to(context.now_ms, context.knowledge.policy.engagement.half_life_ms)
            counts.engaged_weight = min(counts.engaged_weight + 1.0, counts.sent_weight)
    context.write(Section.ENGAGEMENT, pack(channels))
    return True


def next_wakeup_ms(sections: list[bytes]) -> int | None:
    """Never: the decay is in the reading."""
    del sections
    return None


def record_send(context: Context, channel: str) -> None:
    """Count one send; the composer calls this as it decides."""
    channels = unpack(context.sections[Section.ENGAGEMENT])
    counts = _of(channels, channel)
    if counts is None:
        return
    counts.decay_to(context.now_ms, context.knowledge.policy.engagement.half_life_ms)
    counts.sent = min(counts.sent + 1, 0xFFFFFFFF)
    counts.sent_weight += 1.0
    counts.last_sent_ms = max(counts.last_sent_ms, context.now_ms)
    context.write(Section.ENGAGEMENT, pack(channels))


def estimate(
    counts: ChannelCounts | None, global_prob: float, now_ms: int, rules: Engagement
) -> Estimate:
    """The probability that a send on the channel now is engaged with."""
    if counts is None:
        return Estimate(global_prob, 1.0)
    return smoothed(
        counts.sent_weight,
        counts.engaged_weight,
        decay(counts.weighed_at_ms, now_ms, rules.half_life_ms),
        global_prob,
        rules.kappa,
    )


def smoothed(
    sent_weight: float, engaged_weight: float, factor: float, global_prob: float, kappa: int
) -> Estimate:
    """The posterior mean from weights that still have to be decayed by `factor`."""
    total = sent_weight * factor + kappa
    return Estimate((engaged_weight * factor + kappa * global_prob) / total, kappa / total)


def _of(channels: dict[str, ChannelCounts], name: str) -> ChannelCounts | None:
    counts = channels.get(name)
    if counts is None and len(channels) < MAX_CHANNELS and len(name.encode()) <= _MAX_NAME_BYTES:
        counts = channels[name] = ChannelCounts()
    return counts
