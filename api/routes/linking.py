"""Signed links for messages: to the preference page, and to unsubscribe with one click."""

from typing import Annotated

from fastapi import APIRouter, Request
from starlette.responses import Response

from api import shapes
from api.auditing import audited
from api.auth import Principal, Scope, allow
from api.bodies import answer, body_of, decoded
from api.direct import DirectRoute
from api.openapi import answers, body
from api.routes.common import EXAMPLE_AT_MS, UserId, services_of
from api.services import Services
from schemas.audit import AuditAction

router = APIRouter(prefix="/v1/users/{user_id}", tags=["links"], route_class=DirectRoute)


def link_of(services: Services, who: Principal, user_id: str, asked: shapes.LinkIn) -> shapes.Link:
    """A link that names its maker; to unsubscribe also the headers that mail programs read."""
    ttl_s = asked.ttl_s or services.links.ttl_s
    about = {
        name: value
        for name, value in (
            ("channel", asked.channel),
            ("type", asked.type),
            ("decision_id", asked.decision_id),
        )
        if value is not None
    }
    token = services.links.make(asked.purpose, user_id, ttl_s, by=who.subject, **about)
    base = (services.settings.public_url or "").rstrip("/")
    path = "/preferences/unsubscribe/" if asked.purpose == "unsubscribe" else "/preferences?link="
    url = f"{base}{path}{token}"
    headers = {}
    if asked.purpose == "unsubscribe":
        headers = {
            "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
    return shapes.Link(url, services.now_ms() + ttl_s * 1000, headers)


@router.post(
    "/links",
    operation_id="post_link",
    summary="A link for a message to a user",
    status_code=201,
    responses=answers(
        shapes.Link,
        {
            "url": "https://tactful.example/preferences/unsubscribe/eyJ1…",
            "expires_at_ms": EXAMPLE_AT_MS,
            "headers": {
                "List-Unsubscribe": "<https://tactful.example/preferences/unsubscribe/eyJ1…>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        },
        201,
        "The link.",
    ),
    openapi_extra=body(
        shapes.LinkIn,
        {
            "purpose": "unsubscribe",
            "channel": "email",
            "decision_id": "a7302ce7dbd5266ac1d0a49ce0d1cbfa",
        },
    ),
)
async def post_link(
    request: Request, user_id: UserId, who: Annotated[Principal, allow(Scope.LINKS_WRITE)]
) -> Response:
    """Whoever holds the link may do what it is for, as that user, until it ends.

    It shows no contact data; what is done by it is recorded with the client that made it.
    """
    asked = decoded(shapes.LinkIn, await body_of(request))
    return answer(link_for(request, services_of(request), who, user_id, asked), 201)


def link_for(
    request: Request, services: Services, who: Principal, user_id: str, asked: shapes.LinkIn
) -> shapes.Link:
    """A link for a client, with its audit record.

    Raises:
        Problem: 503 where it can't be recorded.
    """
    # The link is a key to the user's data, so that handing it out is recorded as reading them.
    audited(request, services, who, AuditAction.READ, user_id, [f"links.{asked.purpose}"])
    return link_of(services, who, user_id, asked)
