"""A user's requests, verdicts and feedback as sentences in the order of their times."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo

from cli.words import and_list, clock, day_and_time
from tactful.outlook import counterfactual_words
from tactful.records import (
    Considered,
    Feedback,
    LedgerEntry,
    Outcome,
    Reason,
    Request,
    Verdict,
)

REASONS: dict[Reason, str] = {
    Reason.ALLOWED: "nothing stood against it",
    Reason.BEST_TIME: "this is the best hour for it",
    Reason.CRITICAL: "critical notifications never wait",
    Reason.FAILOVER: "the attempt before it failed",
    Reason.ESCALATION: "nobody opened the attempt before it",
    Reason.EXPLORED: "it was drawn, to learn what answers best",
    Reason.UNKNOWN_TYPE: "the policy has no such notification type",
    Reason.UNKNOWN_CHANNEL: "the policy has no such channel for this type",
    Reason.CONSENT: "the user has not consented",
    Reason.UNREACHABLE: "there is no address to reach the user at",
    Reason.PREFERENCE_CHANNEL: "the user turned the channel off",
    Reason.PREFERENCE_TYPE: "the user turned this type off",
    Reason.FREQUENCY_MODE: "the user wants notifications less often",
    Reason.CONDITION: "a condition of the policy does not hold",
    Reason.DIGEST_HOUR: "the user's digest goes out at a set hour",
    Reason.PREFERENCE_HOURS: "the user prefers other hours",
    Reason.PAUSED: "the user paused all notifications",
    Reason.NOT_BEFORE: "it was asked not to go before that time",
    Reason.QUIET_HOURS: "it is the user's quiet hours",
    Reason.CAP_USER: "the user has had as many as the cap allows",
    Reason.CAP_TYPE: "the user has had as many of this type as the cap allows",
    Reason.CAP_CHANNEL: "the user has had as many on this channel as the cap allows",
    Reason.CAP_CAMPAIGN: "the user has had as many of this campaign as the cap allows",
    Reason.CAP_CATEGORY: "the user has had as many of this category as the cap allows",
    Reason.GAP: "the last one was too short a time ago",
    Reason.COOL_DOWN: "the user rests after a burst",
    Reason.CONFLICT: "another of its conflict group goes first",
    Reason.BATCH: "its batch is still collected",
    Reason.HOLIDAY: "it is a public holiday where the user lives",
    Reason.PRICE: "others are worth more of the channel's rate now",
    Reason.SEND_LOG_FULL: "the log of what was sent is full",
    Reason.FATIGUE: "the user has had more lately than does good",
    Reason.HOLDBACK: "the user is held back from this type, to measure what it achieves",
    Reason.CANCELLED_BY_EVENT: "the user did what it was about",
    Reason.ANSWERED: "an earlier attempt was answered",
    Reason.NO_CHANNEL_LEFT: "every channel was tried",
    Reason.EXPIRED: "it lost its point before it could be sent",
    Reason.OVERFLOW: "too many notifications wait for this user",
    Reason.ERASED: "the user was erased",
}
"""Why a verdict was given, to be read after a colon."""

OUTCOMES: dict[Outcome, str] = {
    Outcome.DELIVERED: "was delivered",
    Outcome.OPENED: "was opened",
    Outcome.CLICKED: "was clicked",
    Outcome.CONVERTED: "led to a conversion",
    Outcome.DISMISSED: "was dismissed",
    Outcome.BOUNCED: "bounced",
    Outcome.FAILED: "failed to be delivered",
    Outcome.UNSUBSCRIBED: "made the user unsubscribe",
    Outcome.COMPLAINED: "drew a complaint",
}


_PARTICIPLES = ("sent", "held", "not sent", "put into", "expired", "cancelled", "suppressed")
_PAST = "went out"
_OTHERWISE = "; without that it would go "
"""What the story tells as a line of its own, from the counterfactual."""


@dataclasses.dataclass(frozen=True)
class Line:
    """One sentence of the story, with what belongs below it."""

    at_ms: int
    order: int
    text: str
    below: tuple[str, ...] = ()


def blocked(reasons: Iterable[Reason]) -> str:
    """The constraints as words: `quiet hours and cap user`."""
    return and_list([reason.value.replace("_", " ") for reason in reasons])


def verdict_sentence(entry: LedgerEntry, zone: tzinfo = UTC) -> str:
    """What was decided about a request and why, in one sentence with the codes at its end."""
    words = entry.explanation.strip().rstrip(".") or _unexplained(entry, zone)
    if entry.counterfactual is not None:
        words = words.partition(_OTHERWISE)[0]
    joint = " was " if words.startswith(_PARTICIPLES) else ": "
    if words.startswith(_PAST):
        joint = " "
    codes = f"{entry.verdict.value}, {entry.reason.value}"
    return f"{entry.type} {entry.request_id}{joint}{words}. [{codes}]"


def _unexplained(entry: LedgerEntry, zone: tzinfo) -> str:
    why = REASONS[entry.reason]
    match entry.verdict:
        case Verdict.SEND:
            return f"sent on {entry.channel}: {why}"
        case Verdict.HOLD if entry.reconsider_at_ms is not None:
            return f"held until {day_and_time(entry.reconsider_at_ms, zone)}: {why}"
        case Verdict.HOLD:
            return f"held: {why}"
        case Verdict.DIGEST:
            return f"put into a digest: {why}"
        case Verdict.SUPPRESS:
            return f"not sent: {why}"
        case Verdict.EXPIRE:
            return f"expired: {why}"
        case Verdict.CANCEL:
            return f"cancelled: {why}"


def considered_line(channel: Considered, chosen: str | None, zone: tzinfo) -> str:
    """How one channel did: its score, its earliest moment, what stood against it."""
    parts = [f"{channel.channel}: score {channel.score:.3f}"]
    if channel.channel == chosen:
        parts.append("chosen")
    if channel.blocked_by:
        parts.append(f"blocked by {blocked(channel.blocked_by)}")
        if channel.earliest_ms is None:
            parts.append("never before it expires")
        else:
            parts.append(f"until {day_and_time(channel.earliest_ms, zone)}")
    return ", ".join(parts)


def asked_sentence(request: Request, zone: tzinfo = UTC) -> str:
    """What an upstream team asked for."""
    parts = [f"{request.type} {request.id} was asked for"]
    if request.priority is not None:
        parts[0] += f" with priority {request.priority.value}"
    if request.channels:
        parts.append(f"on {and_list(request.channels)}")
    if request.campaign is not None:
        parts.append(f"for the campaign {request.campaign}")
    if request.not_before_ms is not None:
        parts.append(f"not before {day_and_time(request.not_before_ms, zone)}")
    if request.expires_at_ms is not None:
        parts.append(f"of use until {day_and_time(request.expires_at_ms, zone)}")
    return ", ".join(parts) + "."


def _judged(entry: LedgerEntry, zone: tzinfo) -> Line:
    # The channel taken first, then by score: what a reader compares.
    ranked = sorted(entry.considered, key=lambda c: (c.channel != entry.channel, -c.score))
    below = [considered_line(channel, entry.channel, zone) for channel in ranked]
    other = counterfactual_words(entry, lambda at_ms: day_and_time(at_ms, zone))
    if other is not None:
        below.append(other)
    elif entry.also:
        below.append(f"would also have been stopped by {blocked(entry.also)}")
    return Line(entry.decided_at_ms, 1, verdict_sentence(entry, zone), tuple(below))


def tell(
    requests: Iterable[Request],
    entries: Sequence[LedgerEntry],
    feedback: Iterable[Feedback],
    zone: tzinfo = UTC,
) -> list[Line]:
    """The story: what was asked, what was decided and why, what came of it, in time order.

    Args:
        requests: The requests as they came in.
        entries: Their ledger entries; a repeated one (after a recovery) is told once.
        feedback: What the user or a provider answered.
        zone: The zone that times are told in.
    """
    asked = {request.id: request for request in requests}
    about = {e.decision_id: f"{e.type} {e.request_id}" for e in entries}
    judged = {entry.request_id for entry in entries}
    lines = [
        Line(
            r.at_ms,
            0,
            asked_sentence(r, zone),
            () if r.id in judged else ("nothing is decided yet",),
        )
        for r in asked.values()
    ]
    told: set[tuple[str, Verdict, int]] = set()  # by decision: each attempt has its own
    for entry in entries:
        if entry.request_id not in asked:  # the request itself is no longer kept
            asked[entry.request_id] = Request(
                id=entry.request_id,
                user_id=entry.user_id,
                type=entry.type,
                priority=entry.priority,
                at_ms=entry.requested_at_ms,
                campaign=entry.campaign,
            )
            lines.append(
                Line(entry.requested_at_ms, 0, asked_sentence(asked[entry.request_id], zone))
            )
        key = (entry.decision_id, entry.verdict, entry.decided_at_ms)
        if key not in told:
            told.add(key)
            lines.append(_judged(entry, zone))
    known: dict[str, Feedback] = {f.id: f for f in feedback}
    lines += [
        Line(f.at_ms, 2, f"{about[f.decision_id]} {OUTCOMES[f.outcome]} ({f.channel}).")
        for f in known.values()
        if f.decision_id in about
    ]
    return sorted(lines, key=lambda line: (line.at_ms, line.order))


def as_text(lines: Sequence[Line], zone: tzinfo = UTC) -> list[str]:
    """The story's lines as they are printed."""
    out = []
    for line in lines:
        out.append(f"{clock(line.at_ms, zone)}  {line.text}")
        out.extend(f"    {text}" for text in line.below)
    return out
