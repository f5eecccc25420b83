"""How parts are started: the checks before, all at once, and the wait until each answers."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.local import checks, jars, processes, topics
from deploy.local.errors import StackError
from deploy.local.part import Part
from deploy.local.progress import Progress
from deploy.settings import Settings

POLL_S = 0.1
LOG_TAIL_LINES = 15


class Starter:
    """Starts parts.

    Args:
        settings: where they live.
        progress: is told what happens.
    """

    def __init__(self, settings: Settings, progress: Progress) -> None:
        self._settings = settings
        self._progress = progress
        self._interrupted = threading.Event()

    def prepare(self, missing: list[Part]) -> Path:
        """Check that the parts can be started, and fetch their jars; returns the Java home."""
        checks.check_python()
        checks.check_plain(self._settings, missing)
        checks.check_disk(self._settings)
        java = checks.find_java(self._settings)
        for part in missing:
            record = self._record(part)
            if record is not None:
                # It crashed, or the machine was restarted; workers of its own may be left.
                processes.stop(record, part.stop_timeout_s)
        checks.check_ports(missing)
        note = checks.memory_note(missing)
        if note:
            self._progress.note(note)
        for name in dict.fromkeys(name for part in missing for name in part.jars):
            if not jars.present(self._settings, name):
                self._progress.working("jars", f"Maven brings the jars of {name} (once)")
            jars.fetch(self._settings, name, java)
        self._progress.ended("jars")
        return java

    def start(self, missing: list[Part], running: list[Part], java: Path) -> None:
        """Start the missing ones together, and wait until these and the running ones answer.

        Raises:
            StackError: telling of every part that did not come up; the others stay up.
        """
        everything = [*missing, *running]
        if not everything:
            return
        with ThreadPoolExecutor(max_workers=len(everything)) as pool:
            waiting = [
                *(pool.submit(self._start, part, java) for part in missing),
                *(pool.submit(self._await_running, part) for part in running),
            ]
            try:
                errors = [error for future in waiting if (error := future.exception())]
            except KeyboardInterrupt:
                self._interrupted.set()
                self._progress.note(
                    "interrupted; what was started stays: "
                    "`tactful up` goes on, `tactful down` ends it"
                )
                raise
        for error in errors:
            if not isinstance(error, StackError):
                raise error
        if errors:
            raise StackError(
                "\n\n".join(str(error) for error in errors),
                "When that is mended, run `tactful up` again: it starts only what is missing.",
            )

    def _start(self, part: Part, java: Path) -> None:
        began = time.monotonic()
        self._progress.working(part.name, f"{part.title} starts")
        part.write_files()
        command = part.command(java)
        record = processes.start(
            processes.path(self._settings.run, part.name),
            name=part.name,
            argv=command.argv,
            env={**command.environment(), **self._settings.environment()},
            cwd=part.cwd,
            log=part.log,
            address=part.address,
            fingerprint=part.fingerprint,
        )
        self._await_ready(part, record)
        self._progress.ready(part, time.monotonic() - began)
        if part.name == "kafka":
            # While the others still start; also finds out whether somebody has deleted one.
            topics.ensure(self._settings)

    def _await_running(self, part: Part) -> None:
        record = self._record(part)
        if record is not None and not part.ready(record.pid):
            self._progress.working(part.name, f"{part.title} runs but does not answer yet")
            self._await_ready(part, record)
        self._progress.already(part)

    def _await_ready(self, part: Part, record: processes.Record) -> None:
        deadline = time.monotonic() + self._settings.start_timeout_s
        while not part.ready(record.pid):
            if not processes.alive(record):
                raise StackError(
                    f"{part.title} ended while it started. Its last words:\n{_tail(part)}",
                    f"All of its log: {part.log}",
                )
            if time.monotonic() > deadline:
                raise StackError(
                    f"{part.title} does not answer at {part.address} after "
                    f"{self._settings.start_timeout_s:.0f} s. Its last words:\n{_tail(part)}",
                    f"All of its log: {part.log}. To end it: `tactful down`. On a slow machine: "
                    "TACTFUL_START_TIMEOUT_S=300",
                )
            if self._interrupted.wait(POLL_S):
                raise StackError(f"Nobody waits for {part.title} any more.", "")

    def _record(self, part: Part) -> processes.Record | None:
        return processes.read(processes.path(self._settings.run, part.name))


def _tail(part: Part) -> str:
    """The last lines of a part's log (Flink's is beside its standard output)."""
    lines: list[str] = []
    for log in dict.fromkeys((part.log.with_suffix(".log"), part.log)):
        if log.exists():
            lines += log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
    return "\n".join(f"  {line}" for line in lines) or "  (nothing)"
