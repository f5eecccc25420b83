"""Processes: only what was started is ended, whatever became of its pid."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import processes

SLEEP = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(600)"]
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('here', flush=True)
time.sleep(600)
"""
STUBBORN = [sys.executable, "-c", DEAF]
WITH_CHILD = """
import subprocess, sys, time
subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
print('here', flush=True)
time.sleep(600)
"""
PARENT = [sys.executable, "-c", WITH_CHILD]


@pytest.fixture
def started() -> Iterator[list[processes.Record]]:
    records: list[processes.Record] = []
    yield records
    for record in records:
        processes.stop(record, 0.1)


def start(tmp_path: Path, started: list[processes.Record], argv: list[str]) -> processes.Record:
    """Start it, and wait until it has said that it is there."""
    log = tmp_path / "log"
    record = processes.start(
        tmp_path / "run" / "p.json",
        name="p",
        argv=argv,
        env=dict(os.environ),
        cwd=tmp_path,
        log=log,
        address="",
        fingerprint="f",
    )
    started.append(record)
    with log.open() as file:
        while "here" not in file.read():
            assert processes.alive(record)
    return record


def test_what_is_started_is_remembered(tmp_path: Path, started: list[processes.Record]) -> None:
    record = start(tmp_path, started, SLEEP)
    assert processes.read(tmp_path / "run" / "p.json") == record
    assert list(processes.read_all(tmp_path / "run")) == [record]
    assert processes.alive(record)


def test_it_lives_in_a_session_of_its_own(tmp_path: Path, started: list[processes.Record]) -> None:
    record = start(tmp_path, started, SLEEP)
    assert os.getsid(record.pid) == record.pid != os.getsid(0)


def test_stop_ends_it(tmp_path: Path, started: list[processes.Record]) -> None:
    record = start(tmp_path, started, SLEEP)
    processes.stop(record, 30)
    assert not processes.alive(record)
    assert not psutil.pid_exists(record.pid)


def test_one_that_ignores_the_gentle_signal_is_killed(
    tmp_path: Path, started: list[processes.Record]
) -> None:
    record = start(tmp_path, started, STUBBORN)
    processes.stop(record, 0.2)
    assert not processes.alive(record)


def test_a_pid_that_belongs_to_another_process_now_is_left_alone() -> None:
    with subprocess.Popen(SLEEP, stdout=subprocess.DEVNULL) as other:
        try:
            record = processes.Record(
                name="p",
                pid=other.pid,
                born="another boot/12345",
                argv=[],
                cwd="/",
                log="",
                address="",
                fingerprint="",
                started_at_ms=0,
            )
            assert not processes.alive(record)
            processes.stop(record, 0.1)
            processes.kill(record)
            processes.pause(record)
            assert other.poll() is None
            assert psutil.Process(other.pid).status() != psutil.STATUS_STOPPED
        finally:
            other.kill()


def test_a_dead_process_is_dead_although_nobody_has_buried_it() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    try:
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it is a zombie from here on
        assert processes.born(child) is None
    finally:
        os.waitpid(child, 0)


def test_what_a_killed_process_left_in_its_session_is_ended_too(
    tmp_path: Path, started: list[processes.Record]
) -> None:
    record = start(tmp_path, started, PARENT)
    (child,) = psutil.Process(record.pid).children()
    processes.kill(record)
    assert child.is_running()
    processes.stop(record, 1)
    child.wait(10)
    assert not child.is_running()


def test_a_paused_process_goes_on_when_resumed(
    tmp_path: Path, started: list[processes.Record]
) -> None:
    record = start(tmp_path, started, SLEEP)
    process = psutil.Process(record.pid)
    processes.pause(record)
    await_status(process, psutil.STATUS_STOPPED)
    processes.resume(record)
    await_status(process, psutil.STATUS_SLEEPING)


def await_status(process: psutil.Process, status: str) -> None:
    while process.status() != status:
        threading.Event().wait(0.01)


@pytest.mark.parametrize("text", ["", "{", '{"name": "p"}', "[]"])
def test_a_damaged_record_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "p.json").write_text(text)
    assert processes.read(tmp_path / "p.json") is None
    assert list(processes.read_all(tmp_path)) == []


def test_the_log_before_is_kept_beside_the_new_one(
    tmp_path: Path, started: list[processes.Record]
) -> None:
    (tmp_path / "log").write_text("the last words")
    start(tmp_path, started, SLEEP)
    assert (tmp_path / "log.1").read_text() == "the last words"


def test_the_birth_of_a_process_never_changes() -> None:
    assert processes.born(os.getpid()) == processes.born(os.getpid()) is not None


def test_the_wait_for_the_end_gives_up(tmp_path: Path, started: list[processes.Record]) -> None:
    record = start(tmp_path, started, SLEEP)
    assert not processes.wait_gone(record, 0.0)
    os.kill(record.pid, signal.SIGKILL)
    assert processes.wait_gone(record, 30)
