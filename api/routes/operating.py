"""For those who run it: health, metrics, and the OpenAPI document."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import PlainTextResponse, Response

from api.auth import Principal, Public, Scope, allow
from api.bodies import answer
from api.direct import DirectRoute
from api.openapi import answers
from api.plain_shapes import Health
from api.routes.common import services_of

router = APIRouter(tags=["operating"], route_class=DirectRoute)


@router.get(
    "/healthz",
    operation_id="get_health",
    summary="Whether it works",
    dependencies=[Depends(Public("for load balancers; it tells nothing but which part is away"))],
    responses={
        **answers(Health, {"alive": True, "away": []}, 200, "It works; `away` names what is not."),
        **answers(Health, {"alive": False, "away": ["kafka"]}, 503, "It can't take writes."),
    },
)
async def get_health(request: Request) -> Response:
    """503 only when writes can't be taken; a part that is away makes it slower, and is named."""
    parts = services_of(request).health()
    away = sorted(name for name, trouble in parts.items() if trouble)
    working = "kafka" not in away
    return answer({"alive": working, "away": away}, 200 if working else 503)


@router.get(
    "/metrics",
    operation_id="get_metrics",
    summary="Metrics for Prometheus",
    response_class=PlainTextResponse,
    responses={200: {"description": "Metrics."}},
)
async def get_metrics(
    request: Request, _who: Annotated[Principal, allow(Scope.OPERATIONS_READ)]
) -> Response:
    """Counts and times by route template; no user is in them."""
    found = generate_latest(services_of(request).metrics.registry)
    return Response(found, media_type=CONTENT_TYPE_LATEST)


@router.get("/openapi.json", include_in_schema=False, dependencies=[Depends(Public("the docs"))])
async def get_openapi(request: Request) -> Response:
    """The OpenAPI document."""
    body = msgspec.json.encode(request.app.openapi())
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})
