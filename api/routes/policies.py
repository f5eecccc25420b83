"""The policy: read, checked, previewed and pushed, as `tactful policy` does it."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from api import shapes
from api.auth import Principal, Scope, allow
from api.bodies import answer, body_of
from api.direct import DirectRoute
from api.openapi import answers
from api.plain_shapes import PolicyPreview
from api.problems import Fault, Problem, invalid, unavailable
from api.routes.common import services_of
from api.services import Services
from tactful import topics
from tactful.knowledge import POLICY_KEY
from tactful.policy import Policy, PolicyError
from tactful.policy.diff import changes
from tactful.policy.form import Read, read_policy, write_policy

router = APIRouter(prefix="/v1/policy", tags=["policy"], route_class=DirectRoute)

YAML = "application/yaml"
_TYPES = (YAML, "application/json")
_SEEN_S = 5.0
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "JSON, or as people write it with `Content-Type: application/yaml`.",
        "content": {
            "application/json": {
                "schema": {"type": "object", "additionalProperties": True},
                "example": {
                    "version": "mine-1",
                    "channels": {"email": {"address": "email"}},
                    "types": {"order_update": {"purpose": "transactional", "channels": ["email"]}},
                },
            }
        },
    }
}
_PREVIEW: dict[str, Any] = {
    "before": {
        "version": "default-2",
        "endings": {"sent at once": 2},
        "reasons": [{"of": "send", "to": "allowed", "count": 2}],
        "sends": [{"of": "email", "to": "tip", "count": 2}],
        "delay_min": {"p50": 0, "p95": 0},
    },
    "after": {
        "version": "mine-1",
        "endings": {"sent at once": 1, "suppressed": 1},
        "reasons": [
            {"of": "send", "to": "allowed", "count": 1},
            {"of": "suppress", "to": "cap_user", "count": 1},
        ],
        "sends": [{"of": "email", "to": "tip", "count": 1}],
        "delay_min": {"p50": 0, "p95": 0},
    },
    "records": 12,
    "left_out": 0,
    "users": 1,
    "users_changed": 1,
    "requests": 2,
    "requests_changed": 1,
    "moves": [{"of": "sent at once", "to": "suppressed", "count": 1}],
    "reason_moves": [{"of": "sent at once (allowed)", "to": "suppressed (cap_user)", "count": 1}],
    "examples": [],
}
Preview = Callable[[bytes], Awaitable[dict[str, Any]]]
"""Decides the history twice, under the policy in force and another; gives what differs."""


def in_force(services: Services) -> Policy:
    """The policy that the jobs use."""
    return services.knowledge.current.policy


def etag_of(policy: Policy) -> str:
    """Changes with every change of the policy."""
    return f'"{hashlib.sha256(msgspec.json.encode(policy)).hexdigest()[:32]}"'


@router.get(
    "",
    operation_id="get_policy",
    summary="The policy in force",
    responses={
        200: {
            "description": "The policy; as YAML where that is asked for.",
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/PolicyOut"},
                    "example": {"version": "default-2", "policy": {"version": "default-2"}},
                },
                YAML: {"schema": {"type": "string"}},
            },
        }
    },
)
async def get_policy(
    request: Request, _who: Annotated[Principal, allow(Scope.POLICY_READ)]
) -> Response:
    """With `Accept: application/yaml` as people write it. `ETag` is for a push with If-Match."""
    services = services_of(request)
    policy = in_force(services)
    headers = {"ETag": etag_of(policy)}
    if YAML in request.headers.get("accept", ""):
        return Response(write_policy(policy), media_type=YAML, headers=headers)
    return answer(shown(services), headers=headers)


def shown(services: Services) -> shapes.PolicyOut:
    """The policy in force, and why a newer one is not."""
    policy = in_force(services)
    refusal = services.knowledge.refused.get(POLICY_KEY)
    plain = msgspec.to_builtins(policy)
    return shapes.PolicyOut(policy.version, plain, refusal.why if refusal else None)


@router.put(
    "",
    operation_id="put_policy",
    summary="Push a policy",
    responses=answers(
        shapes.PolicyPushed,
        {"version": "mine-1", "seen": True, "warnings": []},
        200,
        "It is published; the jobs take it up within a second.",
        [409, 412],
    ),
    openapi_extra=_BODY,
)
async def put_policy(
    request: Request,
    _who: Annotated[Principal, allow(Scope.POLICY_WRITE)],
    if_match: Annotated[str | None, Header(max_length=128)] = None,
) -> Response:
    """Checked first; what does not hold is told by line. All jobs change over without a restart.

    With `If-Match` only if the policy is still the one that was read.
    """
    services = services_of(request)
    return answer(await pushed(services, await body_of(request, *_TYPES), if_match))


async def pushed(services: Services, text: bytes, if_match: str | None) -> shapes.PolicyPushed:
    """Push a policy's text; with `if_match` only if the policy in force has that tag.

    Raises:
        Problem: 422 for what does not hold, 412 for another policy in force; and those of `push`.
    """
    read = _read(text)
    if if_match is not None and if_match != etag_of(in_force(services)):
        raise Problem(412, "precondition-failed", "Another policy was pushed since.")
    return await push(services, read)


async def push(services: Services, read: Read) -> shapes.PolicyPushed:
    """Publish a policy and wait until the API's own follower has it.

    Raises:
        Problem: a channel without a topic, a version that is used for another content, or Kafka
            does not take it.
    """
    policy, current = read.policy, in_force(services)
    missing = [
        name for name in policy.channels if services.channels and name not in services.channels
    ]
    if missing:
        allowed = ", ".join(services.channels)
        raise Problem(
            422,
            "invalid",
            f"channels: found {', '.join(missing)}, allowed: {allowed}",
            errors=[Fault(", ".join(missing), allowed, "channels")],
        )
    if policy.version == current.version and policy != current:
        raise Problem(
            409,
            "conflict",
            f"version: found {policy.version!r}, which is in force with other content, allowed: a "
            "new one (every decision names the version it was made under)",
        )
    place = await services.writer.write(topics.KNOWLEDGE, POLICY_KEY, msgspec.json.encode(policy))
    seen = await services.knowledge.reached(POLICY_KEY, place.offset, _SEEN_S)
    return shapes.PolicyPushed(policy.version, seen, read.warnings)


@router.post(
    "/check",
    operation_id="check_policy",
    summary="Check a policy without pushing it",
    responses=answers(
        shapes.PolicyChecked,
        {
            "usable": False,
            "problems": [{"message": 'policy:3:11: quiet_hours.start: found "25:00"', "line": 3}],
            "warnings": [],
            "changes": [],
        },
    ),
    openapi_extra=_BODY,
)
async def check_policy(
    request: Request, _who: Annotated[Principal, allow(Scope.POLICY_READ)]
) -> Response:
    """All that is wrong at once, by line; and what would change."""
    services = services_of(request)
    return answer(checked(services, await body_of(request, *_TYPES)))


def checked(services: Services, text: bytes) -> shapes.PolicyChecked:
    """What a policy's text is worth."""
    try:
        read = read_policy(text)
    except PolicyError as error:
        return shapes.PolicyChecked(False, [_problem(each) for each in error.problems], [], [])
    differing = [str(each) for each in changes(in_force(services), read.policy)]
    return shapes.PolicyChecked(True, [], read.warnings, differing, read.policy.version)


@router.post(
    "/preview",
    operation_id="preview_policy",
    summary="What a policy would have changed",
    responses=answers(
        PolicyPreview,
        _PREVIEW,
        text="Endings, reasons and sends under the policy in force and this one.",
    ),
    openapi_extra=_BODY,
)
async def preview_policy(
    request: Request, _who: Annotated[Principal, allow(Scope.POLICY_READ, heavy=True)]
) -> Response:
    """The records that Kafka still holds are decided twice, in a process of their own."""
    return answer(await previewed(services_of(request), await body_of(request, *_TYPES)))


async def previewed(services: Services, text: bytes) -> dict[str, Any]:
    """What a policy's text would have changed.

    Raises:
        Problem: 422 for what does not hold, 503 where no preview can be made.
    """
    read = _read(text)
    preview: Preview | None = services.extras.get("preview")
    if preview is None:
        raise unavailable("No preview can be made here.", 60)
    return await preview(msgspec.json.encode(read.policy))


def _read(text: bytes) -> Read:
    try:
        read = read_policy(text)
        msgspec.json.encode(read.policy)
    except UnicodeEncodeError:
        raise invalid(None, "half a surrogate pair in a string", "text in UTF-8") from None
    except PolicyError as error:
        faults = [Fault(each, "see docs/policy.md", _key(each)) for each in error.problems]
        raise Problem(422, "invalid", str(error)[:2_000], errors=faults) from None
    return read


def _problem(text: str) -> shapes.PolicyProblem:
    parts = text.split(":", 2)
    line = int(parts[1]) if len(parts) > 2 and parts[1].isdigit() else None
    return shapes.PolicyProblem(text, line)


def _key(text: str) -> str | None:
    parts = text.split(": ", 2)
    return parts[1] if len(parts) > 2 else None
