"""Reads a user's outlook from the ledger: pure, from what has been decided to what may follow."""

from collections.abc import Iterable, Iterator, Sequence

from tactful.local_time import HOUR_MS, MINUTE_MS
from tactful.outlook.model import Escalation, Outlook, Release, ReleaseBy, Waiting, Weariness
from tactful.outlook.words import ENDS, ends_words
from tactful.policy import Policy
from tactful.policy.model import EmergencyChannels, Failover
from tactful.records import (
    Feedback,
    LedgerEntry,
    Outcome,
    Priority,
    ProfileSnapshot,
    Reason,
    Verdict,
)

DAYS_AHEAD_MS = 48 * HOUR_MS
LATE_MS = 2 * MINUTE_MS
"""A wait that is over for so long without a verdict is told as late."""

_SETTINGS = {
    Reason.QUIET_HOURS: "the user changes their quiet hours",
    Reason.PAUSED: "the user ends the pause",
    Reason.PREFERENCE_HOURS: "the user changes their preferred hours",
    Reason.DIGEST_HOUR: "the user leaves the digest mode",
}


def outlook(
    user_id: str,
    entries: Iterable[LedgerEntry],
    now_ms: int,
    *,
    snapshot: ProfileSnapshot | None = None,
    feedback: Iterable[Feedback] = (),
    policy: Policy | None = None,
    ahead_ms: int = DAYS_AHEAD_MS,
) -> Outlook:
    """What waits for a user, why, and what would release it.

    Args:
        user_id: whose.
        entries: the user's ledger in the order it was written; repeated entries do no harm.
        now_ms: the moment to look ahead from.
        snapshot: the newest profile, for the zone; none are waiting after an erasure.
        feedback: what is known of sends, for escalations.
        policy: the one in force, for what the ledger does not tell: presence channels, cancelling
            events, escalations. Without it these are left out.
        ahead_ms: how far to look.
    """
    erased = snapshot is not None and snapshot.erased
    newest = {} if erased else _newest(entries)
    held = [
        entry
        for entry in newest.values()
        if entry.verdict is Verdict.HOLD and entry.reconsider_at_ms is not None
    ]
    until_ms = now_ms + ahead_ms
    waiting = sorted(
        (_waiting(entry, now_ms, policy) for entry in held),
        key=lambda each: (each.until_ms, each.request_id, each.attempt),
    )
    within = [each for each in waiting if each.until_ms <= until_ms]
    return Outlook(
        user_id=user_id,
        now_ms=now_ms,
        until_ms=until_ms,
        waiting=within,
        escalations=_escalations(newest.values(), list(feedback), now_ms, policy),
        later=len(waiting) - len(within),
        time_zone=None if snapshot is None else snapshot.time_zone,
        weariness=_weariness(newest.values()),
    )


def _newest(entries: Iterable[LedgerEntry]) -> dict[str, LedgerEntry]:
    """The last word on each attempt, by decision. A recovery may have written old words again."""
    ordered = sorted(entries, key=lambda entry: entry.decided_at_ms)
    newest: dict[str, LedgerEntry] = {}
    for entry in ordered:
        before = newest.get(entry.decision_id)
        if before is None or not before.verdict.final:
            newest[entry.decision_id] = entry
    return newest


def _weariness(entries: Iterable[LedgerEntry]) -> Weariness | None:
    told = [each for each in entries if each.scoring is not None]
    if not told:
        return None
    last = max(told, key=lambda each: each.decided_at_ms)
    scoring = last.scoring
    assert scoring is not None
    if scoring.fatigue is None or scoring.wanted_per_week is None:
        return None
    return Weariness(scoring.fatigue, scoring.wanted_per_week, last.type, last.decided_at_ms)


def _waiting(entry: LedgerEntry, now_ms: int, policy: Policy | None) -> Waiting:
    until_ms = entry.reconsider_at_ms
    assert until_ms is not None
    free_ms = min(
        (c.earliest_ms for c in entry.considered if c.earliest_ms is not None), default=until_ms
    )
    return Waiting(
        request_id=entry.request_id,
        type=entry.type,
        priority=entry.priority,
        attempt=entry.attempt,
        reason=entry.reason,
        why=entry.explanation,
        held_since_ms=entry.decided_at_ms,
        until_ms=until_ms,
        expires_at_ms=entry.expires_at_ms,
        releases=list(_releases(entry, until_ms, free_ms, now_ms, policy)),
        also=entry.also,
        channel=entry.channel,
        free_ms=free_ms if free_ms < until_ms else None,
        counterfactual=entry.counterfactual,
        late=until_ms + LATE_MS < now_ms,
    )


def _releases(
    entry: LedgerEntry, until_ms: int, free_ms: int, now_ms: int, policy: Policy | None
) -> Iterator[Release]:
    over = ends_words(entry)
    eager = free_ms < until_ms
    yield Release(ReleaseBy.MOMENT, ENDS[Reason.BEST_TIME] if eager else over, until_ms)
    kind = None if policy is None else policy.types.get(entry.type)
    if eager:
        text = "the user turns up"
        if entry.reason is not Reason.BEST_TIME:
            text = f"{over} and {text}"
        present = [] if policy is None else _present(entry, policy)
        if present:
            text += f": then it may go at once on {' or '.join(present)}"
        yield Release(ReleaseBy.EVENT, text, max(free_ms, now_ms))
    if entry.reason in _SETTINGS:
        yield Release(ReleaseBy.SETTING, _SETTINGS[entry.reason])
    if entry.attempt > 1:
        yield Release(ReleaseBy.ANSWER, "the user opens an earlier attempt: it is cancelled")
    for each in () if kind is None else kind.cancelled_by:
        where = "" if each.when is None else f" where {each.when}"
        text = f"the event {each.event}{where}: it is cancelled"
        yield Release(ReleaseBy.CANCELLATION, text)
    yield Release(ReleaseBy.EXPIRY, "it expires", entry.expires_at_ms)


def _present(entry: LedgerEntry, policy: Policy) -> list[str]:
    """The channels on which it is seen at once by a user who is there."""
    return [
        each.channel
        for each in entry.considered
        if each.earliest_ms is not None
        and (channel := policy.channels.get(each.channel)) is not None
        and channel.presence
    ]


def _escalations(
    newest: Iterable[LedgerEntry],
    feedback: Sequence[Feedback],
    now_ms: int,
    policy: Policy | None,
) -> list[Escalation]:
    if policy is None:
        return []
    attempts: dict[str, list[LedgerEntry]] = {}
    for entry in newest:
        attempts.setdefault(entry.request_id, []).append(entry)
    found = []
    for made in attempts.values():
        made.sort(key=lambda entry: entry.attempt)
        last, kind = made[-1], policy.types.get(made[-1].type)
        if (
            kind is None
            or kind.failover is None
            or last.verdict is not Verdict.SEND
            or last.channel is None
            or _everywhere(last, policy)
        ):
            continue
        rule = kind.failover
        sends = [entry for entry in made if entry.verdict is Verdict.SEND]
        tried = {entry.channel for entry in sends}
        until_ms = min(last.expires_at_ms, sends[0].decided_at_ms + rule.within_ms)
        left = [channel for channel in kind.channels if channel not in tried]
        ids = {entry.decision_id for entry in sends}
        answered = any(f.decision_id in ids and _answers(f.outcome, rule) for f in feedback)
        if answered or not left or last.attempt >= rule.max_attempts or until_ms < now_ms:
            continue
        wait_ms = rule.unopened_after_ms
        next_ms = None if wait_ms is None else last.decided_at_ms + wait_ms
        found.append(
            Escalation(
                request_id=last.request_id,
                type=last.type,
                attempt=last.attempt,
                max_attempts=rule.max_attempts,
                channel=last.channel,
                sent_at_ms=last.decided_at_ms,
                until_ms=until_ms,
                left=left,
                next_at_ms=next_ms if next_ms is not None and next_ms <= until_ms else None,
            )
        )
    return sorted(found, key=lambda each: (each.next_at_ms or each.until_ms, each.request_id))


def _everywhere(entry: LedgerEntry, policy: Policy) -> bool:
    """Whether its attempts went out together, and none follows."""
    return (
        entry.priority is Priority.CRITICAL and policy.emergency.channels is EmergencyChannels.ALL
    )


def _answers(outcome: Outcome, rule: Failover) -> bool:
    if outcome is Outcome.DELIVERED:
        return rule.unopened_after_ms is None
    return outcome not in {Outcome.BOUNCED, Outcome.FAILED}
