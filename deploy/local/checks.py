"""What must be true before parts are started; each failed check says its cure."""

import errno
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from deploy.connections import secured
from deploy.local.errors import StackError
from deploy.local.part import Part
from deploy.settings import HOST, Settings

JAVA_MAJOR = 17
MIN_FREE_DISK_MB = 1024
USUAL_JAVA_FOLDERS = ("/usr/lib/jvm", "/Library/Java/JavaVirtualMachines")


def check_python() -> None:
    """Flink's Python side is locked to 3.11."""
    if sys.version_info[:2] != (3, 11):
        found = ".".join(map(str, sys.version_info[:2]))
        raise StackError(
            f"Tactful runs on Python 3.11; this is {found} ({sys.executable}).",
            "Make the environment with python3.11: `make setup`.",
        )


def check_plain(settings: Settings, parts: Iterable[Part]) -> None:
    """The local stack's servers speak in the clear, on loopback, and know no passwords."""
    asked = secured(settings)
    if asked and any(part.name in {"kafka", "cassandra", "redis"} for part in parts):
        raise StackError(
            f"The servers of the local stack have neither TLS nor passwords, but these settings "
            f"ask for it: {', '.join(asked)}.",
            "Leave them out, or start the servers by something else and name their addresses: "
            "docs/security.md.",
        )


def find_java(settings: Settings) -> Path:
    """The home of a Java 17.

    Looks at the setting `java_home`, then JAVA_HOME, then PATH, then where systems put it.

    Raises:
        StackError: naming what was found instead.
    """
    seen: list[str] = []
    for origin, home in _java_homes(settings):
        major = java_major(home)
        if major == JAVA_MAJOR:
            return home
        seen.append(f"{origin}: {f'Java {major}' if major else 'no Java'} in {home}")
        if origin == "setting java_home":
            break  # who names one wants that one
    found = "; ".join(dict.fromkeys(seen)) or "no java on PATH, no JAVA_HOME"
    raise StackError(
        f"Java {JAVA_MAJOR} is missing (found {found}).",
        "Install it (Debian, Ubuntu: apt-get install openjdk-17-jre-headless; "
        "macOS: brew install openjdk@17), or name its folder: TACTFUL_JAVA_HOME=/path/to/java-17",
    )


def java_major(home: Path) -> int | None:
    """The major version of the Java in a folder; None if there is none."""
    program = home / "bin" / "java"
    if not os.access(program, os.X_OK):
        return None
    release = home / "release"
    text = release.read_text(errors="replace") if release.exists() else ""
    match = re.search(r'JAVA_VERSION="(\d+)', text)
    if match is None:
        try:
            done = subprocess.run(
                [program, "-version"], capture_output=True, text=True, check=False, timeout=30
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        match = re.search(r'version "(\d+)', done.stderr)
    return int(match.group(1)) if match else None


def _java_homes(settings: Settings) -> Iterator[tuple[str, Path]]:
    if settings.java_home is not None:
        yield "setting java_home", settings.java_home.expanduser()
    if os.environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(os.environ["JAVA_HOME"])
    on_path = shutil.which("java")
    if on_path:
        # Behind version managers `java` is a script: Java itself must say where it lives.
        try:
            done = subprocess.run(
                [on_path, "-XshowSettings:properties", "-version"],
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
            )
        except (OSError, subprocess.TimeoutExpired):
            done = None
        match = re.search(r"java\.home = (.+)", done.stderr) if done else None
        if match:
            yield "PATH", Path(match.group(1).strip())
    for folder in USUAL_JAVA_FOLDERS:
        for home in sorted(Path(folder).glob(f"*{JAVA_MAJOR}*")):
            yield folder, home / "Contents" / "Home" if home.suffix == ".jdk" else home


def check_ports(parts: Iterable[Part]) -> None:
    """All ports of parts that are to be started must be free.

    Raises:
        StackError: naming each taken port, who holds it, and the setting that moves it.
    """
    taken = [(part, port) for part in parts for port in part.ports if not is_free(port.number)]
    if not taken:
        return
    lines = [
        f"Port {port.number}, wanted by {part.title}, is taken{_held_by(port.number)}."
        for part, port in taken
    ]
    settings = ", ".join(dict.fromkeys(f"TACTFUL_{port.setting.upper()}" for _, port in taken))
    raise StackError(
        "\n".join(lines),
        f"End what holds it, or choose another: set {settings}, or move all ports at once with "
        "TACTFUL_PORT_BASE (in the environment, or in tactful.toml in lower case without TACTFUL_)",
    )


def is_free(port: int) -> bool:
    """Whether a server could listen on a port of this machine now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def _held_by(port: int) -> str:
    """Who listens on a port, as far as the system lets us know."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            local = connection.laddr
            if local and local.port == port and connection.status == psutil.CONN_LISTEN:
                if connection.pid is None:
                    return " by a process this user may not look at"
                process = psutil.Process(connection.pid)
                return f" by pid {process.pid} ({' '.join(process.cmdline())[:80]})"
    except (psutil.Error, OSError):
        return ""
    return ""


def check_disk(settings: Settings) -> None:
    """Kafka and Cassandra misbehave on a full disk, in ways hard to read: better not to start."""
    folder = settings.home
    while not folder.exists():
        folder = folder.parent
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < MIN_FREE_DISK_MB:
        raise StackError(
            f"Only {free_mb} MB are free on the disk of {settings.home}; "
            f"{MIN_FREE_DISK_MB} MB are needed.",
            "Free some, or put the data elsewhere: TACTFUL_HOME=/path/with/space",
        )


def memory_note(parts: Iterable[Part]) -> str | None:
    """A word of warning when less memory is free than the parts may come to use."""
    wanted_mb = sum(part.memory_mb for part in parts)
    free_mb = psutil.virtual_memory().available // 2**20
    if free_mb >= wanted_mb:
        return None
    return f"{free_mb} MB of memory are free; what starts may come to use {wanted_mb} MB"
