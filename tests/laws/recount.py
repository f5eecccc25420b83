"""What the ledger says was spent: each send that caps bind, with the counted sends before it.

Counted are all sends but those of `critical` (unless the policy counts them) and those whose slot
another attempt took over. An erasure forgets the sends before it.
"""

from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from interpreter import Life, Step
from profile_model import ProfileModel

from tactful.ids import decision_id
from tactful.policy import Policy, Purpose
from tactful.policy.model import Failover
from tactful.records import Feedback, LedgerEntry, Priority, ProfileUpdate, Verdict
from tactful.sends.log import MAX_CLOCK_STEP_BACK_MS


class Counted(NamedTuple):
    """A send, with its type's purpose when it was sent."""

    at_ms: int
    request_id: str
    attempt: int
    type: str
    purpose: Purpose
    channel: str
    campaign: str | None


class Spent(NamedTuple):
    """A send that caps bind, and what counted when it was decided."""

    send: Counted
    before: list[Counted]
    policy: Policy
    zone: ZoneInfo


def failover_of(policy: Policy, type_name: str) -> Failover | None:
    """The type's rule for further attempts, None without one."""
    kind = policy.types.get(type_name)
    return None if kind is None else kind.failover


def fails(step: Step, entry: LedgerEntry) -> bool:
    """Whether the record of a step says that the attempt before an entry's failed."""
    record = step.record
    rule = failover_of(step.knowledge.policy, entry.type)
    return (
        isinstance(record, Feedback)
        and rule is not None
        and record.outcome.value in [each.value for each in rule.on]
        and record.decision_id == decision_id(entry.user_id, entry.request_id, entry.attempt - 1)
    )


def spent(life: Life, *, forgets: bool = False) -> Iterator[Spent]:
    """The sends that caps bind, in the order they were decided.

    Args:
        life: lived.
        forgets: whether sends are forgotten as soon as the policies on the way allow it.
    """
    model = ProfileModel()
    counted: list[Counted] = []
    begun: set[tuple[str, int]] = set()
    for step in life.steps:
        if not step.duplicate:
            model.apply(step.record)
            if isinstance(step.record, ProfileUpdate) and step.record.erase:
                counted = []
        policy = step.knowledge.policy
        for entry in step.ledger:
            attempt = entry.request_id, entry.attempt
            if attempt not in begun and fails(step, entry):
                taken_over = entry.request_id, entry.attempt - 1
                counted = [each for each in counted if (each[1], each[2]) != taken_over]
            begun.add(attempt)
            if entry.verdict is not Verdict.SEND:
                continue
            assert entry.channel is not None
            send = Counted(
                entry.decided_at_ms,
                *attempt,
                entry.type,
                policy.types[entry.type].purpose,
                entry.channel,
                entry.campaign,
            )
            critical = entry.priority is Priority.CRITICAL
            if not critical:
                yield Spent(send, counted.copy(), policy, model.zone(policy))
            if forgets:
                memory_ms = step.knowledge.send_memory_ms + MAX_CLOCK_STEP_BACK_MS
                counted = [each for each in counted if each.at_ms > step.now_ms - memory_ms]
            if not critical or policy.emergency.counts_for_caps:
                counted.append(send)
