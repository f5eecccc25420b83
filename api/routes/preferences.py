"""Preferences and consent: what a user wants, and what a user allows."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from api import shapes
from api.auditing import audited
from api.auth import Principal, Scope, allow
from api.bodies import answer, body_of, decoded, object_of
from api.openapi import answers, body
from api.routes.common import EXAMPLE_AT_MS, UserId, services_of
from api.routes.profiles import seen_by_writer, snapshot_of, write_update
from schemas.audit import AuditAction
from tactful.records import Preferences, ProfileSnapshot

router = APIRouter(prefix="/v1/users/{user_id}", tags=["preferences"])

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
        shapes.PreferencesOut, _PREFERENCES, 202, "Kafka has it; the merged preferences."
    ),
    openapi_extra=body(Preferences, {"channels": {"sms": False}, "frequency": "daily_digest"}),
)
async def patch_preferences(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.PREFERENCES_WRITE)],
) -> Response:
    """What is not named stays, null takes back; `channels` and `types` are merged name by name."""
    fields = object_of(await body_of(request))
    await write_update(request, user_id, who, {"preferences": fields})
    snapshot = await seen_by_writer(services_of(request), who, user_id)
    return answer(preferences_in(snapshot, user_id), 202)


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
    responses=answers(shapes.ConsentOut, _CONSENT, 202, "Kafka has it; the consent as it is now."),
    openapi_extra=body(shapes.ConsentIn, {"consent": {"marketing": True, "marketing:sms": False}}),
)
async def put_consent(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.CONSENT_WRITE)],
) -> Response:
    """The whole consent: what was given or refused before and is not named is taken back."""
    services = services_of(request)
    wanted = decoded(shapes.ConsentIn, await body_of(request)).consent
    before = consent_in(await snapshot_of(services, who, user_id), user_id).consent
    change: dict[str, bool | None] = {name: None for name in before if name not in wanted}
    change.update(wanted)
    await write_update(request, user_id, who, {"consent": change}, AuditAction.CONSENT)
    return answer(consent_in(await seen_by_writer(services, who, user_id), user_id), 202)


@router.patch(
    "/consent",
    operation_id="patch_consent",
    summary="Give, refuse or take back single consents",
    status_code=202,
    responses=answers(shapes.ConsentOut, _CONSENT, 202, "Kafka has it; the consent as it is now."),
    openapi_extra=body(shapes.ConsentChange, {"consent": {"marketing:sms": False}}),
)
async def patch_consent(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.CONSENT_WRITE)],
) -> Response:
    """What is not named stays; null takes back. Works also while the profiles can't be read."""
    services = services_of(request)
    change = decoded(shapes.ConsentChange, await body_of(request)).consent
    await write_update(request, user_id, who, {"consent": change}, AuditAction.CONSENT)
    return answer(consent_in(await seen_by_writer(services, who, user_id), user_id), 202)
