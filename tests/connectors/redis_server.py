"""A real Redis of its own on a free port, to be stopped, hung and started again."""

import os
import signal
import socket
import subprocess
import tempfile
import time

import redis

from deploy.local.redis import server


class RedisServer:
    """A server without anything on disk."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = tempfile.TemporaryDirectory()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [server(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            cwd=self._folder.name,
            stdout=subprocess.DEVNULL,
        )
        client = redis.Redis.from_url(self.url)
        deadline_s = time.monotonic() + 30
        while True:
            try:
                client.ping()
            except redis.RedisError:
                assert time.monotonic() < deadline_s
                time.sleep(0.02)
            else:
                client.close()
                return

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(30)
            self._process = None

    def hang(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()
