"""Which requests are drawn for at their first decision, and how much of the budget is left.

A user's budget counts what went out within a week as an exploration, and what was drawn and still
waits to go out; so it is kept whatever becomes of those that wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tactful.composer.compose import Composer
from tactful.composer.held import Held
from tactful.composer.plan import Slot
from tactful.constraints import Ask
from tactful.exploration import draw, probabilities
from tactful.local_time import DAY_MS
from tactful.policy.model import Exploration
from tactful.sends.log import EXPLORED_BIT, MAX_CLOCK_STEP_BACK_MS, Sent

if TYPE_CHECKING:
    from tactful.composer.round import Round

WEEK_MS = 7 * DAY_MS


class Drawn(NamedTuple):
    """What a draw came to.

    Attributes:
        slot: the channel and moment drawn, None where the best option was.
        propensity: how likely the draw was.
    """

    slot: Slot | None
    propensity: float


NOTHING = Drawn(None, 1.0)
"""The best option, as sure as anything."""


def drawn(ask: Ask, composer: Composer, turn: Round) -> Drawn:
    """Draw among the slots that are allowed; `NOTHING` where no draw may be made.

    Args:
        ask: a request at its first decision.
        composer: what composes it.
        turn: the step, for what waits for the user.
    """
    rules = ask.knowledge.policy.exploration
    if rules is None or not may_be_drawn(ask) or not composer.feasible:
        return NOTHING
    if spent(ask.sends, turn.queue, ask.now_ms) >= rules.budget_per_week:
        return NOTHING
    return _draw(ask, composer, rules)


def spent(sends: Sequence[Sent], queue: Sequence[Held], now_ms: int) -> int:
    """How much of the week's budget is used: what went out, and what was drawn and waits."""
    # A clock may step back, and what it left behind still counts.
    since_ms = now_ms - WEEK_MS - MAX_CLOCK_STEP_BACK_MS
    sent = sum(1 for each in sends if each.flags & EXPLORED_BIT and each.at_ms > since_ms)
    return sent + sum(1 for each in queue if each.drawn_channel is not None)


def may_be_drawn(ask: Ask) -> bool:
    """Whether a draw may choose for it: marketing in no hurry, of no batch and no digest."""
    batched = ask.request.batch_key is not None and ask.kind.policy.batch is not None
    return ask.marketing and not (ask.urgent or ask.in_digest_mode or batched)


def _draw(ask: Ask, composer: Composer, rules: Exploration) -> Drawn:
    slots = composer.slots(rules.max_options)
    if len(slots) < 2:
        return NOTHING
    probs = probabilities([utility for utility, _ in slots], rules.temperature, rules.min_prob)
    found = draw(probs, rules.seed, ask.request.user_id, ask.request.id)
    # The best option's slot is the first.
    return Drawn(slots[found.option][1] if found.option else None, found.propensity)
