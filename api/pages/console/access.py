"""Which pages of the console a session may see, and what all of them are rendered with."""

from typing import Any, NamedTuple

from fastapi import Request
from starlette.responses import HTMLResponse

from api.auth import Principal, Scope
from api.pages.shared import render


class Page(NamedTuple):
    """A page in the navigation, and the scope that it needs."""

    path: str
    label: str
    scope: Scope


PAGES = (
    Page("/console/overview", "Overview", Scope.OPERATIONS_READ),
    Page("/console/user", "Users", Scope.HISTORY_READ),
    Page("/console/policy", "Policy", Scope.POLICY_READ),
    Page("/console/models", "Models", Scope.MODELS_READ),
    Page("/console/dead-letters", "Dead letters", Scope.OPERATIONS_READ),
)


def pages_for(who: Principal) -> list[Page]:
    """The pages that a session may open, in the order of the navigation."""
    return [page for page in PAGES if who.may(page.scope)]


def page(
    request: Request, who: Principal, template: str, *, status: int = 200, **context: Any
) -> HTMLResponse:
    """A page of the console, with its navigation and what the session may do."""
    own = request.url.path
    return render(
        request,
        f"console/{template}",
        status=status,
        who=who,
        pages=pages_for(who),
        here=next((p.path for p in PAGES if own.startswith(p.path)), ""),
        account=who,
        scopes={str(scope) for scope in who.scopes if who.may(scope)},
        **context,
    )
