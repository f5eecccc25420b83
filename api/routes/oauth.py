"""Tokens of the built-in issuer, and the public keys that verify them."""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qs, unquote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.auditing import audited
from api.auth import Principal, Public, Scope
from api.auth.issuer import OAuthError, Token
from api.bodies import answer, body_of
from api.direct import DirectRoute
from api.openapi import answers
from api.plain_shapes import Jwks, TokenRefusal
from api.routes.common import services_of
from api.services import Services
from schemas.audit import AuditAction

router = APIRouter(tags=["tokens"], route_class=DirectRoute)

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "client_id": {"type": "string", "maxLength": 128},
                        "client_secret": {"type": "string", "maxLength": 256},
                        "scope": {"type": "string", "maxLength": 2048},
                        "totp": {"type": "string", "maxLength": 16},
                        "user_id": {"type": "string", "maxLength": 256},
                    },
                },
                "example": {
                    "grant_type": "client_credentials",
                    "client_id": "shop",
                    "client_secret": "tfs_…",
                    "scope": "events:write requests:write",
                },
            }
        },
    }
}
_TOKEN: dict[int | str, dict[str, Any]] = {
    **answers(
        Token,
        {
            "access_token": "eyJ…",
            "token_type": "Bearer",
            "expires_in": 900,
            "scope": "events:write requests:write",
        },
        200,
        "A token (RFC 6749).",
    ),
    **answers(
        TokenRefusal,
        {"error": "invalid_scope", "error_description": "A scope is not the client's."},
        400,
        "Refused (RFC 6749, section 5.2), or a body that can't be read.",
    ),
    **answers(
        TokenRefusal,
        {"error": "invalid_client", "error_description": "The client or its secret is wrong."},
        401,
        "The client or its secret is not right.",
    ),
}


@router.post(
    "/v1/oauth/token",
    operation_id="post_token",
    summary="A token for a client",
    dependencies=[Depends(Public("it is where tokens come from"))],
    responses=_TOKEN,
    openapi_extra=_FORM,
)
async def post_token(request: Request) -> Response:
    """The client-credentials grant of RFC 6749.

    The secret may come by HTTP basic authentication or in the form. Admin scopes need `totp`, the
    current one-time code. With `user_id`, a client with `tokens:user` gets a token for that person.
    """
    services = services_of(request)
    body = await body_of(request, "application/x-www-form-urlencoded")
    try:
        form = {
            name: values[-1]
            for name, values in parse_qs(
                body.decode(), keep_blank_values=True, max_num_fields=32
            ).items()
        }
    except ValueError:
        return _refusal(OAuthError("invalid_request", "The form can't be read."))
    client_id, secret = _credentials(request, form)
    source = request.client.host if request.client else "unknown"
    whose = (f"client:{client_id[:128]}", f"address:{source}")
    await services.limits.check_logins(*whose)
    if form.get("grant_type") != "client_credentials":
        return _refusal(
            OAuthError("unsupported_grant_type", "Only client_credentials is known here.")
        )
    try:
        token = await services.issuer.token(
            client_id,
            secret,
            scope=form.get("scope"),
            totp=form.get("totp"),
            user_id=form.get("user_id"),
        )
    except OAuthError as error:
        services.metrics.refused_logins.inc()
        await services.limits.fail(*whose)
        return _refusal(error)
    # Only once the secret was right: nobody else can use up what a client has.
    await services.limits.count(f"client:{client_id}", heavy=True)
    if "user_id" in form:
        _given(request, services, client_id, form["user_id"])
    return answer(token, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


@router.get(
    "/.well-known/jwks.json",
    operation_id="get_jwks",
    summary="The public keys of the built-in issuer",
    dependencies=[Depends(Public("public keys"))],
    responses=answers(
        Jwks,
        {
            "keys": [
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
                    "kid": "1795000000000-6d7e43b0",
                    "use": "sig",
                    "alg": "EdDSA",
                }
            ]
        },
        text="A JSON Web Key Set.",
    ),
)
async def get_jwks(request: Request) -> Response:
    """Old keys stay for as long as tokens signed by them may live."""
    keys = services_of(request).issuer.keys.jwks()
    return answer(keys, headers={"Cache-Control": "public, max-age=60"})


def _given(request: Request, services: Services, client_id: str, user_id: str) -> None:
    """Record that a client gets a person's token: a key to their data.

    Raises:
        Problem: 503; it could not be recorded, so it is not given.
    """
    client = services.issuer.clients.get(client_id)
    roles = frozenset(client.roles if client is not None else ())
    who = Principal(f"client:{client_id}", roles, frozenset({Scope.USER_TOKENS}))
    audited(request, services, who, AuditAction.READ, user_id, [str(Scope.USER_TOKENS)])


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    return unquote(name), unquote(secret)


def _refusal(error: OAuthError) -> Response:
    headers = {"Cache-Control": "no-store"}
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="tactful"'
    return answer(
        {"error": error.error, "error_description": error.description}, error.status, headers
    )
