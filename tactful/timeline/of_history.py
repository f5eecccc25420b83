"""A user's history as a picture: the real core lives through it, and each step is drawn."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from tactful.engine.state import UserState
from tactful.history import Lived, Past, live
from tactful.knowledge import Knowledge
from tactful.local_time import HOUR_MS, MINUTE_MS, Zone, format_local, offset_ms
from tactful.records import (
    Event,
    Feedback,
    LedgerEntry,
    Output,
    ProfileUpdate,
    Request,
    Verdict,
)
from tactful.timeline.drawing import Band, Drawing, Look, Mark, Note, Row, Sign, look_of
from tactful.timeline.open_spans import Moment, Shut, Span, open_spans, shut_spans

_SIGNS = {
    Verdict.HOLD: Sign.HELD,
    Verdict.SEND: Sign.SENT,
    Verdict.DIGEST: Sign.SENT,
    Verdict.SUPPRESS: Sign.SILENT,
    Verdict.EXPIRE: Sign.SILENT,
    Verdict.CANCEL: Sign.SILENT,
}


_DATE = re.compile(r" \d{4}-\d\d-\d\d( \d\d:\d\d) \([^)]*\)")
_ENGAGEMENT = re.compile(r" \(engagement [^)]*\)")
"""What a sentence of the ledger says beyond the weekday and the hour that a picture shows."""


class Scene(NamedTuple):
    """Which part of a history is drawn, and how it is introduced.

    Attributes:
        title: the picture's.
        about: what a reader who can't see it is told first.
        zone: whose hours are shown.
        from_ms: where the picture begins.
        to_ms: where it ends.
    """

    title: str
    about: str
    zone: Zone
    from_ms: int
    to_ms: int


class _Step(NamedTuple):
    now_ms: int
    record: Lived | None
    entries: list[LedgerEntry]


def timeline(knowledge: Knowledge, user_id: str, past: Iterable[Past], scene: Scene) -> Drawing:
    """Draw what the composer does with a user's requests.

    The bands are those of the first request that is asked for within the picture: when each
    constraint lets nothing of it go. Green is left where every constraint agrees.

    Args:
        knowledge: the policy.
        user_id: whose history.
        past: all records; those before the picture begins are lived through too.
        scene: what to draw of it.

    Raises:
        ValueError: No request of a type of the policy lies within the picture.
    """
    life: list[Moment] = [Moment(0, UserState(user_id))]
    steps: list[_Step] = []

    def notice(
        state: UserState, record: Lived | None, now_ms: int, outputs: Sequence[Output]
    ) -> None:
        life.append(Moment(now_ms, state))
        told = [each for each in outputs if isinstance(each, LedgerEntry)]
        # A request without a verdict is a copy of one: nothing happens.
        silent = not told and (record is None or isinstance(record, Request))
        if scene.from_ms <= now_ms <= scene.to_ms and not silent:
            steps.append(_Step(now_ms, record, told))

    live(user_id, past, knowledge, until_ms=scene.to_ms, seen=notice)
    entries = [each for step in steps for each in step.entries]
    focus = _first_request(steps, knowledge)
    if focus is None:
        raise ValueError(
            f"picture {scene.title!r}: found no request of a known type within it, allowed: at "
            f"least one whose type is one of {', '.join(knowledge.kinds)}"
        )
    shut = shut_spans(focus, life, knowledge, scene.from_ms, scene.to_ms)
    numbers = {id(step): number for number, step in enumerate(steps, 1)}
    rows = [
        *_clock_rows(scene),
        *_user_rows(steps, numbers),
        *_request_rows(steps, numbers, scene),
        *_constraint_rows(shut, scene),
        *_channel_rows(focus, knowledge, shut, entries, scene),
    ]
    notes = [Note(numbers[id(step)], _told(step, scene.zone)) for step in steps]
    return Drawing(
        scene.title, scene.about, scene.zone, scene.from_ms, scene.to_ms, tuple(rows), tuple(notes)
    )


def _first_request(steps: Sequence[_Step], knowledge: Knowledge) -> Request | None:
    """The first request asked for in the picture, with the priority it was decided with."""
    for step in steps:
        request = step.record
        if isinstance(request, Request) and request.type in knowledge.kinds:
            for entry in step.entries:
                if entry.request_id == request.id:
                    return msgspec.structs.replace(request, priority=entry.priority)
    return None


def _clock_rows(scene: Scene) -> list[Row]:
    """Where clocks change."""
    rows = []
    for at_ms in range(scene.from_ms - scene.from_ms % HOUR_MS, scene.to_ms, HOUR_MS):
        before, after = offset_ms(scene.zone, at_ms - 1), offset_ms(scene.zone, at_ms)
        if before != after:
            way = "forward" if after > before else "back"
            shown = format_local(scene.zone, at_ms)[-5:]
            marks = (Mark(at_ms, Sign.EVENT),)
            rows.append(
                Row(f"clocks go {way} {abs(after - before) // MINUTE_MS} min to {shown}", (), marks)
            )
    return rows


def _user_rows(steps: Sequence[_Step], numbers: dict[int, int]) -> list[Row]:
    marks = tuple(
        Mark(step.now_ms, Sign.EVENT, numbers[id(step)])
        for step in steps
        if isinstance(step.record, Event | Feedback | ProfileUpdate)
    )
    return [Row("the user", (), marks)] if marks else []


def _request_rows(steps: Sequence[_Step], numbers: dict[int, int], scene: Scene) -> Iterator[Row]:
    """A row for each request that gets a verdict in the picture, in the order of the first."""
    told: dict[str, list[tuple[int, LedgerEntry]]] = {}
    for step in steps:
        for entry in step.entries:
            told.setdefault(entry.request_id, []).append((numbers[id(step)], entry))
    for request_id, mine in told.items():
        first = mine[0][1]
        # One mark a step: the last of its verdicts on the request.
        last = dict(mine)
        marks = [
            Mark(entry.decided_at_ms, _SIGNS[entry.verdict], number)
            for number, entry in last.items()
        ]
        life = Band(max(first.requested_at_ms, scene.from_ms), first.expires_at_ms, Look.LIFE)
        yield Row(
            f"{first.type} {request_id}, asked for until it expires",
            (life,),
            (*marks, Mark(first.expires_at_ms, Sign.EXPIRY)),
        )


def _constraint_rows(shut: Sequence[Shut], scene: Scene) -> list[Row]:
    rows = []
    for each in shut:
        groups: dict[tuple[Span, ...], list[str]] = {}
        for channel, spans in each.spans.items():
            if spans:
                groups.setdefault(tuple(spans), []).append(channel)
        for shared, channels in groups.items():
            where = "" if len(channels) == len(each.spans) else f" ({', '.join(channels)})"
            look = look_of(each.constraint.reason)
            bands = tuple(
                Band(start_ms, end_ms, look, _hours(start_ms, end_ms, scene))
                for start_ms, end_ms in shared
            )
            words = {each.because[channel] for channel in channels}
            # The words are of one channel; several have in common only what they are called.
            why = words.pop() if len(words) == 1 else each.constraint.reason.replace("_", " ")
            rows.append(Row(f"shut: {why}{where}", bands))
    return rows


def _channel_rows(
    focus: Request,
    knowledge: Knowledge,
    shut: Sequence[Shut],
    entries: Sequence[LedgerEntry],
    scene: Scene,
) -> list[Row]:
    mine = [each for each in entries if each.request_id == focus.id]
    ended_ms = max((each.decided_at_ms for each in mine if each.verdict.final), default=scene.to_ms)
    end_ms = min(mine[0].expires_at_ms, max(ended_ms, focus.at_ms + 20 * MINUTE_MS))
    if mine[0].verdict is Verdict.SUPPRESS:
        end_ms = mine[0].expires_at_ms
    rows = []
    for channel in knowledge.policy.types[focus.type].channels:
        bands = tuple(
            Band(start_ms, stop_ms, Look.OPEN, "open")
            for start_ms, stop_ms in open_spans(shut, channel, focus.at_ms, end_ms)
        )
        marks = [
            Mark(each.earliest_ms, Sign.EARLIEST)
            for each in mine[0].considered
            if each.channel == channel and each.earliest_ms is not None
        ]
        chosen = {
            each.reconsider_at_ms or each.decided_at_ms
            for each in mine
            if each.channel == channel and each.verdict in {Verdict.HOLD, Verdict.SEND}
        }
        marks += [Mark(at_ms, Sign.CHOSEN) for at_ms in sorted(chosen)]
        rows.append(Row(channel, bands, tuple(marks)))
    return rows


def _hours(start_ms: int, end_ms: int, scene: Scene) -> str:
    if (start_ms, end_ms) == (scene.from_ms, scene.to_ms):
        return "all the time"
    zone = scene.zone
    return f"{format_local(zone, start_ms)[-5:]} to {format_local(zone, end_ms)[-5:]}"


def _told(step: _Step, zone: Zone) -> str:
    """One step in words: what came, and what was decided."""
    parts = [format_local(zone, step.now_ms)[:3] + format_local(zone, step.now_ms)[-6:]]
    match step.record:
        case Request() as request:
            parts.append(f"{request.type} {request.id} is asked for")
        case Event() as event:
            where = "" if event.channel is None else f" in {event.channel}"
            parts.append(f"the user is there ({event.name}{where})")
        case Feedback() as feedback:
            parts.append(f"{feedback.channel} says: {feedback.outcome}")
        case ProfileUpdate():
            parts.append("the profile changes")
        case None:
            pass
    text = ", ".join(parts)
    for entry in step.entries:
        why = _ENGAGEMENT.sub("", _DATE.sub(r"\1", entry.explanation))
        text += f"; {entry.request_id} {why}. [{entry.verdict}, {entry.reason}]"
    return text
