"""Routes whose handler is called without FastAPI's machinery for dependencies.

Almost all operations have the same parts: a guard, the request, and ids in the path. What FastAPI
does beyond calling these (exit stacks, a walk over the dependencies, a throw-away response) costs
more than most operations do. The declarations stay FastAPI's: the OpenAPI document, the guards'
table, and the words for a parameter that breaks its bounds come from them.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.allowing import Allow, Own

Guard = Allow | Own


class DirectRoute(APIRoute):
    """A route that is called directly where it has nothing but a guard, the request and its path.

    Any other route, and a request whose path breaks its bounds, goes FastAPI's usual way.

    Attributes:
        direct: whether it is one of those.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        self._stem = path.partition("{")[0]
        self.direct = self.response_field is None and _is_plain(self.dependant)
        if self.direct:
            self.app = _directly(self.dependant, endpoint, self.app)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route does; most are ruled out by how the path begins."""
        if not scope["path"].startswith(self._stem) and not scope.get("root_path"):
            return Match.NONE, {}
        return super().matches(scope)


def _is_plain(of: Dependant) -> bool:
    """Whether there is nothing that only FastAPI could find."""
    others = (
        of.query_params,
        of.header_params,
        of.cookie_params,
        of.body_params,
        of.http_connection_param_name,
        of.websocket_param_name,
        of.background_tasks_param_name,
        of.response_param_name,
        of.security_scopes_param_name,
    )
    guarded = len(of.dependencies) == 1 and isinstance(of.dependencies[0].call, Guard)
    return guarded and of.request_param_name is not None and not any(others)


def _directly(
    of: Dependant, endpoint: Callable[..., Awaitable[Response]], usual: ASGIApp
) -> ASGIApp:
    (guarded,) = of.dependencies
    guard, name_of_caller, name_of_request = guarded.call, guarded.name, of.request_param_name
    assert isinstance(guard, Guard)
    assert name_of_request is not None
    checks = [(each.name, each.alias, each.validate) for each in of.path_params]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        values: dict[str, Any] = {name_of_request: request}
        for name, alias, validate in checks:
            values[name], wrong = validate(scope["path_params"][alias], {}, loc=("path", alias))
            if wrong:
                await usual(scope, receive, send)
                return
        who = await guard(request)
        if name_of_caller is not None:
            values[name_of_caller] = who
        response = await endpoint(**values)
        await response(scope, receive, send)

    return app
