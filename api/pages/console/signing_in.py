"""Signing in with a client's id, secret and one-time code; signing out; where one begins."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from api.auth import Principal, Public, signed_in
from api.auth.issuer import OAuthError
from api.pages.console.access import page, pages_for
from api.pages.shared import back_to, form_of, from_elsewhere, render
from api.problems import Problem
from api.routes.common import services_of

router = APIRouter()

HOME = "/console"
_LONGEST = 512


@router.get("/console")
async def home(request: Request, who: Annotated[Principal, signed_in()]) -> Response:
    """On to the first page that the session may see."""
    pages = pages_for(who)
    if pages:
        return RedirectResponse(pages[0].path, 303)
    return page(request, who, "nothing.html")


@router.get("/console/login", dependencies=[Depends(Public("it is where sessions begin"))])
async def ask(request: Request) -> Response:
    """The form."""
    return _form(request, _next(request.query_params.get("next", "")))


@router.post("/console/login", dependencies=[Depends(Public("it is where sessions begin"))])
async def sign_in(request: Request) -> Response:
    """Begin a session, or say why not; refused ones count as refused token requests do.

    Raises:
        Problem: 403 from another site's form, 429 after too many tries.
    """
    if from_elsewhere(request):
        raise Problem(403, "csrf", "Sign in on the console's own page.")
    services = services_of(request)
    fields = {name: values[-1][:_LONGEST] for name, values in (await form_of(request)).items()}
    client_id, then = fields.get("client_id", "").strip(), _next(fields.get("next", ""))
    code = fields.get("totp", "").replace(" ", "")
    source = request.client.host if request.client else "unknown"
    whose = (f"client:{client_id[:128]}", f"address:{source}")
    await services.limits.check_logins(*whose)
    try:
        token = await services.issuer.token(
            client_id, fields.get("client_secret", "").strip(), totp=code or None
        )
    except OAuthError as error:
        services.metrics.refused_logins.inc()
        await services.limits.fail(*whose)
        return _form(request, then, client_id=client_id, trouble=error.description, status=401)
    who = await services.identities.of_token(token.access_token)
    response = back_to(then)
    services.sessions.begin(response, who)
    return response


@router.post("/console/logout")
async def sign_out(request: Request, _who: Annotated[Principal, signed_in()]) -> Response:
    """End the session of this browser."""
    response = back_to(f"{HOME}/login")
    services_of(request).sessions.end(response)
    return response


def _form(
    request: Request, then: str, *, client_id: str = "", trouble: str = "", status: int = 200
) -> Response:
    return render(
        request,
        "console/login.html",
        status=status,
        next=then,
        client_id=client_id,
        trouble=trouble,
    )


def _next(asked: str) -> str:
    """Where to go then: a page of the console, whatever was asked for."""
    try:
        parts = urlsplit(asked)
    except ValueError:
        return HOME
    inside = parts.path == HOME or parts.path.startswith(f"{HOME}/")
    own = not parts.scheme and not parts.netloc and inside and "\\" not in asked
    return asked if own and asked.isprintable() and parts.path != f"{HOME}/login" else HOME
