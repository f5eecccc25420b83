"""The dependency that each route declares: which scope it needs, or that it is for all.

A test walks the route table and fails for a route that declares nothing.
"""

from typing import Any

from fastapi import Depends, Request

from api.auth.principal import Principal
from api.auth.scopes import USER_SCOPES, Scope
from api.problems import Problem


async def _caller(request: Request, *, heavy: bool) -> Principal:
    """Whoever calls, noted for the log and counted.

    Raises:
        Problem: 401, 429.
    """
    services = request.app.state.services
    who: Principal = await services.identities.of(request)
    request.scope["principal"] = who
    await services.limits.count(who.subject, heavy=heavy)
    return who


class Allow:
    """Lets those in whose token has the scope; a person only to their own `{user_id}`.

    Args:
        scope: what is needed; None: any valid token.
        heavy: whether it counts for the limit of costly operations too.
    """

    def __init__(self, scope: Scope | None, *, heavy: bool = False) -> None:
        self.scope = scope
        self.heavy = heavy

    async def __call__(self, request: Request) -> Principal:
        """The caller.

        Raises:
            Problem: 401, 403 or 429.
        """
        who = await _caller(request, heavy=self.heavy)
        if self.scope is not None:
            who.need(self.scope, request.path_params.get("user_id"))
        return who

    def own(self, path: str) -> bool:
        """Whether a person may call the route for themself."""
        return self.scope in USER_SCOPES and "{user_id}" in path


class Own:
    """Lets a person to a page of their own: no path names whose data they are, the session does.

    Args:
        scope: what the page needs, for the person's own data.
        heavy: whether it counts for the limit of costly operations too.
    """

    def __init__(self, scope: Scope, *, heavy: bool = False) -> None:
        self.scope = scope
        self.heavy = heavy

    async def __call__(self, request: Request) -> Principal:
        """The person, whose id is `user_id`.

        Raises:
            Problem: 401, 429; 403 for a client, who has no preferences of its own.
        """
        who = await _caller(request, heavy=self.heavy)
        if who.user_id is None:
            raise Problem(403, "forbidden", "This page is a person's own; a client has none.")
        who.need(self.scope, who.user_id)
        return who


class Public:
    """Marks a route that needs no token; `why` is for the reader of the route table."""

    def __init__(self, why: str) -> None:
        self.why = why

    async def __call__(self) -> None:
        """Let everybody in."""


def allow(scope: Scope, *, heavy: bool = False) -> Any:
    """The dependency for a route that needs a scope."""
    return Depends(Allow(scope, heavy=heavy))


def own(scope: Scope, *, heavy: bool = False) -> Any:
    """The dependency for a page of a person's own."""
    return Depends(Own(scope, heavy=heavy))


def signed_in() -> Any:
    """The dependency for a route that any valid token may call."""
    return Depends(Allow(None))


def unauthenticated(detail: str, error: str = "invalid_token") -> Problem:
    """401, as RFC 6750 wants it said."""
    challenge = f'Bearer realm="tactful", error="{error}"' if error else 'Bearer realm="tactful"'
    return Problem(401, "unauthenticated", detail, headers={"WWW-Authenticate": challenge})
