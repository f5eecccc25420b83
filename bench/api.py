"""The API under load on the running stack: profiles from the cache, and synchronous decisions.

Topics, keyspace, job, sink and API are the benchmark's own. Load and API are two processes; the API
is one uvicorn process, as it is in production.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil

from api.auth.keys import LocalKeys
from bench.api_load import Plan
from bench.api_preferences import preferences_obeyed
from bench.cluster import Run
from bench.traffic import first_updates, user_id
from deploy.local import checks
from deploy.settings import Settings
from tactful import topics

CLIENTS = 200
USERS = 1_000
PREFERENCES = 50
READY_S = 300.0
WARM_S = 40.0
"""For so long the same load runs before: the JVMs compile what they run meanwhile."""


def api_under_load(settings: Settings, seconds: float = 30.0) -> dict[str, Any]:
    """The figures of both kinds of requests, each after a warm-up."""
    own = settings.model_copy(update={"keyspace": f"bench_api_{os.getpid()}"})
    with Run(own, "api") as run, tempfile.TemporaryDirectory() as folder:
        run.write(first_updates(USERS, time.time_ns() // 1_000_000 - 3_600_000))
        run.submit()
        run.await_count(topics.PROFILES, USERS)
        with profile_sink(run.settings), api_process(run.settings, Path(folder)) as (port, process):
            token = token_in(Path(folder))
            users = [user_id(number) for number in range(USERS)]
            _await_profiles(port, token, users)
            found: dict[str, Any] = {"users": USERS}
            for what, per_second in (("get_profile", 500), ("post_decision", 200)):
                for name, length in (("warm", WARM_S), ("full", seconds)):
                    plan = Plan(
                        what, port, token, users, CLIENTS, per_second, length, f"{what}-{name}"
                    )
                    before = sum(process.cpu_times()[:2])
                    result = _load(plan)
                    cpu_s = sum(process.cpu_times()[:2]) - before
                found[what] = {
                    "wanted_per_second": per_second,
                    **result,
                    "api_cpu_ms_per_request": round(cpu_s / max(1, result["answered"]) * 1000, 2),
                }
            found["preference_obeyed"] = preferences_obeyed(port, token, users[:PREFERENCES])
            found["api_rss_mb"] = round(process.memory_info().rss / 1e6)
            found["load_average"] = os.getloadavg()[0]
            return found


@contextmanager
def profile_sink(settings: Settings) -> Iterator[None]:
    """The profile sink of the run's topics."""
    argv = [
        sys.executable,
        "-m",
        "jobs.profiles",
        f"--prefix={settings.topic_prefix}",
        f"--keyspace={settings.keyspace}",
        "--metrics-port=0",
    ]
    with _process(argv, settings):
        yield


@contextmanager
def api_process(settings: Settings, folder: Path) -> Iterator[tuple[int, psutil.Process]]:
    """The API on the run's topics; its port and process."""
    port = next(p for p in range(settings.api_port + 1, 65_000) if checks.is_free(p))
    argv = [sys.executable, "-m", "cli.main", "serve", f"--port={port}"]
    more = {
        "TACTFUL_API_SECRETS_DIR": str(folder),
        "TACTFUL_API_RATE_LIMIT": "100000/second",
    }
    with _process(argv, settings, more) as process:
        yield port, process


@contextmanager
def _process(
    argv: list[str], settings: Settings, more: dict[str, str] | None = None
) -> Iterator[psutil.Process]:
    environment = {**os.environ, **settings.environment(), **(more or {})}
    log = settings.logs / f"bench-{argv[2].replace('.', '-')}.log"
    with log.open("wb") as out:
        process = psutil.Popen(argv, env=environment, stdout=out, stderr=out, cwd=settings.root)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except psutil.TimeoutExpired:
                process.kill()


def token_in(folder: Path) -> str:
    """A token that lives through the run."""
    now_s = int(time.time())
    return LocalKeys(folder / "signing").sign(
        {
            "iss": "tactful",
            "aud": "tactful-api",
            "sub": "bench",
            "roles": ["producer", "analyst"],
            "iat": now_s,
            "exp": now_s + 3_600,
        }
    )


def _await_profiles(port: int, token: str, users: list[str]) -> None:
    """Wait until every profile can be read."""
    deadline_s = time.monotonic() + READY_S
    for user in users:
        url = f"http://127.0.0.1:{port}/v1/users/{user}/profile"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        while True:
            try:
                with urllib.request.urlopen(request, timeout=10):
                    break
            except (urllib.error.URLError, OSError):
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(0.3)


def _load(plan: Plan) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.api_load"],
        input=msgspec.json.encode(plan),
        stdout=subprocess.PIPE,
        check=True,
        timeout=plan.seconds + 90,
    )
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found
