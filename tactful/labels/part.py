"""Part: wait for what comes of each decision, and emit it as an example with what was known then.

Three kinds of window (docs/features.md): the answer to a send, whether the user goes away (churn),
and the event of a holdback. A window is told when it is due or can't change any more for the
better, and remembered for `LATE_MS` after it was due: what comes late is told as a correction.
"""

from collections.abc import Mapping

from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.features import dosage_at, take_back_send, user_features
from tactful.knowledge import Channel, Kind
from tactful.labels import outcomes, section
from tactful.labels.examples import known_of, models_word
from tactful.labels.section import Window, Windows, Words
from tactful.labels.telling import WAITING_FOR_EVENTS, correct, settle, tell
from tactful.local_time import DAY_MS
from tactful.records import Event, Feedback, Input, Outcome, ProfileUpdate, Request, Wakeup

HANDLES: tuple[type, ...] = (Event, Request, Feedback, ProfileUpdate, Wakeup)

LATE_MS = 7 * DAY_MS
"""For so long after a window was due, what comes late corrects its example."""

CHURN_MS = 30 * DAY_MS
"""So long without any event, and a user has gone away."""

CHURNED_ENOUGH = 2
"""After so many churn windows in a row without any event, the next event opens the next one."""

_NO_KEY = bytes(16)
_NO_PLACES = (0, 0, 0)


def handle(context: Context, record: Input) -> bool:
    """Tell what is due, then note what the record says of what still waits."""
    packed = context.sections[Section.LABELS]
    kind = type(record)
    if not packed:
        if kind is Event:
            _open_churn(context)
        return True
    _, flags, _, _, _, due_ms, churn_opened_ms = section.read_head(packed)
    if due_ms and due_ms <= context.now_ms:
        _tell_due(context)
        _, flags, _, _, _, _, churn_opened_ms = section.read_head(context.sections[Section.LABELS])
    if kind is Event:
        assert isinstance(record, Event)
        if flags & WAITING_FOR_EVENTS:
            _note_event(context, record)
        if not flags & section.HAS_CHURN:
            _open_churn(context)
        elif not flags & section.CAME_BACK and record.at_ms > churn_opened_ms:
            context.write(Section.LABELS, section.note_return(context.sections[Section.LABELS]))
    elif kind is Feedback:
        assert isinstance(record, Feedback)
        _note_outcome(context, record)
    return True


def next_wakeup_ms(sections: list[bytes]) -> int | None:
    """When the first window is due."""
    packed = sections[Section.LABELS]
    return (section.read_head(packed)[5] or None) if packed else None


def open_window(
    context: Context,
    *,
    decision_id: str,
    channel: Channel,
    kind: Kind,
    segment: str,
    features: Mapping[str, float],
    propensity: float,
) -> None:
    """Wait for the answer to a send of now; the composer calls this as it sends.

    Args:
        context: the step.
        decision_id: of the send.
        channel: on which it goes out; its `label_window_ms` is how long the answer counts.
        kind: its notification type.
        segment: of the user (`tactful.features.segments`).
        features: what was known for this channel and moment.
        propensity: the probability with which the choice was made.
    """
    due_ms = context.now_ms + channel.label_window_ms
    _open(context, section.SEND, decision_id, due_ms, kind, segment, features, channel, propensity)


def open_holdback(
    context: Context,
    *,
    decision_id: str,
    kind: Kind,
    group: str,
    segment: str,
    features: Mapping[str, float],
    propensity: float = 1.0,
) -> None:
    """Wait for the event of a type's holdback; nothing where the type has none.

    Args:
        context: the step.
        decision_id: of the send, or of the request that was held back.
        kind: its notification type.
        group: `treated`, or `control` for a user who was held back.
        segment: of the user.
        features: what was known.
        propensity: the probability of this group.
    """
    rule = kind.policy.holdback
    if rule is not None:
        _open(
            context,
            section.HOLDBACK,
            decision_id,
            context.now_ms + rule.window_ms,
            kind,
            segment,
            features,
            propensity=propensity,
            flags=section.CONTROL if group == "control" else 0,
            event=rule.event,
        )


def _open(
    context: Context,
    which: int,
    decision_id: str,
    due_ms: int,
    kind: Kind,
    segment: str,
    features: Mapping[str, float],
    channel: Channel | None = None,
    propensity: float = 1.0,
    flags: int = 0,
    event: str = "",
) -> None:
    windows = Windows(context.sections[Section.LABELS])
    _make_room(context, windows)
    channel_name = "" if channel is None else channel.name
    known = known_of(features, kind.name, channel_name)
    windows.append(
        Window(
            bytes.fromhex(decision_id),
            which,
            flags | known.flags,
            known.hour,
            0,
            0,
            Words(
                context.knowledge.policy.version,
                models_word(context.knowledge.model_versions),
                segment,
                kind.name,
                channel_name,
                event,
                known.extras,
            ),
            context.now_ms,
            due_ms,
            propensity,
            _NO_PLACES,
            known.known,
            known.values,
        )
    )
    if which == section.HOLDBACK:
        windows.flags |= section.HAS_HOLDBACK
    context.write(Section.LABELS, windows.packed())


def _open_churn(context: Context, windows: Windows | None = None) -> None:
    """Ask whether the user will be gone; writes unless it was given the windows."""
    changed = Windows(context.sections[Section.LABELS]) if windows is None else windows
    now_ms = context.now_ms
    of_user = user_features(context.sections, now_ms, context.knowledge)
    known = known_of({**of_user.user, "dosage": dosage_at(of_user, now_ms)}, "", "")
    changed.append(
        Window(
            _NO_KEY,
            section.CHURN,
            0,
            known.hour,
            0,
            0,
            Words(
                context.knowledge.policy.version,
                models_word(context.knowledge.model_versions),
                of_user.segment,
            ),
            now_ms,
            now_ms + CHURN_MS,
            1.0,
            _NO_PLACES,
            known.known,
            known.values,
        )
    )
    changed.flags = changed.flags & ~section.CAME_BACK | section.HAS_CHURN
    changed.churn_opened_ms = now_ms
    if windows is None:
        changed.churned = 0
        context.write(Section.LABELS, changed.packed())


def _make_room(context: Context, windows: Windows) -> None:
    """Forget what is too old; if that is not enough, what was told, then what was opened first."""
    gone = [start for start in windows.starts() if _forgotten(windows, start, context.now_ms)]
    windows.remove(gone)
    counted = [start for start in windows.starts() if windows.status(start).kind != section.CHURN]
    surplus = len(counted) + 1 - context.knowledge.policy.limits.label_windows
    if surplus > 0:
        counted.sort(key=lambda start: not windows.status(start).flags & section.CLOSED)
        for start in counted[:surplus]:
            status = windows.status(start)
            if not status.flags & section.CLOSED:
                tell(context, windows, start, status)
        windows.remove(counted[:surplus])
    if gone or surplus > 0:
        settle(windows)


def _forgotten(windows: Windows, start: int, now_ms: int) -> bool:
    closed = windows.status(start).flags & section.CLOSED
    return bool(closed) and windows.due_of(start) + LATE_MS < now_ms


def _tell_due(context: Context) -> None:
    """Tell all that is due, in the order of their dues."""
    windows = Windows(context.sections[Section.LABELS])
    now_ms = context.now_ms
    due = [
        start
        for start in windows.starts()
        if windows.due_of(start) <= now_ms and not windows.status(start).flags & section.CLOSED
    ]
    due.sort(key=windows.due_of)
    gone = []
    next_churn = False
    for start in due:
        status = windows.status(start)
        if status.kind == section.CHURN:
            came_back = bool(windows.flags & section.CAME_BACK)
            status = status._replace(seen=int(came_back))
            windows.flags &= ~(section.HAS_CHURN | section.CAME_BACK)
            windows.churned = 0 if came_back else windows.churned + 1
            next_churn = windows.churned < CHURNED_ENOUGH
        tell(context, windows, start, status)
        if status.kind != section.SEND and status.seen:
            gone.append(start)
    gone += [start for start in windows.starts() if _forgotten(windows, start, now_ms)]
    windows.remove(gone)
    settle(windows)
    if next_churn:
        _open_churn(context, windows)
    context.write(Section.LABELS, windows.packed())


def _note_outcome(context: Context, feedback: Feedback) -> None:
    outcome = feedback.outcome
    if outcome is Outcome.DELIVERED:
        return
    key = _key_of(feedback.decision_id)
    packed = context.sections[Section.LABELS]
    start = None if key is None else section.find(packed, key)
    if start is None:
        return
    status = section.status_of(packed, start)
    closed = bool(status.flags & section.CLOSED)
    if outcome in outcomes.NOT_SEEN:
        if not closed and not status.seen:
            _drop(context, Windows(packed), start)
        return
    seen = status.seen | outcomes.BITS[outcome]
    due_ms = section.due_of(packed, start)
    happened_late = outcome in outcomes.ENGAGING and feedback.at_ms > due_ms
    forgotten = closed and due_ms + LATE_MS < context.now_ms
    if seen == status.seen or happened_late or forgotten:
        return
    status = status._replace(seen=seen)
    if not closed and outcome is not Outcome.CONVERTED:
        context.write(Section.LABELS, section.noted(packed, start, status))
        return
    windows = Windows(packed)
    if closed:
        correct(context, windows, start, seen)
    else:
        tell(context, windows, start, status)
        settle(windows)
    context.write(Section.LABELS, windows.packed())


def _drop(context: Context, windows: Windows, start: int) -> None:
    """Nobody saw the send: there is nothing to learn from it, and it tires nobody."""
    take_back_send(context, windows.window(start).opened_ms)
    windows.remove((start,))
    settle(windows)
    context.write(Section.LABELS, windows.packed())


def _note_event(context: Context, event: Event) -> None:
    """An event that a holdback, or a user who was told as gone, has waited for."""
    windows = Windows(context.sections[Section.LABELS])
    gone = []
    for start in windows.starts():
        status = windows.status(start)
        due_ms = windows.due_of(start)
        closed = bool(status.flags & section.CLOSED)
        if (
            status.kind == section.SEND
            or event.at_ms > due_ms
            or (closed and due_ms + LATE_MS < context.now_ms)
        ):
            continue
        if status.kind == section.CHURN:
            if closed and event.at_ms > windows.window(start).opened_ms:
                correct(context, windows, start, 1)
                gone.append(start)
            continue
        window = windows.window(start)
        if window.words.event != event.name or event.at_ms < window.opened_ms:
            continue
        if closed:
            correct(context, windows, start, 1)
        else:
            tell(context, windows, start, status._replace(seen=1))
        gone.append(start)
    if gone:
        windows.remove(gone)
        settle(windows)
        context.write(Section.LABELS, windows.packed())


def _key_of(decision_id: str) -> bytes | None:
    """The bytes of a decision's id, None for a text that is none of ours."""
    try:
        key = bytes.fromhex(decision_id)
    except ValueError:
        return None
    return key if key.hex() == decision_id and len(key) == len(_NO_KEY) else None
