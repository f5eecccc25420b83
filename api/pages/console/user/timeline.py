"""A user's verdicts on a day axis: sends by channel, what came back, waits, silence."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from api.pages.console.wording import UNSENT
from tactful.local_time import DAY_MS
from tactful.records import Event, Feedback, LedgerEntry, Outcome, Verdict

DAYS = 14
DID = "events"
CAME_BACK = "came back"
HELD = "held"
SILENT = "not sent"
_AHEAD_MS = 2 * DAY_MS

Clock = Callable[[int], str]


def timeline_of(
    entries: Sequence[LedgerEntry],
    feedback: Iterable[Feedback],
    now_ms: int,
    clock: Clock,
    days: int = DAYS,
    events: Iterable[Event] = (),
) -> dict[str, Any]:
    """The picture: what stands in which row at which moment, each with its sentence.

    Args:
        entries: the user's ledger, oldest first, each once.
        feedback: what came back, as far as it is known.
        now_ms: the moment of looking.
        clock: writes a moment as people read it.
        days: how far back it goes.
        events: what the user did, as far as it is known.
    """
    from_ms = now_ms - days * DAY_MS
    waiting_ms = [e.reconsider_at_ms for e in entries if e.reconsider_at_ms is not None]
    to_ms = max([now_ms + DAY_MS // 2, *(ms for ms in waiting_ms if ms < now_ms + _AHEAD_MS)])
    inside = [each for each in entries if each.decided_at_ms >= from_ms]
    channels = sorted({str(e.channel) for e in inside if e.verdict is Verdict.SEND})
    sends = {e.decision_id: e for e in inside if e.verdict is Verdict.SEND}
    # Nearly each send is delivered, and at once: the list says it, the picture would drown in it.
    answers = [
        each
        for each in feedback
        if each.decision_id in sends and each.outcome is not Outcome.DELIVERED
    ]
    did = [each for each in events if from_ms <= each.at_ms <= to_ms]
    return {
        "from_ms": from_ms,
        "to_ms": to_ms,
        "now_ms": now_ms,
        "rows": [
            *([DID] if did else []),
            *channels,
            *([CAME_BACK] if answers else []),
            HELD,
            SILENT,
        ],
        "events": [
            {"at_ms": each.at_ms, "row": DID, "text": f"{clock(each.at_ms)}: {each.name}"}
            for each in did
        ],
        "sends": [
            {"at_ms": e.decided_at_ms, "row": str(e.channel), "text": told(e, clock)}
            for e in sends.values()
        ],
        "outcomes": [
            {
                "at_ms": each.at_ms,
                "row": CAME_BACK,
                "outcome": str(each.outcome),
                "text": _came_back(each, sends[each.decision_id], clock),
            }
            for each in answers
        ],
        "holds": [
            {"from_ms": start_ms, "to_ms": min(end_ms, to_ms), "row": HELD, "text": told(e, clock)}
            for e, start_ms, end_ms in waits_of(entries)
            if end_ms > from_ms
        ],
        "silent": [
            {
                "at_ms": e.decided_at_ms,
                "row": SILENT,
                "verdict": str(e.verdict),
                "text": told(e, clock),
            }
            for e in inside
            if e.verdict in UNSENT
        ],
    }


def waits_of(entries: Sequence[LedgerEntry]) -> list[tuple[LedgerEntry, int, int]]:
    """Each hold with its beginning and its end: the next verdict, else the moment it waits for."""
    after: dict[str, LedgerEntry] = {}
    found = []
    for entry in sorted(entries, key=lambda e: (e.decided_at_ms, e.verdict.final), reverse=True):
        if entry.verdict is Verdict.HOLD:
            later = after.get(entry.decision_id)
            planned_ms = entry.reconsider_at_ms or entry.expires_at_ms
            end_ms = later.decided_at_ms if later is not None else planned_ms
            found.append((entry, entry.decided_at_ms, max(end_ms, entry.decided_at_ms)))
        after[entry.decision_id] = entry
    return found[::-1]


def told(entry: LedgerEntry, clock: Clock) -> str:
    """A verdict in one sentence, as the ledger says it."""
    return f"{clock(entry.decided_at_ms)}: {entry.type} {entry.explanation}"


def _came_back(feedback: Feedback, sent: LedgerEntry, clock: Clock) -> str:
    what = f"{sent.type} on {sent.channel}, sent {clock(sent.decided_at_ms)}"
    return f"{clock(feedback.at_ms)}: {feedback.outcome} ({what})"


def rows_of(
    entries: Sequence[LedgerEntry], feedback: Iterable[Feedback], clock: Clock
) -> list[dict[str, Any]]:
    """The list below the picture, newest first."""
    back: dict[str, list[str]] = {}
    for each in feedback:
        back.setdefault(each.decision_id, []).append(str(each.outcome))
    return [
        {
            "when": clock(e.decided_at_ms),
            "verdict": str(e.verdict),
            "type": e.type,
            "channel": e.channel,
            "reason": str(e.reason),
            "explanation": e.explanation,
            "request_id": e.request_id,
            "attempt": e.attempt,
            "outcomes": back.get(e.decision_id, []) if e.verdict is Verdict.SEND else [],
        }
        for e in sorted(entries, key=lambda e: (e.decided_at_ms, e.verdict.final), reverse=True)
    ]
