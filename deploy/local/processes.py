"""Processes that outlive the command which started them, each remembered in one file.

A process is known by its pid *and* the moment it was born, so that a pid the system has given to
somebody else is never mistaken for ours.
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import psutil

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
POLL_S = 0.05

_children: dict[int, subprocess.Popen[bytes]] = {}
"""What this very process has started: it must bury them, or they stay in the table as zombies."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A process that was started, as it is remembered in `<home>/run/<part>.json`."""

    name: str
    pid: int
    born: str
    argv: list[str]
    cwd: str
    log: str
    address: str
    fingerprint: str
    started_at_ms: int
    env: dict[str, str] = {}


def born(pid: int) -> str | None:
    """The moment a process came into being, as a text that never changes; None if it is gone.

    On Linux that is the boot and the clock ticks since it, because the wall clock may be set anew
    while a process lives; elsewhere the creation time.
    """
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE and not _dying(pid):
            return None
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists() and BOOT_ID.exists():
            # The command's name, in parentheses, may itself hold spaces and parentheses.
            ticks = stat.read_text().rpartition(")")[2].split()[19]
            return f"{BOOT_ID.read_text().strip()}/{ticks}"
        return f"{process.create_time():.2f}"
    except (psutil.Error, OSError):
        return None


def _dying(pid: int) -> bool:
    """Whether threads of a dead process still hold its ports and files, for a last moment."""
    try:
        return len(os.listdir(f"/proc/{pid}/task")) > 1  # noqa: PTH208 - only counted
    except OSError:
        return False


def alive(record: Record) -> bool:
    """Whether the process that was recorded, and no other, is running."""
    child = _children.get(record.pid)
    if child is not None and child.poll() is not None:
        del _children[record.pid]
    return born(record.pid) == record.born


def start(
    record_path: Path,
    *,
    name: str,
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    address: str,
    fingerprint: str,
    extra_env: Mapping[str, str] | None = None,
) -> Record:
    """Start a process in a session of its own and remember it.

    Args:
        record_path: the file that remembers it.
        name: the part's name.
        argv: the program and its arguments.
        env: its whole environment.
        cwd: its working folder.
        log: takes its standard output and errors; the log before is kept beside it as `.1`.
        address: where it will listen, for people.
        fingerprint: tells whether its configuration has changed since.
        extra_env: what of `env` to remember, so that the same command can be given again.

    Returns:
        The record that was written.

    Raises:
        OSError: if the program can't be started.
    """
    for folder in (record_path.parent, log.parent, cwd):
        folder.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))
    with log.open("wb") as out:
        child = subprocess.Popen(
            list(argv),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[child.pid] = child
    record = Record(
        name=name,
        pid=child.pid,
        born=born(child.pid) or "",
        argv=list(argv),
        cwd=str(cwd),
        log=str(log),
        address=address,
        fingerprint=fingerprint,
        started_at_ms=time.time_ns() // 1_000_000,
        env=dict(extra_env or {}),
    )
    write(record_path, record)
    return record


def path(folder: Path, name: str) -> Path:
    """The file that remembers a part."""
    return folder / f"{name}.json"


def write(file: Path, record: Record) -> None:
    """Write a record whole or not at all."""
    new = file.with_name(file.name + ".new")
    new.write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
    new.replace(file)


def read(file: Path) -> Record | None:
    """The record in a file; None where there is none or it can't be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Record)
    except (OSError, msgspec.MsgspecError):
        return None


def read_all(folder: Path) -> Iterator[Record]:
    """All records in a folder, by name."""
    for file in sorted(folder.glob("*.json")):
        record = read(file)
        if record is not None:
            yield record


def stop(record: Record, timeout_s: float) -> None:
    """End a process, gently first, and whatever it left behind in its session."""
    if alive(record):
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, signal.SIGTERM)
        if not wait_gone(record, timeout_s):
            kill(record)
    for process in leftovers(record):
        with contextlib.suppress(psutil.Error):
            process.kill()


def kill(record: Record, timeout_s: float = 10.0) -> None:
    """End a process at once, as a crash would, and wait until it is gone."""
    if alive(record):
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, signal.SIGKILL)
        wait_gone(record, timeout_s)


def pause(record: Record) -> None:
    """Stop a process' clock, so that it hangs as under a long pause; `resume` ends that."""
    if alive(record):
        os.kill(record.pid, signal.SIGSTOP)


def resume(record: Record) -> None:
    """Let a paused process go on."""
    if alive(record):
        os.kill(record.pid, signal.SIGCONT)


def wait_gone(record: Record, timeout_s: float) -> bool:
    """Wait until a process is gone; whether it is."""
    deadline = time.monotonic() + timeout_s
    while alive(record):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def leftovers(record: Record) -> list[psutil.Process]:
    """Processes that a dead one has left in its session (workers of a killed TaskManager).

    The system gives a pid to nobody else while its session has members, so they are ours.
    """
    if psutil.pid_exists(record.pid):
        return []
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError, psutil.Error):
            if os.getsid(process.pid) == record.pid:
                found.append(process)
    return found
