"""What takes the point from requests that wait: an event, or the user's erasure."""

from tactful.composer.held import Held
from tactful.composer.ledger import close
from tactful.composer.round import Round
from tactful.conditions import cancels
from tactful.records import Event, Reason, Verdict


def by_event(turn: Round, event: Event) -> None:
    """Cancel the requests that the policy says an event answers, if asked for before it."""
    types = turn.context.knowledge.cancelled_by[event.name]

    def cancelled(each: Held) -> bool:
        rules = types.get(each.request.type, ())
        return each.request.at_ms <= event.at_ms and any(
            cancels(rule.when, event, each.request) for rule in rules
        )

    for each in [each for each in turn.queue if cancelled(each)]:
        turn.drop(each)
        close(
            turn.context,
            each,
            Verdict.CANCEL,
            Reason.CANCELLED_BY_EVENT,
            f"cancelled: the user did what it was about ({event.name})",
        )
    turn.watch([each for each in turn.watched if not cancelled(each)])


def erase(turn: Round) -> None:
    """Cancel all that waits, and watch nothing any more."""
    for each in list(turn.queue):
        turn.drop(each)
        close(turn.context, each, Verdict.CANCEL, Reason.ERASED, "cancelled: the user was erased")
    turn.watch([])
