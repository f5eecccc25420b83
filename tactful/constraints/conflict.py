"""Conflict groups: at most one of a group in a window, and the more valuable one goes first.

A send of the group holds the others back for `window_ms`. So does one that waits and goes first
(`Rival.order`): the other follows `window_ms` after its moment, unless it can go that long before
it.
"""

from tactful.constraints.base import Ask, Constraint, Rival
from tactful.knowledge import Channel
from tactful.records import Reason
from tactful.sends.log import COUNTED_BIT


def _taken(ask: Ask) -> list[int]:
    """The moments of the group that others have, in order."""
    tags = ask.kind.conflict_tags
    times = [sent.at_ms for sent in ask.sends if sent.flags & COUNTED_BIT and sent.type_tag in tags]
    times += [rival.due_ms for rival in _stronger(ask)]
    return sorted(times)


def _stronger(ask: Ask) -> list[Rival]:
    tags = ask.kind.conflict_tags
    return [rival for rival in ask.rivals if rival.type_tag in tags and rival.order < ask.order]


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    group = ask.kind.conflict
    if group is None:
        return from_ms
    moment = from_ms
    for taken_ms in _taken(ask):
        if abs(taken_ms - moment) < group.window_ms:
            moment = taken_ms + group.window_ms
    return moment


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel, from_ms
    name = ask.kind.policy.conflict_group
    return f"another notification of the conflict group {name} goes first"


CONSTRAINT = Constraint(
    Reason.CONFLICT,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    applies=lambda kind: kind.conflict is not None,
    idle=lambda ask: not ask.sends and not ask.rivals,
)
