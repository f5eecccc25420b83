"""Writing verdicts to the ledger: one place, so that every entry is made alike."""

from typing import Any

from tactful.composer.held import Held
from tactful.constraints.base import expires_ms
from tactful.engine.context import Context
from tactful.ids import decision_id
from tactful.records import Considered, LedgerEntry, Priority, Reason, Verdict


def close(
    context: Context,
    waiting: Held,
    verdict: Verdict,
    reason: Reason,
    text: str,
    considered: list[Considered] | None = None,
    **more: Any,
) -> None:
    """A final verdict that no composition was needed for."""
    tell(context, waiting, verdict, reason, text, considered=considered or [], **more)


def ends_ms(context: Context, waiting: Held) -> int:
    """When a request, or its further attempt, has lost its point."""
    request = waiting.request
    kind = context.knowledge.kinds.get(request.type)
    limit = expires_ms(request, kind) if kind else request.expires_at_ms or request.at_ms
    return limit if waiting.until_ms is None else min(limit, waiting.until_ms)


def tell(
    context: Context, waiting: Held, verdict: Verdict, reason: Reason, text: str, **more: Any
) -> None:
    """Write a verdict; `more` are the fields that only a composition knows."""
    request = waiting.request
    attempt = more.pop("attempt", waiting.attempt)
    context.outputs.append(
        LedgerEntry(
            decision_id=decision_id(context.user_id, request.id, attempt),
            request_id=request.id,
            user_id=context.user_id,
            type=request.type,
            verdict=verdict,
            reason=reason,
            priority=request.priority or Priority.NORMAL,
            requested_at_ms=request.at_ms,
            decided_at_ms=context.now_ms,
            expires_at_ms=ends_ms(context, waiting),
            explanation=text,
            policy_version=context.knowledge.policy.version,
            model_versions=context.knowledge.model_versions,
            campaign=request.campaign,
            batch_key=request.batch_key,
            attempt=attempt,
            **more,
        )
    )
