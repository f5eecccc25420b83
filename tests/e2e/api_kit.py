"""The API, the job, the sinks and the webhook worker, on topics of their own on the stack."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyotp
from decide_kit import wait_until

from api.auth.clients import Clients
from api.auth.scopes import Role
from api.running import Running
from api.serving import server_of
from api.settings import ApiSettings
from deploy.local import checks
from deploy.local import topics as local_topics
from deploy.local.flink import Flink
from deploy.local.stack import Stack
from deploy.settings import Settings

JOB = Path(__file__).parents[2] / "jobs" / "decide.py"


class ApiRig:
    """What a test talks to."""

    def __init__(self, settings: Settings, running: Running, port: int) -> None:
        self.settings = settings
        self.running = running
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        self._tokens: dict[str, str] = {}

    def call(
        self, method: str, path: str, role: Role = Role.ADMIN, **options: Any
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token(role)}"}
        return self.http.request(method, path, headers=headers, **options)

    def user_token(self, user: str) -> str:
        """A token of a user's own, from the admin, as the customer's site gets it."""
        if user not in self._tokens:
            self._tokens[user] = self._grant(Role.ADMIN, user_id=user)
        return self._tokens[user]

    def token(self, role: Role) -> str:
        """From the built-in issuer, as a client gets it."""
        if role not in self._tokens:
            self._tokens[role] = self._grant(role)
        return self._tokens[role]

    def _grant(self, role: Role, **more: str) -> str:
        made = self.running.clients.add(f"test-{role}-{len(self._tokens)}", [role])
        form = {
            "grant_type": "client_credentials",
            "client_id": made.id,
            "client_secret": made.secret,
            **more,
        }
        if made.totp_uri:
            totp = pyotp.parse_uri(made.totp_uri)
            assert isinstance(totp, pyotp.TOTP)
            form["totp"] = totp.now()
        answer = self.http.post("/v1/oauth/token", data=form)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token


@contextmanager
def api_on(stack: Stack) -> Iterator[ApiRig]:
    """All of it, for as long as the block lasts."""
    mark = f"api-{os.getpid()}-{time.time_ns() // 1_000_000}"
    settings = stack.settings.model_copy(
        update={"topic_prefix": mark, "keyspace": mark.replace("-", "_")}
    )
    local_topics.ensure(settings)
    flink = Flink(settings)
    with ExitStack() as ends, tempfile.TemporaryDirectory() as folder:
        job = flink.submit(JOB, ["--prefix", mark, "--name", mark, "--parallelism", "1"])
        ends.callback(flink.cancel, job)
        flink.wait_running(job)
        for module in ("jobs.profiles", "jobs.history", "jobs.webhooks"):
            ends.enter_context(_worker(module, settings))
        port = next(p for p in range(settings.api_port, 65_000) if checks.is_free(p))
        api = ApiSettings(secrets_dir=Path(folder), port=port, token_ttl_s=3_600)
        Clients(Path(folder) / "clients.json").ensure_admin()
        running = Running(settings, api)
        server = server_of(running.app, api)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        ends.callback(thread.join, 30)
        ends.callback(lambda: setattr(server, "should_exit", True))
        wait_until("the API answers", lambda: server.started)
        rig = ApiRig(settings, running, port)
        ends.callback(rig.http.close)
        yield rig


@contextmanager
def _worker(module: str, settings: Settings) -> Iterator[None]:
    log = settings.logs / f"{module}-{settings.topic_prefix}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--metrics-port=0"],
            env={**os.environ, **settings.environment()},
            cwd=settings.root,
            stdout=out,
            stderr=out,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)
