"""`step`: one record of one user in, the effects out. Pure: no clock, no I/O, no randomness.

A new capability is a folder with a part, a section at the end of `Section`, and a line in `PARTS`.
"""

from typing import NamedTuple

from tactful.activity import part as activity
from tactful.composer import part as composer
from tactful.dedup import part as dedup
from tactful.engagement import part as engagement
from tactful.engine.context import Context, Part
from tactful.engine.state import Section, UserState
from tactful.knowledge import Knowledge
from tactful.labels import part as labels
from tactful.profile import part as profile
from tactful.records import Event, Feedback, Input, Output, ProfileUpdate, Request, Wakeup
from tactful.snapshot import part as snapshot

PARTS: tuple[Part, ...] = (dedup, profile, activity, engagement, labels, composer, snapshot)
"""In order: a record is deduplicated first, and the snapshot sees what all others did."""

_LINES = {
    kind: tuple(part.handle for part in PARTS if kind in part.HANDLES)
    for kind in (Event, Request, Feedback, ProfileUpdate, Wakeup)
}
_WAKEUPS = (labels.next_wakeup_ms, composer.next_wakeup_ms, snapshot.next_wakeup_ms)
"""The parts that ever want to be woken; a test asks all of them."""
_WAKING = sum(
    1 << section for section in (Section.HELD, Section.ATTEMPTS, Section.SNAPSHOT, Section.LABELS)
)
"""Their sections."""


class Effects(NamedTuple):
    """What one step did.

    Attributes:
        outputs: records to emit, in order.
        next_wakeup_ms: when a `Wakeup` must come at the latest, None for never.
        state: the new state; the same object as before when nothing changed.
        duplicate: whether the record was one already seen.
    """

    outputs: list[Output]
    next_wakeup_ms: int | None
    state: UserState
    duplicate: bool


def step(state: UserState, record: Input, now_ms: int, knowledge: Knowledge) -> Effects:
    """Take one record into one user's life.

    Args:
        state: the user's state; never changed.
        record: a decoded record of this user, or a `Wakeup` for a timer that fired.
        now_ms: the clock, epoch milliseconds.
        knowledge: policy and models.
    """
    context = Context(state, now_ms, knowledge)
    for handle in _LINES[type(record)]:
        if not handle(context, record):
            break
    if not context.changed:
        return Effects(context.outputs, state.wakeup_ms, state, context.duplicate)
    sections = context.sections
    wakeup_ms = state.wakeup_ms
    if context.changed & _WAKING:
        wakeup_ms = None
        for next_wakeup_ms in _WAKEUPS:
            due = next_wakeup_ms(sections)
            if due is not None and (wakeup_ms is None or due < wakeup_ms):
                wakeup_ms = due
    return Effects(
        context.outputs,
        wakeup_ms,
        UserState(state.user_id, sections, wakeup_ms),
        context.duplicate,
    )
