"""A worker's HTTP side: Prometheus metrics at /metrics, and at /healthz whether it still turns."""

import json
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

Health = Callable[[], tuple[bool, dict[str, Any]]]
"""Whether the worker is alive, and what more there is to say of it."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base names it
        """Scrapes are no news."""


class HealthServer:
    """Serves from a thread of its own until `close`.

    Args:
        host: the address to listen on.
        port: 0 takes a free one; `port` then tells which.
        registry: the metrics to show.
        health: asked at each /healthz; not alive answers 503.
    """

    def __init__(self, host: str, port: int, registry: CollectorRegistry, health: Health) -> None:
        metrics = make_wsgi_app(registry)

        def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            if environ.get("PATH_INFO") != "/healthz":
                answer: Iterable[bytes] = metrics(environ, start)
                return answer
            alive, facts = health()
            start(
                "200 OK" if alive else "503 Service Unavailable",
                [("Content-Type", "application/json")],
            )
            return [json.dumps({"alive": alive, **facts}).encode() + b"\n"]

        self._server: WSGIServer = make_server(host, port, app, handler_class=_Quiet)
        self.port: int = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
