"""The bound of the state: no more counted sends than the user's send log can remember."""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.policy.model import MAX_COUNTED_SENDS
from tactful.records import Reason
from tactful.sends.log import REMEMBERED_BITS


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    if len(ask.sends) < MAX_COUNTED_SENDS:
        return from_ms
    memory_ms = ask.knowledge.send_memory_ms
    counted = sorted(
        sent.at_ms
        for sent in ask.sends
        if sent.flags & REMEMBERED_BITS and sent.at_ms > from_ms - memory_ms
    )
    if len(counted) < MAX_COUNTED_SENDS:
        return from_ms
    return counted[len(counted) - MAX_COUNTED_SENDS] + memory_ms


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del ask, channel, from_ms
    return f"{MAX_COUNTED_SENDS} sends are remembered for caps, there is no room for more"


CONSTRAINT = Constraint(
    Reason.SEND_LOG_FULL,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    idle=lambda ask: len(ask.sends) < MAX_COUNTED_SENDS,
)
