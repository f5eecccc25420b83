"""What was decided about a user, what waits, why, and who looked."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api import shapes
from api.auditing import audited
from api.auth import Principal, Scope, allow
from api.bodies import answer
from api.direct import DirectRoute
from api.openapi import answers
from api.problems import invalid, not_found, unavailable
from api.routes.common import Month, PageCursor, PageSize, UserId, services_of
from api.routes.decisions import EXAMPLE as DECISION
from api.services import Services
from api.timeline import held_of, page_of_history, story_of
from connectors.cassandra.reading import StoreError
from schemas.audit import AuditAction, AuditEntry

router = APIRouter(prefix="/v1/users/{user_id}", tags=["history"], route_class=DirectRoute)

_ENTRY = DECISION["entry"]


@router.get(
    "/history",
    operation_id="get_history",
    summary="Verdicts about a user",
    responses=answers(shapes.History, {"entries": [_ENTRY], "next": None}),
)
async def get_history(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.HISTORY_READ)],
    month: Month = None,
    page: PageCursor = None,
    size: PageSize = 50,
) -> Response:
    """Newest first, for 24 months. `next` is the `page` of the next request."""
    services = services_of(request)
    found = await page_of_history(services, user_id, month, page, size)
    audited(request, services, who, AuditAction.READ, user_id, ["history"])
    return answer(shapes.History(list(found.entries), found.next_page))


@router.get(
    "/held",
    operation_id="get_held",
    summary="What waits for a user",
    responses=answers(shapes.Held, {"user_id": "ada", "entries": [_ENTRY]}),
)
async def get_held(
    request: Request, user_id: UserId, who: Annotated[Principal, allow(Scope.HISTORY_READ)]
) -> Response:
    """Each with the reason it waits, and when it is looked at again; the soonest first."""
    services = services_of(request)
    entries = await held_of(services, user_id)
    audited(request, services, who, AuditAction.READ, user_id, ["held"])
    return answer(shapes.Held(user_id, entries))


@router.get(
    "/explanations/{request_id}",
    operation_id="get_explanation",
    summary="Why a request ended as it did",
    responses=answers(
        shapes.Explanation,
        {
            "request_id": "r-77",
            "user_id": "ada",
            "verdict": "hold",
            "reason": "quiet_hours",
            "explanation": DECISION["explanation"],
            "final": False,
            "entries": [_ENTRY],
        },
        problems=[404],
    ),
)
async def get_explanation(
    request: Request,
    user_id: UserId,
    request_id: Annotated[str, Path(min_length=1, max_length=256, examples=["r-77"])],
    who: Annotated[Principal, allow(Scope.HISTORY_READ)],
) -> Response:
    """All its verdicts, with what was considered, and what would have happened otherwise."""
    services = services_of(request)
    entries = await story_of(services, user_id, request_id)
    audited(request, services, who, AuditAction.READ, user_id, ["history"], request_id)
    if not entries:
        raise not_found("There is no verdict on this request of this user.")
    last = entries[-1]
    return answer(
        shapes.Explanation(
            request_id,
            user_id,
            last.verdict,
            last.reason,
            last.explanation,
            last.verdict.final,
            entries,
        )
    )


@router.get(
    "/audit",
    operation_id="get_audit",
    summary="Who read or changed a user's data",
    responses=answers(
        shapes.AuditPage,
        {
            "entries": [
                {
                    "id": "a-1",
                    "user_id": "ada",
                    "at_ms": 1_795_000_000_000,
                    "actor": "client:crm",
                    "action": "read",
                    "fields": ["consent", "identifiers.email"],
                    "via": "GET /v1/users/{user_id}/profile",
                }
            ],
            "next": None,
        },
    ),
)
async def get_audit(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.AUDIT_READ)],
    month: Month = None,
    page: PageCursor = None,
    size: PageSize = 50,
) -> Response:
    """Names of fields, never their values; newest first, for 24 months."""
    services = services_of(request)
    rows, following, _ = await audit_page(services, user_id, month, page, size)
    audited(request, services, who, AuditAction.READ, user_id, ["audit"])
    return answer(shapes.AuditPage(rows, following))


async def audit_page(
    services: Services, user_id: str, month: str | None, page: str | None, size: int
) -> tuple[list[shapes.AuditRow], str | None, int]:
    """One page of audit records, the cursor of the next, and how many rows can't be read.

    Raises:
        Problem: 422 for a cursor that is none, 503 without the store.
    """
    try:
        found = await services.profiles.aaudit(user_id, month, page, size)
    except ValueError:
        raise invalid("page", "something else", "the `next` of the page before") from None
    except StoreError:
        raise unavailable("The audit records don't answer.") from None
    return [row_of(each) for each in found.entries], found.next_page, found.unreadable


def row_of(entry: AuditEntry) -> shapes.AuditRow:
    """An audit record as it is shown."""
    return msgspec.convert(msgspec.to_builtins(entry), shapes.AuditRow)
