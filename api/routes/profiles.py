"""Profiles: reading one, and writing attributes, identifiers and zone."""

import asyncio
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from api import shapes
from api.auditing import audited
from api.auth import Principal, Scope, allow
from api.bodies import answer, body_of, object_of, record_of, with_identity
from api.direct import DirectRoute
from api.idempotency import once
from api.openapi import answers, idempotent_body
from api.overlay import laid_over
from api.problems import Problem, invalid, not_found, unavailable, unreadable
from api.routes.common import EXAMPLE_AT_MS, UserId, services_of
from api.services import Services
from connectors.cassandra.reading import StoreError
from connectors.cassandra.unreadable import UnreadableRecordError
from schemas.audit import AuditAction
from tactful.local_time import is_known_zone
from tactful.records import ProfileSnapshot, ProfileUpdate, RecordKind

router = APIRouter(prefix="/v1/users/{user_id}", tags=["profiles"], route_class=DirectRoute)

_json = msgspec.json.Decoder(dict[str, Any])

EXAMPLE: dict[str, Any] = {
    "user_id": "ada",
    "version": EXAMPLE_AT_MS,
    "updated_at_ms": EXAMPLE_AT_MS,
    "time_zone": "Europe/Berlin",
    "identifiers": {"email": None},
    "attributes": {"language": "de"},
    "preferences": {"channels": {"sms": False}},
    "consent": {"marketing": True},
    "activity": {"events": 12, "sessions": 3, "last_seen_ms": EXAMPLE_AT_MS},
    "channels": {},
    "held": {"count": 0},
}


async def snapshot_of(services: Services, who: Principal, user_id: str) -> ProfileSnapshot | None:
    """A user's profile as the caller sees it: with the caller's own newest writes.

    Raises:
        Problem: 503 when the stores don't answer.
    """
    # Asked for at once, both come by one question to Redis.
    writes = (
        asyncio.create_task(services.own_writes.of(who.subject, user_id))
        if may_write(who)
        else None
    )
    try:
        found = await services.profiles.aget(user_id)
        return (
            found.snapshot if writes is None else laid_over(found.snapshot, await writes, user_id)
        )
    except StoreError:
        raise unavailable("The profile is not cached, and its store does not answer.") from None
    except UnreadableRecordError:
        raise unreadable() from None
    finally:
        if writes is not None:
            writes.cancel()


async def seen_by_writer(
    services: Services, who: Principal, user_id: str
) -> ProfileSnapshot | None:
    """The profile as its writer sees it; without the stores at least what was written.

    A write that Kafka has is not undone by a store that is away, and must not look so.
    """
    try:
        return await snapshot_of(services, who, user_id)
    except Problem:
        writes = await services.own_writes.of(who.subject, user_id)
        return laid_over(None, writes, user_id)


def may_write(who: Principal) -> bool:
    """Whether the caller may have writes of its own."""
    return not who.scopes.isdisjoint(
        {Scope.PROFILES_WRITE, Scope.PREFERENCES_WRITE, Scope.CONSENT_WRITE}
    )


async def shown(
    services: Services, who: Principal, snapshot: ProfileSnapshot
) -> tuple[shapes.Profile, list[str]]:
    """The profile for this caller, and the names of the fields that it shows."""
    identifiers: dict[str, str | None] = {}
    stored = _json.decode(snapshot.identifiers)
    if stored:
        if who.may(Scope.CONTACT_READ, snapshot.user_id):
            plain = await services.cipher.decrypt(snapshot.user_id, stored)
            identifiers = {name: plain.get(name) for name in stored}
        else:
            identifiers = dict.fromkeys(stored)
    profile = shapes.Profile(
        user_id=snapshot.user_id,
        version=snapshot.version,
        updated_at_ms=snapshot.updated_at_ms,
        time_zone=snapshot.time_zone,
        identifiers=identifiers,
        attributes=_json.decode(snapshot.attributes),
        preferences=_json.decode(snapshot.preferences),
        consent=_json.decode(snapshot.consent),
        activity=snapshot.activity,
        channels=snapshot.channels,
        held=snapshot.held,
    )
    seen = [f"identifiers.{name}" for name, value in identifiers.items() if value is not None]
    seen += [f"attributes.{name}" for name in profile.attributes]
    seen += ["preferences", "consent", "activity", "channels", "time_zone"]
    return profile, seen


@router.get(
    "/profile",
    operation_id="get_profile",
    summary="A user's profile",
    responses=answers(shapes.Profile, EXAMPLE, problems=[404]),
)
async def get_profile(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.PROFILES_READ)],
) -> Response:
    """Attributes, preferences, consent, activity, and engagement by channel.

    Contact data are shown with `contact:read` or to the user; to others only which there are.
    """
    services = services_of(request)
    snapshot = await snapshot_of(services, who, user_id)
    if snapshot is None or snapshot.erased:
        audited(request, services, who, AuditAction.READ, user_id, ())
        raise not_found("There is no profile of this user: never seen, or erased.")
    profile, fields = await shown(services, who, snapshot)
    audited(request, services, who, AuditAction.READ, user_id, fields)
    return answer(profile)


@router.patch(
    "/profile",
    operation_id="patch_profile",
    summary="Change attributes, identifiers or zone",
    status_code=202,
    responses=answers(
        shapes.Accepted,
        {"id": "u-1", "user_id": "ada", "at_ms": EXAMPLE_AT_MS},
        202,
        "Kafka has it.",
        [409],
    ),
    openapi_extra=idempotent_body(
        shapes.ProfileIn,
        {"attributes": {"language": "de"}, "identifiers": {"email": "ada@example.org"}},
    ),
)
async def patch_profile(
    request: Request,
    user_id: UserId,
    who: Annotated[Principal, allow(Scope.PROFILES_WRITE)],
) -> Response:
    """Fields that are not named stay; null takes one back. The last writer wins per field.

    Identifiers are encrypted before they leave this process.
    """
    services = services_of(request)
    body = await body_of(request)
    fields = of_profile_alone(object_of(body))

    async def work() -> Response:
        accepted, _ = await write_update(request, user_id, who, fields)
        return answer(accepted, 202)

    return await once(request, who, body, services, work)


def of_profile_alone(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a profile update that `profiles:write` allows.

    Raises:
        Problem: 422 for one that has an address, and a scope, of its own.
    """
    for name in ("preferences", "consent", "erase"):
        if name in fields:
            raise invalid(name, "it in this body", "at its own address")
    return fields


async def write_update(
    request: Request,
    user_id: str,
    who: Principal,
    fields: dict[str, Any],
    action: AuditAction = AuditAction.CHANGE,
    *,
    place: int | str = 0,
    said: Any = None,
) -> tuple[shapes.Accepted, ProfileUpdate]:
    """Write a profile update of these fields, with its audit record.

    `place` and `said` are as of `with_identity`.

    Raises:
        Problem: a field breaks the contract, or Kafka does not take it.
    """
    services = services_of(request)
    fields = with_identity(fields, who, request, services.write_moment_ms(), place, said)
    zone = fields.get("time_zone")
    if isinstance(zone, str) and not is_known_zone(zone):
        # In the stream an unknown zone is ignored; here someone can be told.
        raise invalid("time_zone", "another name", "a zone of the IANA list, as Europe/Berlin")
    update, value = record_of(ProfileUpdate, {**fields, "user_id": user_id})
    if update.identifiers:
        sealed = await services.cipher.encrypt(user_id, update.identifiers)
        update, value = record_of(
            ProfileUpdate, {**fields, "user_id": user_id, "identifiers": sealed}
        )
    audited(request, services, who, action, user_id, names_of(update), update.id)
    await services.writer.write(RecordKind.PROFILE_UPDATE, user_id, value)
    await services.own_writes.note(who.subject, update)
    return shapes.Accepted(update.id, user_id, update.at_ms), update


def names_of(update: ProfileUpdate) -> list[str]:
    """The names of the fields that an update writes."""
    names = [
        f"{group}.{name}"
        for group in ("attributes", "identifiers", "consent")
        for name in getattr(update, group) or ()
    ]
    if update.preferences is not None:
        names += [f"preferences.{name}" for name in msgspec.to_builtins(update.preferences)]
    return names + (["time_zone"] if update.time_zone else []) + (["erase"] if update.erase else [])
