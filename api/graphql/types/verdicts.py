"""Verdicts of the ledger, with why."""

import strawberry

from api.graphql.types.scalars import Millis
from tactful.records import LedgerEntry


@strawberry.type
class Considered:
    """How one channel did."""

    channel: str
    score: float
    earliest_ms: Millis | None
    blocked_by: list[str]


@strawberry.type
class Verdict:
    """One verdict of the ledger with its why."""

    decision_id: str
    request_id: str
    user_id: str
    type: str
    verdict: str
    reason: str
    final: bool
    priority: str
    channel: str | None
    score: float | None
    propensity: float | None
    attempt: int
    requested_at_ms: Millis
    decided_at_ms: Millis
    expires_at_ms: Millis
    reconsider_at_ms: Millis | None
    explanation: str
    policy_version: str
    considered: list[Considered]

    @classmethod
    def of(cls, entry: LedgerEntry) -> "Verdict":
        """From a ledger entry."""
        return cls(
            decision_id=entry.decision_id,
            request_id=entry.request_id,
            user_id=entry.user_id,
            type=entry.type,
            verdict=str(entry.verdict),
            reason=str(entry.reason),
            final=entry.verdict.final,
            priority=str(entry.priority),
            channel=entry.channel,
            score=entry.score,
            propensity=entry.propensity,
            attempt=entry.attempt,
            requested_at_ms=entry.requested_at_ms,
            decided_at_ms=entry.decided_at_ms,
            expires_at_ms=entry.expires_at_ms,
            reconsider_at_ms=entry.reconsider_at_ms,
            explanation=entry.explanation,
            policy_version=entry.policy_version,
            considered=[
                Considered(
                    channel=each.channel,
                    score=each.score,
                    earliest_ms=each.earliest_ms,
                    blocked_by=[str(reason) for reason in each.blocked_by],
                )
                for each in entry.considered
            ],
        )


@strawberry.type
class VerdictPage:
    """Verdicts, newest first; `next` is the `page` of the next question."""

    entries: list[Verdict]
    next: str | None
