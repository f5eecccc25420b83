"""Around every request: a trace id, a bound on the body, safe headers, the log line, the metrics.

The log names routes by their template and clients by their id. Paths, queries, bodies, the ids of
users and the texts of exceptions never get into it.
"""

import logging
import re
import secrets
import time
from typing import Any

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import ApiMetrics
from api.problems import Problem
from api.settings import ApiSettings
from tactful.faults import without_values

log = logging.getLogger("tactful.api")
access = logging.getLogger("tactful.api.access")

_TRACE = re.compile(r"[A-Za-z0-9_-]{8,64}")
GRAPHQL = "/graphql"
_LARGE = ("/v1/events/bulk", "/v1/audiences/best-time")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_LINE = "%s %s %d %.1f ms %s trace=%s"
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"


class TooLargeError(Exception):
    """The body went on beyond its bound."""

    def __init__(self, bound: int) -> None:
        super().__init__(str(bound))
        self.bound = bound


class Edge:
    """The outermost application."""

    def __init__(self, app: ASGIApp, settings: ApiSettings, metrics: ApiMetrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        dressed = {**_HEADERS, "Content-Security-Policy": _API_POLICY, "Cache-Control": "no-store"}
        if settings.secure:
            dressed["Strict-Transport-Security"] = "max-age=31536000"
        self._dressed = [(k.lower().encode(), v.encode()) for k, v in dressed.items()]
        self._counters: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = _trace_of(scope)
        scope["trace"] = trace
        began_s = time.perf_counter()
        state = {"status": 0}
        bound = self._bound(scope["path"])

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                state["status"] = message["status"]
                self._dress(message, trace)
            await send(message)

        self._metrics.open_requests.inc()
        try:
            declared = _declared(scope)
            if declared > bound:
                problem = too_large(scope["path"], str(declared), bound)
                await problem.response(trace)(scope, receive, answer)
            else:
                await self._app(scope, _bounded(receive, bound), answer)
        except Exception as error:  # noqa: BLE001 - the last resort, which says nothing private
            log.error("trace=%s %s", trace, without_values(error))  # noqa: TRY400
            if not state["status"]:
                problem = Problem(500, "internal", "It is logged under this trace.")
                await problem.response(trace)(scope, receive, answer)
        finally:
            self._metrics.open_requests.dec()
            self._note(scope, state["status"], time.perf_counter() - began_s, trace)

    def _bound(self, path: str) -> int:
        settings = self._settings
        return settings.max_bulk_bytes if path in _LARGE else settings.max_body_bytes

    def _dress(self, message: Message, trace: str) -> None:
        """Add what each answer has, unless it says otherwise itself."""
        headers = list(message["headers"])
        said = {name for name, _ in headers}
        headers += [pair for pair in self._dressed if pair[0] not in said]
        headers.append((b"x-trace-id", trace.encode()))
        message["headers"] = headers

    def _note(self, scope: Scope, status: int, took_s: float, trace: str) -> None:
        route = template_of(scope)
        key = (route, _method(scope), status)
        counters = self._counters.get(key)
        if counters is None:
            counters = self._counters[key] = (
                self._metrics.requests.labels(route, key[1], str(status)),
                self._metrics.request_ms.labels(route),
            )
        counters[0].inc()
        counters[1].observe(took_s * 1000)
        if access.isEnabledFor(logging.INFO):
            who = scope.get("principal")
            # A person is not named, not even by id; a client is.
            caller = "-" if who is None else "user" if who.user_id is not None else who.subject
            said = (key[1], route, status, took_s * 1000, caller, trace)
            # Not `info`, which would look through the stack for the line that called it.
            access.handle(
                access.makeRecord(access.name, logging.INFO, __file__, 0, _LINE, said, None)
            )


def template_of(scope: Scope) -> str:
    """The route's template, as `/v1/users/{user_id}/profile`; "unknown" where none matched."""
    found = scope.get("route")
    return getattr(found, "path", None) or "unknown"


def _method(scope: Scope) -> str:
    method = scope["method"]
    # A made-up method must not make a series of its own.
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
    return method if method in known else "other"


def _trace_of(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-trace-id":
            text = value.decode("latin-1")
            if _TRACE.fullmatch(text):
                return str(text)
    return secrets.token_hex(8)


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


def _bounded(receive: Receive, bound: int) -> Receive:
    read = 0

    async def bounded() -> Any:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > bound:
                raise TooLargeError(bound)
        return message

    return bounded


def too_large(path: str, found: str, bound: int) -> Problem:
    """413; at GraphQL's address it says where more is taken."""
    more = f"; more by {' and '.join(_LARGE)}" if path == GRAPHQL else ""
    return Problem(
        413,
        "too-large",
        f"body: found {found} bytes, allowed: at most {bound}{more}",
        headers={"Connection": "close"},
        allowed_bytes=bound,
    )
