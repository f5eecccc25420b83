"""Dead letters: what was refused and why, one record at a time, and sending chosen ones back."""

from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.auditing import audited
from api.auth import Principal, Scope, allow
from api.kafka.letters import place_of
from api.pages.console.access import page
from api.pages.console.wording import local
from api.pages.shared import form_of
from api.problems import Problem, not_found
from api.routes.common import services_of
from api.services import Services
from schemas.audit import AuditAction
from schemas.replaying import STAGES, NotReplayableError, Replay, fault_of, replay_of
from tactful.local_time import zone_named
from tactful.records import DeadLetter, DeadLetterReason, RecordKind

router = APIRouter(prefix="/console/dead-letters")

SHOWN = 100
MOST_AT_ONCE = 100
_PAYLOAD_CHARS = 20_000
_MASK = "(hidden)"
_ODD = "\N{REPLACEMENT CHARACTER}"
_UTC, _ = zone_named("UTC", "UTC")
_clock = local(_UTC)

Name = Annotated[str | None, Query(max_length=256)]


class Sent(NamedTuple):
    """What became of one chosen letter: sent back, or why not."""

    place: str
    done: bool
    said: str


@router.get("")
async def show(
    request: Request,
    who: Annotated[Principal, allow(Scope.OPERATIONS_READ)],
    reason: Name = None,
    topic: Name = None,
) -> Response:
    """The newest letters. What was found may be personal: it is for those who may send it back."""
    return _list(request, who, reason or None, topic or None)


@router.get("/letter")
async def letter(
    request: Request,
    who: Annotated[Principal, allow(Scope.OPERATIONS_WRITE)],
    place: Annotated[str, Query(max_length=512)] = "",
) -> Response:
    """One record with its payload; looking at it is recorded."""
    services = services_of(request)
    found = services.letters.get(place)
    if found is None:
        raise not_found("This dead letter is no longer at hand.")
    _record(request, services, who, [found], AuditAction.READ)
    payload, truncated = payload_of(found, contact=who.may(Scope.CONTACT_READ))
    return page(
        request,
        who,
        "letter.html",
        row=row_of(services, found, found_too=True),
        key=found.key,
        payload=payload,
        truncated=truncated,
        size=len(found.value),
    )


@router.post("/replay")
async def replay(
    request: Request, who: Annotated[Principal, allow(Scope.OPERATIONS_WRITE)]
) -> Response:
    """Ask whether the chosen records are really to be sent back; with `confirmed`, send them."""
    services = services_of(request)
    form = await form_of(request)
    places = list(dict.fromkeys(form.get("place", [])))[:MOST_AT_ONCE]
    chosen = [(p, found) for p in places if (found := services.letters.get(p)) is not None]
    if not chosen:
        return _list(request, who, None, None, trouble="Choose at least one record.", status=422)
    _record(request, services, who, [found for _, found in chosen], AuditAction.READ)
    if form.get("confirmed") != ["yes"]:
        asked = [(place, found, _asked(services, found)) for place, found in chosen]
        rows = [
            {**row_of(services, found, found_too=True), "said": said, "may": said is None}
            for _, found, said in asked
        ]
        return page(request, who, "replay.html", rows=rows, count=sum(r["may"] for r in rows))
    sent = [await _send(request, services, who, place, found) for place, found in chosen]
    return _list(request, who, None, None, sent=sent)


def _list(
    request: Request,
    who: Principal,
    reason: str | None,
    topic: str | None,
    *,
    sent: list[Sent] | None = None,
    trouble: str | None = None,
    status: int = 200,
) -> Response:
    services = services_of(request)
    found = services.letters.newest(SHOWN, reason=reason, topic=topic)
    may = who.may(Scope.OPERATIONS_WRITE)
    if may:
        _record(request, services, who, found, AuditAction.READ)
    return page(
        request,
        who,
        "letters.html",
        status=status,
        rows=[row_of(services, each, found_too=may) for each in found],
        reasons=dict(services.letters.by_reason().most_common()),
        topics=services.letters.topics(),
        all_reasons=[str(each) for each in DeadLetterReason],
        reason=reason,
        topic=topic,
        may_replay=may,
        lacks_factor=who.lacks_second_factor(Scope.OPERATIONS_WRITE),
        sent=sent,
        trouble=trouble,
        shown=SHOWN,
    )


def row_of(services: Services, each: DeadLetter, *, found_too: bool) -> dict[str, Any]:
    """A letter as a row; what was found only where the caller may see it."""
    told = fault_of(each)
    place = place_of(each)
    replayed_ms = services.letters.replayed_ms(place)
    return {
        "place": place,
        "stage": STAGES[each.reason],
        "reason": str(each.reason),
        "topic": each.topic,
        "where": f"partition {each.partition}, offset {each.offset}",
        "seen": _clock(each.seen_at_ms) if each.seen_at_ms else "unknown",
        "field": each.field,
        "found": told.found if found_too else None,
        "allowed": told.allowed,
        "detail": each.detail if found_too else None,
        "replayed": None if replayed_ms is None else _clock(replayed_ms),
    }


def payload_of(letter: DeadLetter, *, contact: bool) -> tuple[str, bool]:
    """A record's bytes as text: JSON laid out, other text as it is, all else in hexadecimal.

    Args:
        letter: whose record.
        contact: whether contact data may be seen; if not they are masked, and a profile update in
            which they can't be told apart is not shown at all.

    Returns:
        The text, and whether it was cut.
    """
    text = _laid_out(letter.value, contact=contact)
    if text is None and not contact and letter.topic.endswith(RecordKind.PROFILE_UPDATE):
        return "hidden: contact data can't be told apart in it, and contact:read is missing", False
    if text is None:
        try:
            text = letter.value.decode()
        except UnicodeDecodeError:
            text = letter.value.hex(" ")
    safe = "".join(c if c.isprintable() or c in "\n\t" else _ODD for c in text)
    return safe[:_PAYLOAD_CHARS], len(safe) > _PAYLOAD_CHARS


def _laid_out(value: bytes, *, contact: bool) -> str | None:
    try:
        found = msgspec.json.decode(value)
        if not contact and isinstance(found, dict) and isinstance(found.get("identifiers"), dict):
            found["identifiers"] = dict.fromkeys(found["identifiers"], _MASK)
        elif not contact and isinstance(found, dict) and "identifiers" in found:
            found["identifiers"] = _MASK
        return msgspec.json.format(msgspec.json.encode(found), indent=2).decode()
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def _asked(services: Services, found: DeadLetter) -> str | None:
    """Why a letter can't be sent back, None if it can."""
    try:
        replay_of(found, services.now_ms(), services.knowledge.current)
    except NotReplayableError as error:
        return str(error)
    return None


async def _send(
    request: Request, services: Services, who: Principal, place: str, found: DeadLetter
) -> Sent:
    try:
        made: Replay = replay_of(found, services.now_ms(), services.knowledge.current)
    except NotReplayableError as error:
        return Sent(place, False, str(error))
    audited(
        request,
        services,
        who,
        AuditAction.CHANGE,
        made.key,
        [f"{made.kind}.replayed"],
        made.record_id,
    )
    try:
        await services.writer.write(made.kind, made.key, made.value)
    except Problem as problem:
        return Sent(place, False, problem.detail)
    services.letters.note_replay(place, services.now_ms())
    return Sent(place, True, f"sent back to {made.kind} with its id")


def _record(
    request: Request,
    services: Services,
    who: Principal,
    letters: Iterable[DeadLetter],
    action: AuditAction,
) -> None:
    """An audit record for each user whose data are shown; letters without a key name nobody."""
    for user_id in sorted({each.key[:256] for each in letters if each.key}):
        audited(request, services, who, action, user_id, ["dead_letters"])
