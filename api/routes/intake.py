"""What comes in: events, requests and feedback, one or many."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import shapes
from api.auth import Principal, Scope, allow
from api.bodies import answer, body_of, object_of, record_of, with_identity
from api.direct import DirectRoute
from api.idempotency import once
from api.openapi import answers, idempotent_body
from api.problems import Problem, invalid
from api.routes.common import EXAMPLE_AT_MS, services_of
from api.services import Services
from schemas.errors import ContractError
from schemas.kinds import TYPE_OF_KIND
from tactful.ids import decision_id
from tactful.records import RecordKind
from tactful.records import Request as NotificationRequest

router = APIRouter(prefix="/v1", tags=["intake"], route_class=DirectRoute)

EVENT = {"user_id": "ada", "name": "app_open", "channel": "in_app", "session_id": "s-1"}
REQUEST = {
    "id": "r-77",
    "user_id": "ada",
    "type": "cart_reminder",
    "priority": "normal",
    "data": {"item": "lamp"},
}
_FEEDBACK = {
    "user_id": "ada",
    "decision_id": "a7302ce7dbd5266ac1d0a49ce0d1cbfa",
    "channel": "email",
    "outcome": "opened",
}
_ACCEPTED = {"id": "e-1", "user_id": "ada", "at_ms": EXAMPLE_AT_MS}


async def accept(
    request: Request, who: Principal, kind: RecordKind, fields: dict[str, Any], place: int | str = 0
) -> shapes.Accepted:
    """Check one record and write it.

    Raises:
        ContractError: it breaks the contract.
        Problem: Kafka does not take it.
    """
    services = services_of(request)
    fields = with_identity(fields, who, request, services.now_ms(), place)
    record, value = record_of(TYPE_OF_KIND[kind], fields)
    if len(value) > services.settings.max_body_bytes:
        raise invalid(None, f"{len(value)} bytes", f"at most {services.settings.max_body_bytes}")
    await services.writer.write(kind, record.user_id, value)  # type: ignore[attr-defined]
    return shapes.Accepted(
        record.id,  # type: ignore[attr-defined]
        record.user_id,  # type: ignore[attr-defined]
        record.at_ms,  # type: ignore[attr-defined]
        decision_id(record.user_id, record.id) if isinstance(record, NotificationRequest) else None,
    )


def events_of(services: Services, events: Any) -> list[Any]:
    """The events of a bulk, as yet unchecked.

    Raises:
        Problem: 422; none, or more than are taken at once.
    """
    most = services.settings.max_bulk_records
    if not isinstance(events, list) or not 1 <= len(events) <= most:
        found = f"{len(events)} of them" if isinstance(events, list) else "no list"
        raise invalid("events", found, f"a list of 1..{most} events")
    return events


async def accept_all(
    request: Request, who: Principal, events: list[Any], place: str = ""
) -> shapes.BulkAccepted:
    """Check events one by one, and write those that hold.

    Args:
        request: what they came with.
        who: the client.
        events: of `events_of`.
        place: which part of the request they are.

    Raises:
        Problem: 503; Kafka does not take them.
    """

    async def one(index: int, fields: Any) -> shapes.Accepted | shapes.Refused:
        if not isinstance(fields, dict):
            return shapes.Refused(index, "something else", "object")
        spot = f"{place}/{index}" if place else index
        try:
            return await accept(request, who, RecordKind.EVENT, fields, spot)
        except ContractError as error:
            return shapes.Refused(index, error.found, error.allowed, error.field)
        except Problem as problem:
            if problem.status >= 500:
                raise
            return shapes.Refused(index, problem.detail, "a record of the contract")

    done = await asyncio.gather(*(one(at, fields) for at, fields in enumerate(events)))
    accepted = [each for each in done if isinstance(each, shapes.Accepted)]
    refused = [each for each in done if isinstance(each, shapes.Refused)]
    return shapes.BulkAccepted(accepted, refused)


async def _one(request: Request, who: Principal, kind: RecordKind) -> Response:
    services = services_of(request)
    body = await body_of(request)
    fields = object_of(body)

    async def work() -> Response:
        return answer(await accept(request, who, kind, fields), 202)

    return await once(request, who, body, services, work)


@router.post(
    "/events",
    operation_id="post_event",
    summary="Something a user did",
    status_code=202,
    responses=answers(shapes.Accepted, _ACCEPTED, 202, "Kafka has it.", [409]),
    openapi_extra=idempotent_body(shapes.EventIn, EVENT),
)
async def post_event(
    request: Request, who: Annotated[Principal, allow(Scope.EVENTS_WRITE)]
) -> Response:
    """One event. The same `id` again changes nothing."""
    return await _one(request, who, RecordKind.EVENT)


@router.post(
    "/events/bulk",
    operation_id="post_events",
    summary="Many events at once",
    status_code=202,
    responses=answers(
        shapes.BulkAccepted,
        {
            "accepted": [_ACCEPTED],
            "refused": [{"index": 1, "field": "name", "found": "nothing", "allowed": "string"}],
        },
        202,
        "The good ones are in Kafka; the others are told, each with its field.",
        [409],
    ),
    openapi_extra=idempotent_body(shapes.EventsIn, {"events": [EVENT]}),
)
async def post_events(
    request: Request, who: Annotated[Principal, allow(Scope.EVENTS_WRITE)]
) -> Response:
    """Up to 1,000 events; each is judged by itself."""
    services = services_of(request)
    body = await body_of(request)
    events = events_of(services, object_of(body).get("events"))

    async def work() -> Response:
        return answer(await accept_all(request, who, events), 202)

    return await once(request, who, body, services, work)


@router.post(
    "/requests",
    operation_id="post_request",
    summary="Ask for a user to be notified",
    status_code=202,
    responses=answers(
        shapes.Accepted,
        {**_ACCEPTED, "id": "r-77", "decision_id": "a7302ce7dbd5266ac1d0a49ce0d1cbfa"},
        202,
        "Kafka has it; `decision_id` finds its verdict.",
        [409],
    ),
    openapi_extra=idempotent_body(shapes.RequestIn, REQUEST),
)
async def post_request(
    request: Request, who: Annotated[Principal, allow(Scope.REQUESTS_WRITE)]
) -> Response:
    """The verdict comes by `GET /v1/decisions/{decision_id}`, a webhook, or the topics.

    To wait for it here, use `POST /v1/decisions`.
    """
    return await _one(request, who, RecordKind.REQUEST)


@router.post(
    "/feedback",
    operation_id="post_feedback",
    summary="What became of a notification",
    status_code=202,
    responses=answers(shapes.Accepted, _ACCEPTED, 202, "Kafka has it.", [409]),
    openapi_extra=idempotent_body(shapes.FeedbackIn, _FEEDBACK),
)
async def post_feedback(
    request: Request, who: Annotated[Principal, allow(Scope.FEEDBACK_WRITE)]
) -> Response:
    """From the provider that delivered it, or did not."""
    return await _one(request, who, RecordKind.FEEDBACK)
