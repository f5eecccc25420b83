"""What the stack needs to know of each of its parts."""

import hashlib
import http.client
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.settings import HOST

PROBE_TIMEOUT_S = 2.0


@dataclass(frozen=True, kw_only=True)
class Port:
    """A port a part listens on, and the setting that moves it."""

    setting: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Command:
    """How a part is started: a program with its arguments, and what to add to the environment."""

    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The whole environment of the process."""
        return {**os.environ, **self.env}


@dataclass(frozen=True, kw_only=True)
class Part:
    """One process of the stack.

    Attributes:
        name: also the name of its log and of its file under run/.
        title: for people.
        address: where clients reach it.
        ports: what it listens on.
        files: configuration to write before it starts.
        command: from the Java home to the command; may prepare data folders.
        ready: whether the process of that pid answers; must not raise, and must return within
            seconds.
        jars: the sets of jars it needs.
        sizes: settings that reach it by its command line, not by its files.
        memory_mb: what its process may come to use, about.
        stop_timeout_s: how long it may take to end by itself.
    """

    name: str
    title: str
    address: str
    ports: tuple[Port, ...]
    files: Mapping[Path, str]
    command: Callable[[Path], Command]
    ready: Callable[[int], bool]
    log: Path
    cwd: Path
    jars: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    memory_mb: int = 0
    stop_timeout_s: float = 20.0

    @property
    def fingerprint(self) -> str:
        """Changes when the part's configuration does."""
        digest = hashlib.sha256(f"{self.address}\0{self.sizes}\0".encode())
        for path, text in sorted(self.files.items()):
            digest.update(f"{path}\0{text}\0".encode())
        return digest.hexdigest()[:16]

    def write_files(self) -> None:
        """Write the configuration."""
        for path, text in self.files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def ask(port: int, question: bytes, answer_bytes: int = 64) -> bytes:
    """Send a few bytes to a port of this machine and read the first bytes of the answer.

    Returns:
        What came back; empty when nobody listens or answers in time.
    """
    try:
        with socket.create_connection((HOST, port), timeout=PROBE_TIMEOUT_S) as connection:
            connection.settimeout(PROBE_TIMEOUT_S)
            connection.sendall(question)
            return connection.recv(answer_bytes)
    except OSError:
        return b""


def get(port: int, path: str) -> bytes | None:
    """The body of a page of this machine, or None when it isn't served (yet)."""
    connection = http.client.HTTPConnection(HOST, port, timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body if response.status == http.client.OK else None


def listening_ports(pid: int) -> set[int]:
    """The TCP ports a process of ours listens on; empty if it is gone."""
    try:
        connections = psutil.Process(pid).net_connections(kind="tcp")
    except psutil.Error:
        return set()
    return {found.laddr.port for found in connections if found.status == psutil.CONN_LISTEN}
