"""In and out: by the link of a message, by a token, and signing out."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.auth import Principal, Public, Scope, own
from api.auth.principal import user_principal
from api.pages.shared import form_of, from_elsewhere, render
from api.problems import Problem
from api.routes.common import services_of
from api.services import Services

router = APIRouter(prefix="/preferences")

HOME = "/preferences"


async def enter_by_link(request: Request, token: str) -> Response:
    """Begin the session of whom a link is for, and go on without the link in the address.

    By a page that goes on by itself: browsers keep a strict cookie back from a redirect that
    another site's link began, but not from what our own page loads.

    Raises:
        Problem: 401 for a link that is none, 429 after too many of them.
    """
    services = services_of(request)
    try:
        found = await read_link(request, services, token, "preferences")
    except Problem as problem:
        if problem.status != 401:
            raise
        return sign_in(request, "link", 401)
    response = render(request, "preferences/entering.html", home=HOME)
    who = user_principal(found["user_id"], "link", 0, linked_by=found.get("by"))
    services.sessions.begin(response, who)
    return response


async def read_link(
    request: Request, services: Services, token: str, purpose: Literal["preferences", "unsubscribe"]
) -> dict[str, str]:
    """What a link says. A good one is never refused; whoever tries many bad ones has to wait.

    Raises:
        Problem: 401, 429.
    """
    try:
        return services.links.read(purpose, token)
    except Problem:
        await _count_failure(request, services)
        raise


async def _count_failure(request: Request, services: Services) -> None:
    """Note a proof that is none. Mail programs of many people share an address: good ones pass.

    Raises:
        Problem: 429.
    """
    source = f"address:{request.client.host if request.client else 'unknown'}"
    await services.limits.check_logins(source)
    await services.limits.fail(source)


def sign_in(request: Request, trouble: str | None = None, status: int = 200) -> Response:
    """The page for whoever has no session; `trouble` is what did not work."""
    return render(request, "preferences/sign_in.html", status=status, trouble=trouble)


@router.post("/session", dependencies=[Depends(Public("a person's token is proven by itself"))])
async def post_session(request: Request) -> Response:
    """Begin a session with a token of the person's own."""
    services = services_of(request)
    if from_elsewhere(request):
        # Another site must not sign people in as someone else, whose page they would then fill in.
        raise Problem(403, "csrf", "The form is not of this site.")
    token = (await form_of(request)).get("token", [""])[0].strip()
    try:
        who = await services.identities.of_token(token)
    except Problem:
        await _count_failure(request, services)
        return sign_in(request, "token", 401)
    if who.user_id is None:
        return sign_in(request, "client", 403)
    response = render(request, "preferences/entering.html", home=HOME)
    services.sessions.begin(response, who)
    return response


@router.post("/sign-out")
async def post_sign_out(
    request: Request, _who: Annotated[Principal, own(Scope.PREFERENCES_READ)]
) -> Response:
    """End the session."""
    response = render(request, "preferences/signed_out.html")
    services_of(request).sessions.end(response)
    return response
