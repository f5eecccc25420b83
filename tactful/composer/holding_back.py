"""Holdbacks at work: what would be sent for the first time is not, for those who are held back.

Both groups are looked at where the send is due, so that they are eligible alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tactful.composer.held import Held
from tactful.composer.ledger import close
from tactful.constraints import Ask
from tactful.engine.state import Section
from tactful.holdback import CONTROL, begun, group_of, has_begun
from tactful.ids import decision_id
from tactful.knowledge import Channel, Kind
from tactful.labels.part import open_holdback
from tactful.policy import Purpose
from tactful.records import Considered, Counterfactual, Reason, Verdict

if TYPE_CHECKING:
    from tactful.composer.round import Round


def group(user_id: str, kind: Kind) -> str | None:
    """The group of a user for a type, None for a type without a holdback."""
    rules = kind.policy.holdback
    if rules is None or kind.purpose is Purpose.TRANSACTIONAL:
        return None
    return group_of(user_id, kind.name, rules.salt, rules.share)


def keeps(turn: Round, ask: Ask, channel: Channel, waiting: Held, told: list[Considered]) -> bool:
    """Whether a send that is due is held back; if so its final verdict is told.

    Args:
        turn: the step.
        ask: the request whose send is due now.
        channel: where it would go.
        waiting: the same request; further attempts follow what the first one did.
        told: how its channels did.
    """
    if waiting.attempt > 1 or ask.critical:
        return False
    mine = group(turn.context.user_id, ask.kind)
    if mine is None:
        return False
    rules = ask.kind.policy.holdback
    assert rules is not None
    context, name = turn.context, ask.kind.name
    trials = context.sections[Section.TRIALS]
    if not has_begun(trials, name, rules.salt):
        context.write(Section.TRIALS, begun(trials, name, rules.salt))
        open_holdback(
            context,
            decision_id=decision_id(context.user_id, waiting.request.id),
            kind=ask.kind,
            group=mine,
            segment=turn.features.segment,
            features=turn.features_of(ask, channel),
            propensity=rules.share if mine == CONTROL else 1.0 - rules.share,
        )
    if mine != CONTROL:
        return False
    close(
        turn.context,
        waiting,
        Verdict.SUPPRESS,
        Reason.HOLDBACK,
        f"not sent: the user is among the {rules.share:.1%} who never get {ask.kind.name}, so that "
        f"its effect is known; without that it would go now on {channel.name}",
        told,
        counterfactual=Counterfactual(
            Reason.HOLDBACK, Verdict.SEND, channel.name, turn.context.now_ms
        ),
    )
    return True
