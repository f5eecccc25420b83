"""The best time and channel: for a user, or for the users of a campaign."""

import asyncio
from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api import shapes
from api.auditing import audited
from api.auth import Principal, Scope, allow
from api.best_time import best_time, hour_utc
from api.bodies import answer, body_of, decoded
from api.direct import DirectRoute
from api.openapi import answers, body
from api.problems import invalid, not_found, unavailable
from api.routes.common import EXAMPLE_AT_MS, UserId, services_of
from api.routes.profiles import snapshot_of
from api.services import FoundProfile, Services
from connectors.cassandra.reading import StoreError
from connectors.cassandra.unreadable import UnreadableRecordError
from schemas.audit import AuditAction

router = APIRouter(prefix="/v1", tags=["best time"], route_class=DirectRoute)

_BEST: dict[str, Any] = {
    "user_id": "ada",
    "type": "promotion",
    "time_zone": "Europe/Berlin",
    "evidence": 12.0,
    "reason": "best_time",
    "explanation": "held until 19:00 (Europe/Berlin), when the user is likelier to be there",
    "best": {
        "channel": "email",
        "at_ms": EXAMPLE_AT_MS,
        "hour": 19,
        "utility": 0.21,
        "engage_prob": 0.18,
    },
}
_AT_ONCE = 50


def known_type(services: Services, kind: str) -> str:
    """A notification type of the policy in force.

    Raises:
        Problem: 422.
    """
    kinds = services.knowledge.current.kinds
    if kind not in kinds:
        raise invalid("type", kind[:60], f"one of {', '.join(sorted(kinds))}")
    return kind


@router.get(
    "/users/{user_id}/best-time",
    operation_id="get_best_time",
    summary="The best channel and moment for a user",
    responses=answers(shapes.BestTime, _BEST, problems=[404]),
)
async def get_best_time(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.PROFILES_READ)],
    type: Annotated[str, Query(min_length=1, max_length=128, examples=["promotion"])],  # noqa: A002
) -> Response:
    """As the core would choose now: consent, addresses, preferences, quiet hours and all."""
    services = services_of(request)
    found = await best_time_of(request, services, who, user_id, type)
    if found is None:
        raise not_found("There is no profile of this user: never seen, or erased.")
    return answer(found)


async def best_time_of(
    request: Request, services: Services, who: Principal, user_id: str, kind: str
) -> shapes.BestTime | None:
    """The best channel and moment for a user, with its audit record; None without a profile.

    Raises:
        Problem: 422 for a type that is none, 503 without the stores.
    """
    kind = known_type(services, kind)
    snapshot = await snapshot_of(services, who, user_id)
    audited(request, services, who, AuditAction.READ, user_id, ["best_time"])
    if snapshot is None or snapshot.erased:
        return None
    return best_time(snapshot, kind, services.now_ms(), services.knowledge.current)


async def _found(services: Services, user_id: str) -> FoundProfile | None:
    """A user's profile; None where it can't be decoded: one among many is no reason to fail."""
    try:
        return await services.profiles.aget(user_id)
    except UnreadableRecordError:
        return None


@router.post(
    "/audiences/best-time",
    operation_id="post_audience_best_time",
    summary="The best channels and moments for many users",
    responses=answers(
        shapes.Audience,
        {
            "type": "promotion",
            "users": [_BEST],
            "unknown": ["bo"],
            "by_channel": {"email": 1},
            "by_hour_utc": [0] * 18 + [1] + [0] * 5,
        },
    ),
    openapi_extra=body(shapes.AudienceIn, {"type": "promotion", "user_ids": ["ada", "bo"]}),
)
async def post_audience_best_time(
    request: Request, who: Annotated[Principal, allow(Scope.AUDIENCES_READ, heavy=True)]
) -> Response:
    """For up to 1,000 users, and how they spread over channels and hours."""
    asked = decoded(shapes.AudienceIn, await body_of(request))
    return answer(await audience_of(request, services_of(request), who, asked))


async def audience_of(
    request: Request, services: Services, who: Principal, asked: shapes.AudienceIn
) -> shapes.Audience:
    """The best moments of many users, each with its audit record.

    Raises:
        Problem: 422 for a type that is none, 503 without the stores.
    """
    kind = known_type(services, asked.type)
    users = list(dict.fromkeys(asked.user_ids))
    found: list[shapes.BestTime] = []
    unknown: list[str] = []
    now_ms = services.now_ms()
    for start in range(0, len(users), _AT_ONCE):
        some = users[start : start + _AT_ONCE]
        try:
            profiles = await asyncio.gather(*(_found(services, user) for user in some))
        except StoreError:
            raise unavailable("The profiles don't answer.") from None
        for user, profile in zip(some, profiles, strict=True):
            audited(request, services, who, AuditAction.READ, user, ["best_time"])
            snapshot = None if profile is None else profile.snapshot
            if snapshot is None or snapshot.erased:
                unknown.append(user)
            else:
                found.append(best_time(snapshot, kind, now_ms, services.knowledge.current))
        await asyncio.sleep(0)  # others have their turn
    moments = [each.best for each in found if each.best is not None]
    hours = Counter(hour_utc(moment.at_ms) for moment in moments)
    return shapes.Audience(
        type=kind,
        users=found,
        unknown=unknown,
        by_channel=dict(Counter(moment.channel for moment in moments).most_common()),
        by_hour_utc=[hours[hour] for hour in range(24)],
    )
