"""Every reason not to send, a file each, behind one interface (`tactful.constraints.base`).

`CONSTRAINTS` is their declared precedence: where several bind alike, the first one is named. A
policy may put others first (`precedence`).
"""

from typing import NamedTuple

from tactful.constraints import (
    batch,
    caps,
    condition,
    conflict,
    consent,
    cool_down,
    fatigue,
    frequency_mode,
    gap,
    holiday,
    not_before,
    pause,
    preference_channel,
    preference_hours,
    preference_type,
    price,
    quiet_hours,
    reachability,
    send_log,
)
from tactful.constraints.base import Ask, Constraint, Rival
from tactful.knowledge import Kind, Knowledge
from tactful.models import Task

CONSTRAINTS: tuple[Constraint, ...] = (
    consent.CONSTRAINT,
    reachability.CONSTRAINT,
    preference_channel.CONSTRAINT,
    preference_type.CONSTRAINT,
    frequency_mode.ONLY_HIGH,
    condition.CONSTRAINT,
    pause.CONSTRAINT,
    not_before.CONSTRAINT,
    batch.CONSTRAINT,
    frequency_mode.DIGEST_HOUR,
    preference_hours.CONSTRAINT,
    conflict.CONSTRAINT,
    caps.PER_USER,
    caps.PER_TYPE,
    caps.PER_CHANNEL,
    caps.PER_CAMPAIGN,
    caps.PER_CATEGORY,
    cool_down.CONSTRAINT,
    gap.CONSTRAINT,
    fatigue.CONSTRAINT,
    send_log.CONSTRAINT,
    holiday.CONSTRAINT,
    quiet_hours.CONSTRAINT,
    price.CONSTRAINT,
)

ENGAGEMENT = Task.ENGAGEMENT.value
REASONS = tuple(each.reason for each in CONSTRAINTS)


class Active(NamedTuple):
    """The constraints that can bind a type, in their precedence.

    Attributes:
        all: all of them.
        by_channel: whether the moments of a timed one differ between channels.
    """

    all: tuple[Constraint, ...]
    by_channel: bool


def of(knowledge: Knowledge, kind: Kind, *, critical: bool) -> Active:
    """The constraints of a type, worked out once per policy."""
    scored = ENGAGEMENT in knowledge.models
    key = kind.name, critical, bool(knowledge.prices), scored
    found: Active | None = knowledge.memo.get(key)
    if found is None:
        first = knowledge.policy.precedence
        order = sorted(
            CONSTRAINTS,
            key=lambda each: first.index(each.reason) if each.reason in first else len(first),
        )
        mine = tuple(
            each
            for each in order
            if each.applies(kind)
            and (each.binds_critical or not critical)
            and (each is not price.CONSTRAINT or knowledge.prices)
            and (each is not fatigue.CONSTRAINT or scored)
        )
        found = Active(mine, any(each.timed and each.by_channel(kind) for each in mine))
        knowledge.memo[key] = found
    return found


__all__ = ["CONSTRAINTS", "REASONS", "Active", "Ask", "Constraint", "Rival", "of"]
