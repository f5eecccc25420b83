"""Failover and escalation: the next channel after one that failed, or that nobody opened.

A send whose type has `failover` is watched: kept with its request until it is answered, its
attempts are used up, or its time is over. At most `limits.tracked_attempts` are watched for a user;
beyond that the oldest is let go.
"""

from tactful.composer.held import Held
from tactful.composer.ledger import close, ends_ms
from tactful.composer.round import Round
from tactful.engine.state import Section
from tactful.ids import decision_id, mark
from tactful.policy.model import Failover, FailoverOutcome
from tactful.records import Feedback, Outcome, Reason, Verdict
from tactful.sends import log

_ANSWERS = frozenset(
    {
        Outcome.OPENED,
        Outcome.CLICKED,
        Outcome.CONVERTED,
        Outcome.DISMISSED,
        Outcome.UNSUBSCRIBED,
        Outcome.COMPLAINED,
    }
)
"""The user has seen it: no other attempt is made."""


def answered(turn: Round, feedback: Feedback) -> None:
    """End the attempts that the feedback answers, or make the next one where it says failed."""
    for each in list(turn.watched):
        number = _attempt_of(turn, each, feedback.decision_id)
        if number is None:
            continue
        rule = _rule(turn, each)
        if rule is None or _ends(feedback.outcome, rule):
            turn.watch([other for other in turn.watched if other is not each])
        elif number == each.attempt and _fails(feedback.outcome, rule):
            _next(turn, each, Reason.FAILOVER)
    if feedback.outcome not in _ANSWERS and feedback.outcome is not Outcome.DELIVERED:
        return
    for each in list(turn.queue):
        if each.attempt > 1 and _attempt_of(turn, each, feedback.decision_id) is not None:
            rule = _rule(turn, each)
            if rule is None or _ends(feedback.outcome, rule):
                turn.drop(each)
                close(
                    turn.context,
                    each,
                    Verdict.CANCEL,
                    Reason.ANSWERED,
                    f"cancelled: an earlier attempt was {feedback.outcome}",
                )


def due(turn: Round) -> None:
    """Make the next attempt of each that nobody opened in time; let go those whose time is over."""
    now_ms = turn.context.now_ms
    for each in list(turn.watched):
        if each.due_ms <= now_ms and each.why is Reason.ESCALATION:
            _next(turn, each, Reason.ESCALATION)
        elif each.due_ms <= now_ms:
            turn.watch([other for other in turn.watched if other is not each])


def _next(turn: Round, sent: Held, why: Reason) -> None:
    turn.watch([other for other in turn.watched if other is not sent])
    rule = _rule(turn, sent)
    if rule is None or sent.attempt >= rule.max_attempts:
        return
    now_ms = turn.context.now_ms
    if now_ms > ends_ms(turn.context, sent):
        return
    if why is Reason.FAILOVER:
        _give_back(turn, decision_id(turn.context.user_id, sent.request.id, sent.attempt))
    turn.decide(
        sent._replace(
            due_ms=0,
            score=0.0,
            holds=0,
            free_ms=0,
            told=0,
            attempt=sent.attempt + 1,
            why=why,
        )
    )


def _attempt_of(turn: Round, each: Held, wanted: str) -> int | None:
    """Which attempt of a request a decision id is, None for none of those made."""
    for number in range(each.attempt, 0, -1):
        if decision_id(turn.context.user_id, each.request.id, number) == wanted:
            return number
    return None


def _rule(turn: Round, each: Held) -> Failover | None:
    kind = turn.context.knowledge.kinds.get(each.request.type)
    return None if kind is None else kind.policy.failover


def _ends(outcome: Outcome, rule: Failover) -> bool:
    if outcome is Outcome.DELIVERED:
        return rule.unopened_after_ms is None
    return outcome in _ANSWERS


def _fails(outcome: Outcome, rule: Failover) -> bool:
    return outcome.value in {each.value for each in rule.on} & {
        each.value for each in FailoverOutcome
    }


def _give_back(turn: Round, sent_id: str) -> None:
    """The next attempt takes over the slot of the one that failed."""
    context = turn.context
    context.write(Section.SENDS, log.uncounted(context.sections[Section.SENDS], mark(sent_id)))
