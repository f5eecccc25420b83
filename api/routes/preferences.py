"""Preferences and consent: what a user wants, and what a user allows."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from api import shapes
from api.auditing import audited
from api.auth import Principal, Scope, allow
from api.bodies import answer, body_of, decoded, object_of
from api.direct import DirectRoute
from api.idempotency import once
from api.openapi import answers, idempotent_body
from api.routes.common import EXAMPLE_AT_MS, UserId, services_of
from api.routes.profiles import seen_by_writer, snapshot_of, write_update
from api.services import Services
from schemas.audit import AuditAction
from tactful.records import Preferences, ProfileSnapshot

router = APIRouter(prefix="/v1/users/{user_id}", tags=["preferences"], route_class=DirectRoute)

_json = msgspec.json.Decoder(dict[str, Any])

_PREFERENCES = {
    "user_id": "ada",
    "version": EXAMPLE_AT_MS,
    "time_zone": "Europe/Berlin",
    "preferences": {
        "channels": {"sms": False},
        "types": {"promotion": {"push": False}},
        "frequency": "daily_digest",
        "quiet_hours": {"start": "21:00", "end": "07:30"},
    },
}
_CONSENT = {
    "user_id": "ada",
    "version": EXAMPLE_AT_MS,
    "consent": {"marketing": True, "marketing:sms": False},
}


def preferences_in(snapshot: ProfileSnapshot | None, user_id: str) -> shapes.PreferencesOut:
    """The preferences of a profile; those of someone never seen are empty."""
    if snapshot is None or snapshot.erased:
        return shapes.PreferencesOut(user_id, 0, None, {})
    return shapes.PreferencesOut(
        user_id, snapshot.version, snapshot.time_zone, _json.decode(snapshot.preferences)
    )


def consent_in(snapshot: ProfileSnapshot | None, user_id: str) -> shapes.ConsentOut:
    """The consent in a profile."""
    if snapshot is None or snapshot.erased:
        return shapes.ConsentOut(user_id, 0, {})
    return shapes.ConsentOut(user_id, snapshot.version, _json.decode(snapshot.consent))


@router.get(
    "/preferences",
    operation_id="get_preferences",
    summary="What a user wants",
    responses=answers(shapes.PreferencesOut, _PREFERENCES),
)
async def get_preferences(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.PREFERENCES_READ)],
) -> Response:
    """Channels, types, frequency, hours and pause. Empty for a user who never said anything."""
    services = services_of(request)
    snapshot = await snapshot_of(services, who, user_id)
    audited(request, services, who, AuditAction.READ, user_id, ["preferences", "time_zone"])
    return answer(preferences_in(snapshot, user_id))


@router.patch(
    "/preferences",
    operation_id="patch_preferences",
    summary="Change what a user wants",
    status_code=202,
    responses=answers(
        shapes.PreferencesOut, _PREFERENCES, 202, "Kafka has it; the merged preferences.", [409]
    ),
    openapi_extra=idempotent_body(
        Preferences, {"channels": {"sms": False}, "frequency": "daily_digest"}
    ),
)
async def patch_preferences(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.PREFERENCES_WRITE)],
) -> Response:
    """What is not named stays, null takes back; `channels` and `types` are merged name by name."""
    services = services_of(request)
    body = await body_of(request)
    fields = object_of(body)

    async def seen() -> Response:
        snapshot = await seen_by_writer(services, who, user_id)
        return answer(preferences_in(snapshot, user_id), 202)

    async def work() -> Response:
        await write_update(request, user_id, who, {"preferences": fields})
        return await seen()

    async def again() -> Response:
        audited(request, services, who, AuditAction.READ, user_id, ["preferences", "time_zone"])
        return await seen()

    return await once(request, who, body, services, work, again)


@router.get(
    "/consent",
    operation_id="get_consent",
    summary="What a user allows",
    responses=answers(shapes.ConsentOut, _CONSENT),
)
async def get_consent(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.CONSENT_READ)],
) -> Response:
    """By purpose, by channel, or by both; the most specific counts."""
    services = services_of(request)
    snapshot = await snapshot_of(services, who, user_id)
    audited(request, services, who, AuditAction.READ, user_id, ["consent"])
    return answer(consent_in(snapshot, user_id))


@router.put(
    "/consent",
    operation_id="put_consent",
    summary="Set what a user allows",
    status_code=202,
    responses=answers(
        shapes.ConsentOut, _CONSENT, 202, "Kafka has it; the consent as it is now.", [409]
    ),
    openapi_extra=idempotent_body(
        shapes.ConsentIn, {"consent": {"marketing": True, "marketing:sms": False}}
    ),
)
async def put_consent(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.CONSENT_WRITE)],
) -> Response:
    """The whole consent: what was given or refused before and is not named is taken back."""
    services = services_of(request)
    body = await body_of(request)
    wanted = decoded(shapes.ConsentIn, body).consent

    async def change() -> dict[str, bool | None]:
        return await replacing(services, who, user_id, wanted)

    return await _consented(request, user_id, who, body, change)


async def replacing(
    services: Services, who: Principal, user_id: str, wanted: dict[str, bool]
) -> dict[str, bool | None]:
    """The change of consent that leaves what is wanted and nothing else.

    Raises:
        Problem: 503; what holds can't be read.
    """
    before = consent_in(await snapshot_of(services, who, user_id), user_id).consent
    return {name: None for name in before if name not in wanted} | wanted


@router.patch(
    "/consent",
    operation_id="patch_consent",
    summary="Give, refuse or take back single consents",
    status_code=202,
    responses=answers(
        shapes.ConsentOut, _CONSENT, 202, "Kafka has it; the consent as it is now.", [409]
    ),
    openapi_extra=idempotent_body(shapes.ConsentChange, {"consent": {"marketing:sms": False}}),
)
async def patch_consent(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.CONSENT_WRITE)],
) -> Response:
    """What is not named stays; null takes back. Works also while the profiles can't be read."""
    body = await body_of(request)
    wanted = decoded(shapes.ConsentChange, body).consent

    async def change() -> dict[str, bool | None]:
        return wanted

    return await _consented(request, user_id, who, body, change)


async def _consented(
    request: Request,
    user_id: str,
    who: Principal,
    body: bytes,
    change: Callable[[], Awaitable[dict[str, bool | None]]],
) -> Response:
    """Write a change of consent, once, and show the consent with it."""
    services = services_of(request)

    async def seen() -> Response:
        return answer(consent_in(await seen_by_writer(services, who, user_id), user_id), 202)

    async def work() -> Response:
        fields = {"consent": await change()}
        said = object_of(body)
        await write_update(request, user_id, who, fields, AuditAction.CONSENT, said=said)
        return await seen()

    async def again() -> Response:
        audited(request, services, who, AuditAction.READ, user_id, ["consent"])
        return await seen()

    return await once(request, who, body, services, work, again)
