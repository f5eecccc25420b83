"""What a request costs the API's process in CPU: the application alone, and with a real Redis."""

import asyncio
import gc
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import redis
import uvloop

from bench.api_alone import Alone, Asked, Known, known_users
from deploy.local.redis import server

REQUESTS = 2_000
TOGETHER = 8
_READY_S = 30.0


def api_cost(rounds: int = 5) -> dict[str, Any]:
    """CPU milliseconds a request; each round asks for all kinds, so that a busy spell meets all."""
    users = known_users()
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, _redis_server() as url:
        for _ in range(rounds):
            for where, at in (("alone", None), ("redis", url)):
                for what, cost_ms in uvloop.run(_costs(users, Path(folder), at)).items():
                    found.setdefault(f"{what}_{where}", []).append(cost_ms)
    return {
        "requests": REQUESTS,
        "cpu_ms": {name: round(median(each), 3) for name, each in found.items()},
        "cpu_ms_of_each_round": {
            name: [round(value, 3) for value in each] for name, each in found.items()
        },
    }


async def _costs(users: dict[str, Known], folder: Path, redis_url: str | None) -> dict[str, float]:
    alone = Alone(users, folder, redis_url)
    try:
        await alone.fill()
        return {
            "get_profile": await _cost_ms(alone.get_profile),
            "post_decision": await _cost_ms(alone.post_decision),
        }
    finally:
        await alone.aclose()


async def _cost_ms(ask: Asked) -> float:
    await _many(ask, 0, REQUESTS // 10)
    gc.collect()
    began_s = time.process_time()
    await _many(ask, REQUESTS, REQUESTS)
    return (time.process_time() - began_s) / REQUESTS * 1_000


async def _many(ask: Asked, first: int, count: int) -> None:
    """Ask as some clients together do, each one request after the other."""

    async def client(number: int) -> None:
        for each in range(first + number, first + count, TOGETHER):
            await ask(each)

    await asyncio.gather(*map(client, range(TOGETHER)))


@contextmanager
def _redis_server() -> Iterator[str]:
    """A Redis of the benchmark's own, on a free port of loopback; its URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        argv = [str(server()), "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        process = subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL)
        try:
            url = f"redis://127.0.0.1:{port}/0"
            _await(url)
            yield url
        finally:
            process.terminate()
            process.wait(10)


def _await(url: str) -> None:
    deadline_s = time.monotonic() + _READY_S
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
            except redis.RedisError:
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(0.02)
            else:
                return
