"""When each constraint shuts the way for a request: asked of the constraints themselves, in steps.

For pictures only: the composer jumps from edge to edge, and never looks at what lies between.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tactful.composer.held import Held
from tactful.composer.round import Round
from tactful.constraints import Ask, Constraint, of
from tactful.engine.context import Context
from tactful.engine.state import UserState
from tactful.knowledge import Knowledge
from tactful.local_time import MINUTE_MS
from tactful.records import Priority, Request

_STEP_MS = 5 * MINUTE_MS

Span = tuple[int, int]


class Moment(NamedTuple):
    """The user's state from a moment on."""

    from_ms: int
    state: UserState


class Shut(NamedTuple):
    """When one constraint stands against a request.

    Attributes:
        constraint: which one.
        because: the same in words, by channel.
        spans: by channel, the spans in which it lets nothing go.
    """

    constraint: Constraint
    because: dict[str, str]
    spans: dict[str, list[Span]]


def shut_spans(
    request: Request, life: Sequence[Moment], knowledge: Knowledge, from_ms: int, to_ms: int
) -> list[Shut]:
    """When what stands against a request, by constraint, in their precedence.

    Args:
        request: the request; its priority settled.
        life: the user's states in the order of time.
        knowledge: policy and models.
        from_ms: where to begin.
        to_ms: where to end.
    """
    kind = knowledge.kinds[request.type]
    channels = [
        each for each in kind.channels if request.channels is None or each.name in request.channels
    ]
    found: list[Shut] = []
    pieces = [
        (max(from_ms, moment.from_ms), min(to_ms, end_ms), moment.state)
        for moment, end_ms in zip(life, [*(m.from_ms for m in life[1:]), to_ms], strict=True)
        if moment.from_ms < to_ms and end_ms > from_ms
    ]
    asks = [
        (start_ms, end_ms, _ask(request, state, start_ms, knowledge))
        for start_ms, end_ms, state in pieces
        if end_ms > start_ms
    ]
    critical = request.priority is Priority.CRITICAL
    for constraint in of(knowledge, kind, critical=critical).all:
        spans: dict[str, list[Span]] = {each.name: [] for each in channels}
        because: dict[str, str] = {}
        reaches: dict[str, bool] = {}  # by channel: whether it is shut beyond the piece before
        for start_ms, end_ms, ask in asks:
            for channel in channels:
                at_ms = start_ms
                joined = reaches.get(channel.name, False)
                while at_ms < end_ms:
                    free_ms = constraint.earliest_ms(ask, channel, at_ms)
                    if free_ms == at_ms:
                        joined = False
                        at_ms += _STEP_MS - at_ms % _STEP_MS
                        continue
                    if channel.name not in because:
                        because[channel.name] = constraint.because(ask, channel, at_ms)
                    until_ms = end_ms if free_ms is None else min(free_ms, end_ms)
                    cut = joined and at_ms == start_ms
                    _append(spans[channel.name], (at_ms, until_ms), joined=cut)
                    joined = free_ms is None or free_ms > until_ms
                    at_ms = until_ms
                reaches[channel.name] = joined
        if any(spans.values()):
            found.append(Shut(constraint, because, spans))
    return found


def open_spans(shut: Sequence[Shut], channel: str, from_ms: int, to_ms: int) -> list[Span]:
    """When nothing stands against the request on a channel."""
    closed = sorted(span for each in shut for span in each.spans.get(channel, []))
    found: list[Span] = []
    at_ms = from_ms
    for start_ms, end_ms in closed:
        if start_ms > at_ms:
            found.append((at_ms, min(start_ms, to_ms)))
        at_ms = max(at_ms, end_ms)
        if at_ms >= to_ms:
            break
    if at_ms < to_ms:
        found.append((at_ms, to_ms))
    return [span for span in found if span[1] > span[0]]


def _append(spans: list[Span], span: Span, *, joined: bool) -> None:
    if joined and spans and spans[-1][1] == span[0]:
        spans[-1] = spans[-1][0], span[1]
    else:
        spans.append(span)


def _ask(request: Request, state: UserState, now_ms: int, knowledge: Knowledge) -> Ask:
    turn = Round(Context(state, now_ms, knowledge))
    waiting = next((each for each in turn.queue if each.request.id == request.id), None)
    if waiting is None:
        waiting = Held(request, min(now_ms, request.at_ms))
    return turn.ask_of(waiting, knowledge.kinds[request.type])
