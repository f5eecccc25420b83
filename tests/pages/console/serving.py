"""The world behind a real server on loopback, for browsers."""

import threading
import time
from types import TracebackType
from typing import Self

import pyotp
import uvicorn
from api_world import World

from api.auth.clients import NewClient
from api.auth.scopes import Role


class Served:
    """One world on a port of its own, from a thread."""

    def __init__(self, world: World) -> None:
        self.world = world
        config = uvicorn.Config(world.app, port=0, log_config=None, lifespan="off", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        deadline_s = time.monotonic() + 15
        while not self._server.started and time.monotonic() < deadline_s:
            time.sleep(0.02)
        assert self._server.started
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)


def client_of(world: World, *roles: Role, name: str = "ops") -> NewClient:
    """A client that may sign in."""
    return world.clients.add(name, list(roles))


def code_of(client: NewClient) -> str:
    """The one-time code of this moment."""
    assert client.totp_uri is not None
    code: str = pyotp.parse_uri(client.totp_uri).now()  # type: ignore[union-attr]
    return code
