"""Audit records of requests: made before data are handed out; without one nothing is."""

from collections.abc import Iterable

from starlette.requests import Request

from api.auth import Principal
from api.edge import template_of
from api.problems import unavailable
from api.services import Services
from connectors.audit import AuditUnavailableError, entry
from schemas.audit import AuditAction


def audited(
    request: Request,
    services: Services,
    who: Principal,
    action: AuditAction,
    user_id: str,
    fields: Iterable[str],
    subject_id: str | None = None,
) -> None:
    """Record who does what with whose data.

    Raises:
        Problem: 503; it could not be recorded, so it must not be done.
    """
    record = entry(
        user_id,
        who.subject[:256],
        action,
        _bounded(fields),
        role=who.role or None,
        via=_via(request, who),
        source=request.client.host if request.client else None,
        request_id=request.scope.get("trace"),
        subject_id=subject_id,
        at_ms=services.now_ms(),
    )
    try:
        services.audit.record(record)
    except AuditUnavailableError:
        services.metrics.audit_failures.inc()
        raise unavailable("No audit record can be written now, so nothing is read.") from None


def _via(request: Request, who: Principal) -> str:
    """The operation, and where a link let the person in, whose."""
    link = f", link of {who.linked_by or 'unknown'}" if who.linked_by is not None else ""
    return f"{request.method} {template_of(request.scope)}{link}"[:128]


def _bounded(fields: Iterable[str]) -> list[str]:
    """Names of fields, at most as many and as long as a record takes."""
    return sorted({each[:128] for each in fields if each})[:256]
