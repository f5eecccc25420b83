"""Problems on pages: the same refusals, as a page in plain words instead of a document."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.pages.shared.rendering import pages_of, render
from api.problems import Problem

_PREFIXES: Final = ("/preferences", "/console")
_SIGN_IN: Final = {"console": "console/login.html"}
"""The areas where whoever is not signed in is asked to, in place of the problem."""


def is_page(request: Request) -> bool:
    """Whether the address is one of a page."""
    path = request.url.path
    return any(path == each or path.startswith(f"{each}/") for each in _PREFIXES)


def wants_page(request: Request) -> bool:
    """Whether a person is to read the answer: a page's address, and no script that asks."""
    return is_page(request) and "application/json" not in request.headers.get("accept", "")


def told(request: Request, problem: Problem) -> Response:
    """The problem for whoever asked: a page, or the document, for scripts with `message`."""
    trace = request.scope.get("trace")
    if not is_page(request):
        return problem.response(trace)
    texts = pages_of(request).catalogue.of(request)
    area = request.url.path.split("/")[1]
    if problem.status == 401 and area in _SIGN_IN and wants_page(request):
        return _sign_in(request, area, problem)
    key = f"{area}.problem.{problem.code}"
    if f"{key}.title" not in texts:
        key = f"shared.problem.{problem.code}"
    if not wants_page(request):
        problem.more.setdefault("message", texts(f"{key}.text"))
        return problem.response(trace)
    response = render(
        request,
        "shared/problem.html",
        status=problem.status,
        title=texts(f"{key}.title"),
        text=texts(f"{key}.text"),
        home=f"/{area}",
        trace=trace,
    )
    response.headers.update(problem.headers)
    return response


def _sign_in(request: Request, area: str, problem: Problem) -> Response:
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    then = asked if request.method == "GET" else f"/{area}"
    response = render(request, _SIGN_IN[area], status=401, next=then, client_id="", trouble="")
    response.headers.update(problem.headers)
    return response
