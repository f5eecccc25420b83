"""Telling what a window has come to: its example, and the correction of one told before."""

from tactful.engine.context import Context
from tactful.features import Places, correct_label, record_label
from tactful.ids import tag
from tactful.labels import outcomes, section
from tactful.labels.examples import example_of, labels_of
from tactful.labels.section import Status, Windows

WAITING_FOR_EVENTS = section.HAS_HOLDBACK | section.HAS_CHURNED
"""Flags of windows that an event may answer."""


def tell(context: Context, windows: Windows, start: int, status: Status) -> None:
    """Emit the example of an open window, and close it."""
    windows.change(start, status._replace(flags=status.flags | section.CLOSED))
    window = windows.window(start)
    context.outputs.append(example_of(window, context.user_id, context.now_ms))
    if status.kind == section.SEND:
        places = record_label(
            context,
            tag(window.words.channel),
            tag(window.words.type),
            engaged=outcomes.engaged(status.seen),
            negative=outcomes.negative(status.seen),
        )
        windows.place(start, places)


def correct(context: Context, windows: Windows, start: int, seen: int) -> None:
    """Tell a window again that was told before."""
    status = windows.status(start)
    before = windows.window(start)
    windows.change(start, status._replace(seen=seen, revision=status.revision + 1))
    window = windows.window(start)
    told = labels_of(before, status.seen)
    context.outputs.append(example_of(window, context.user_id, context.now_ms, told))
    if status.kind == section.SEND:
        correct_label(
            context,
            tag(window.words.channel),
            tag(window.words.type),
            Places._make(window.places),
            engaged=outcomes.engaged(seen) - outcomes.engaged(status.seen),
            negative=outcomes.negative(seen) - outcomes.negative(status.seen),
        )


def settle(windows: Windows) -> None:
    """Bring the head up to date with the windows that are left."""
    due_ms = 0
    flags = windows.flags & ~WAITING_FOR_EVENTS
    for start in windows.starts():
        status = windows.status(start)
        if status.kind == section.HOLDBACK:
            flags |= section.HAS_HOLDBACK
        if not status.flags & section.CLOSED:
            window_due_ms = windows.due_of(start)
            due_ms = min(due_ms or window_due_ms, window_due_ms)
        elif status.kind == section.CHURN:
            flags |= section.HAS_CHURNED
    windows.due_ms = due_ms
    windows.flags = flags
