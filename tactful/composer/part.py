"""Part: decide each request, and go on deciding about what waits whenever its user's life moves.

What each kind of record sets off is here; how a verdict is reached is in `round` and `compose`.
"""

from tactful.composer import attempts, cancelling, held
from tactful.composer.round import Round
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.local_time import MINUTE_MS
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
    now_ms = context.now_ms
    shows_up = head.eager and type(record) is Event and _shows_up(context, record)
    if not shows_up and head.due_ms > now_ms:
        return
    again = [
        each
        for each in turn.queue
        if each.due_ms <= now_ms or (shows_up and each.eager and each.free_ms <= now_ms)
    ]
    if again:
        turn.decide_again(again)


def _shows_up(context: Context, event: Event) -> bool:
    """Whether a user is there now who was not, or stays for a further minute.

    Within a minute of their presence nothing changes that a moment before did not know.
    """
    now_ms, before_ms = context.now_ms, context.seen_before_ms
    presence_ms = context.knowledge.policy.timing.presence_ms
    if now_ms - max(before_ms, event.at_ms) > presence_ms:
        return False  # a record that comes late: they were there, and may be gone
    stays = before_ms > 0 and now_ms - before_ms <= presence_ms
    return not stays or now_ms // MINUTE_MS != before_ms // MINUTE_MS
