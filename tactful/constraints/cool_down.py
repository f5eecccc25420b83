"""Cool-down: after a burst of sends, rest.

A burst is `sends` counted sends of the purposes within less than `within_ms`; the rest counts from
the last of them.
"""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.policy.model import CoolDown
from tactful.records import Reason
from tactful.sends.log import COUNTED_BIT, PURPOSE_BIT


def _ends_ms(rule: CoolDown, ask: Ask, from_ms: int) -> int:
    mask = sum(PURPOSE_BIT[purpose] for purpose in rule.purposes)
    times = sorted(
        sent.at_ms for sent in ask.sends if sent.flags & COUNTED_BIT and sent.flags & mask
    )
    moment = from_ms
    for first, last in zip(times, times[rule.sends - 1 :], strict=False):
        if last - first < rule.within_ms:
            moment = max(moment, last + rule.rest_ms)
    return moment


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    return max((_ends_ms(rule, ask, from_ms) for rule in ask.kind.cool_downs), default=from_ms)


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel
    longest = max(ask.kind.cool_downs, key=lambda rule: _ends_ms(rule, ask, from_ms))
    return f"cool-down {longest.name} after {longest.sends} sends in a row"


CONSTRAINT = Constraint(
    Reason.COOL_DOWN,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    applies=lambda kind: bool(kind.cool_downs),
    idle=lambda ask: not ask.sends,
)
