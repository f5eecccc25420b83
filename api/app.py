"""The application: routes, errors, documentation, around services that are handed in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import openapi, pages
from api.bodies import contract_problem
from api.edge import Edge, TooLargeError, log, too_large
from api.graphql import router as graphql
from api.pages.shared import Pages, told
from api.problems import Fault, Problem
from api.routes import ROUTERS
from api.services import Services
from api.settings import ApiSettings
from schemas.errors import ContractError
from tactful.faults import without_values

Hook = Callable[[], Awaitable[None]]


def create(
    settings: ApiSettings,
    services: Services,
    *,
    start: Hook | None = None,
    stop: Hook | None = None,
) -> FastAPI:
    """The whole application.

    Args:
        settings: limits and addresses.
        services: what the routes work with.
        start: awaited before the first request.
        stop: awaited after the last.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if start is not None:
            await start()
        try:
            yield
        finally:
            if stop is not None:
                await stop()

    app = FastAPI(
        title=openapi.TITLE,
        version=openapi.VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # A redirect would repeat a path with a user's id in a header, and help nobody.
        redirect_slashes=False,
        # Its spans have paths, and so users' ids; whether anybody wants them is asked each time.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = services
    app.state.settings = settings
    app.state.pages = Pages.of(settings.pages_dir)
    for router in (*ROUTERS, graphql):
        # Not included but taken over: FastAPI looks for an included router's route twice, each time
        # by way of all routers before it.
        app.router.routes.extend(router.routes)
    app.include_router(pages.router)
    _install_errors(app)
    openapi.install(app)
    app.add_middleware(Edge, settings=settings, metrics=services.metrics)
    return app


def _install_errors(app: FastAPI) -> None:
    async def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return told(request, error)

    async def contract(request: Request, error: Exception) -> Response:
        assert isinstance(error, ContractError)
        return told(request, contract_problem(error))

    async def large(request: Request, error: Exception) -> Response:
        assert isinstance(error, TooLargeError)
        return told(request, too_large(request.url.path, "more", error.bound))

    async def parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = [
            Fault(
                str(each.get("input"))[:60],
                str(each.get("msg", "")).lower(),
                ".".join(str(word) for word in each["loc"][1:]) or None,
            )
            for each in error.errors()
        ]
        first = faults[0]
        detail = f"{first.field}: found {first.found}, allowed: {first.allowed}"
        return told(request, Problem(422, "invalid", detail, errors=faults))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        headers = error.headers or {}
        if error.status_code == 404:
            return told(request, Problem(404, "not-found", "There is no such address."))
        if error.status_code == 405:
            detail = "The address is there, but not for this method."
            return told(request, Problem(405, "method-not-allowed", detail, headers=headers))
        return told(request, Problem(error.status_code, "malformed", str(error.detail)))

    async def unexpected(request: Request, error: Exception) -> Response:
        trace = request.scope.get("trace")
        log.error("trace=%s %s", trace, without_values(error))
        return told(request, Problem(500, "internal", "It is logged under this trace."))

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(ContractError, contract)
    app.add_exception_handler(TooLargeError, large)
    app.add_exception_handler(RequestValidationError, parameters)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(Exception, unexpected)
