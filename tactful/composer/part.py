"""Part: decide each request, and go on deciding about what waits whenever its user's life moves.

What each kind of record sets off is here; how a verdict is reached is in `round` and `compose`.
"""

from tactful.composer import attempts, cancelling, held
from tactful.composer.round import Round
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.records import Event, Feedback, Input, ProfileUpdate, Request, Wakeup

HANDLES: tuple[type, ...] = (Event, Request, Feedback, ProfileUpdate, Wakeup)


def handle(context: Context, record: Input) -> bool:
    """Bring what waits up to date with the record, then decide the record if it is a request."""
    queue = context.sections[Section.HELD]
    watched = context.sections[Section.ATTEMPTS]
    if not queue and not watched:
        if type(record) is Request:
            turn = Round(context)
            turn.ask(record)
            turn.close()
        return True
    turn = Round(context)
    if type(record) is ProfileUpdate and record.erase:
        cancelling.erase(turn)
    else:
        if type(record) is Event and record.name in context.knowledge.cancelled_by:
            cancelling.by_event(turn, record)
        if type(record) is Feedback:
            attempts.answered(turn, record)
        if watched and held.head(watched).due_ms <= context.now_ms:
            attempts.due(turn)
        if queue:
            _reconsider(turn, record, queue)
        if type(record) is Request:
            turn.ask(record)
    turn.close()
    return True


def next_wakeup_ms(sections: list[bytes]) -> int | None:
    """When the first held request is due, or the first watched attempt escalates or ends."""
    dues = [held.next_due_ms(sections[each]) for each in (Section.HELD, Section.ATTEMPTS)]
    return min((due for due in dues if due is not None), default=None)


def _reconsider(turn: Round, record: Input, queue: bytes) -> None:
    """Decide again what may have another answer now (docs/composer.md, "What waits is alive")."""
    context = turn.context
    head = held.head(queue)
    if (
        context.settings_changed
        or type(record) is ProfileUpdate
        or head.policy_mark != context.knowledge.policy_mark
    ):
        turn.decide_again(turn.queue)
        return
    present = type(record) is Event and head.eager
    if present or head.due_ms <= context.now_ms:
        turn.decide_again(
            [
                each
                for each in turn.queue
                if each.due_ms <= context.now_ms or (present and each.eager)
            ]
        )
