"""The OpenAPI document: shapes from msgspec, security from the route table, and examples."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api import shapes
from api.auth import Allow, Own, Public, Scope
from api.plain_shapes import PLAIN_SHAPES
from api.webhook_document import TOLD_SHAPES, webhooks
from api.webhook_shapes import WEBHOOK_SHAPES
from tactful.records import LedgerEntry, Preferences

TITLE: Final = "Tactful"
VERSION: Final = "1.0.0"
REF: Final = "#/components/schemas/{name}"

PROBLEM_STATUSES: Final = {
    400: "The body can't be read.",
    401: "There is no valid token.",
    403: "The token does not allow it.",
    404: "There is nothing here.",
    409: "Something else is in the way.",
    412: "It has changed since it was read.",
    413: "The body is too large.",
    415: "The body is of a type that is not read here.",
    422: "A field breaks the contract; `errors` names it, what was found, and what is allowed.",
    429: "Too many requests; `Retry-After` says when to come back.",
    500: "An error of ours, logged under `trace`.",
    503: "Something that this needs does not answer; the same request may be sent again.",
    504: "Not within the deadline; the document says where to look later.",
}

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "An RFC 9457 problem document.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:tactful:problem:invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "trace": {"type": "string", "description": "Finds the request in the log."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "found": {"type": "string"},
                    "allowed": {"type": "string"},
                    "index": {"type": "integer"},
                },
            },
        },
        "decision_id": {"type": "string"},
        "request_id": {"type": "string"},
        "status_url": {"type": "string"},
    },
}
_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def ref(type_: type[msgspec.Struct]) -> dict[str, str]:
    """Points to a shape of the document."""
    return {"$ref": REF.format(name=type_.__name__)}


def answers(
    type_: type[msgspec.Struct] | None,
    example: Any = None,
    status: int = 200,
    text: str = "As asked.",
    problems: Iterable[int] = (),
) -> dict[int | str, dict[str, Any]]:
    """`responses` of a route: what it gives, and the problems beyond those of every route."""
    good: dict[str, Any] = {"description": text}
    if type_ is not None:
        content: dict[str, Any] = {"schema": ref(type_)}
        if example is not None:
            content["example"] = example
        good["content"] = {"application/json": content}
    return {status: good, **{code: _problem(code) for code in problems}}


def body(
    type_: type[msgspec.Struct], example: Any, media_types: Iterable[str] = ("application/json",)
) -> dict[str, Any]:
    """`openapi_extra` of a route that reads a body."""
    content = {kind: {"schema": ref(type_), "example": example} for kind in media_types}
    return {"requestBody": {"required": True, "content": content}}


IDEMPOTENT: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request gets the same answer, for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}


def idempotent_body(type_: type[msgspec.Struct], example: Any) -> dict[str, Any]:
    """As `body`, for a route that takes an Idempotency-Key."""
    return {**body(type_, example), "parameters": [IDEMPOTENT]}


def install(app: FastAPI) -> None:
    """Give the app its document, made once."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def routes_of(app: FastAPI) -> list[APIRoute]:
    """The routes of the app, those of its routers included."""
    return [route for route in _walk(app.routes) if isinstance(route, APIRoute)]


def _walk(routes: Iterable[Any]) -> Iterable[Any]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _walk(inner.routes)
        else:
            yield route


def guard_of(route: APIRoute) -> Allow | Own | Public | None:
    """What a route declares of who may call it."""
    for each in route.dependant.dependencies:
        if isinstance(each.call, Allow | Own | Public):
            return each.call
    return None


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=TITLE,
        version=VERSION,
        openapi_version="3.1.0",
        summary="Decides whether, when and where to notify each user.",
        description=_DESCRIPTION,
        routes=app.routes,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    components = document.setdefault("components", {})
    wanted = [
        *(getattr(shapes, name) for name in shapes.__all__),
        *WEBHOOK_SHAPES,
        *PLAIN_SHAPES,
        *TOLD_SHAPES,
    ]
    _, schemas = msgspec.json.schema_components(
        [*wanted, LedgerEntry, Preferences], ref_template=REF
    )
    own = components.setdefault("schemas", {})
    own.update(schemas)
    own.pop("HTTPValidationError", None)
    own.pop("ValidationError", None)
    own["Problem"] = PROBLEM_SCHEMA
    components["securitySchemes"] = {
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "From `POST /v1/oauth/token`, or of the issuer that is trusted.",
        }
    }
    guards = {
        (method.lower(), route.path): guard_of(route)
        for route in routes_of(app)
        for method in route.methods or ()
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _finish(operation, guards.get((method, path)), path)
    document["webhooks"] = webhooks(REF)
    return document


def _finish(operation: dict[str, Any], guard: Allow | Own | Public | None, path: str) -> None:
    responses = operation["responses"]
    responses.pop("422", None) if "HTTPValidationError" in str(responses.get("422")) else None
    if isinstance(guard, Allow):
        operation["security"] = [{"bearer": []}]
        if guard.scope is not None:
            operation["x-scope"] = str(guard.scope)
            who = f"Needs the scope `{guard.scope}`"
            if guard.own(path):
                who += ", or a user's own token"
            operation["description"] = f"{operation.get('description', '')}\n\n{who}.".strip()
        for status in (401, 403):
            responses.setdefault(str(status), _problem(status))
    else:
        operation["security"] = []
    usual = [422, 429, 500, 503]
    if "requestBody" in operation:
        usual += [400, 413, 415]
    for status in usual:
        responses.setdefault(str(status), _problem(status))
    operation["responses"] = dict(sorted(responses.items()))


def _problem(status: int) -> dict[str, Any]:
    return {"description": PROBLEM_STATUSES[status], "content": _PROBLEM}


def scopes() -> list[str]:
    """All scopes, for the documentation."""
    return [str(scope) for scope in Scope]


_DESCRIPTION = """\
Events, requests, feedback and preferences go in; verdicts with their reasons come out.

Writes are accepted when Kafka has them (202); what follows from them shows in the ledger and in the
profile within a second. Times are epoch milliseconds (UTC). Errors are RFC 9457 problem documents.

Under `/v1` nothing is taken away and nothing changes its meaning: what may come are further
operations, optional fields, fields in answers, and values of open lists (reasons, problem types,
event types). A client ignores what it does not know. A change that breaks this is a `/v2`.
"""
