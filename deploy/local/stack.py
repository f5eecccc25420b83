"""The stack as a whole: start what is missing, say what runs, end what was started."""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from deploy.local import (
    cassandra,
    flink_cluster,
    kafka,
    processes,
    redis,
    topics,
)
from deploy.local.errors import StackError
from deploy.local.part import Command, Part
from deploy.local.progress import Progress, Quiet
from deploy.local.starting import Starter
from deploy.settings import Settings

State = Literal["running", "starting", "crashed", "stopped"]

DATA = ("kafka", "cassandra", "redis", "flink", "checkpoints", "savepoints", "jobs", "logs")
"""What `down --wipe` deletes; the jars stay, for they are nobody's data."""

TASKMANAGER = "taskmanager-"


@dataclass(frozen=True, kw_only=True)
class PartStatus:
    """How one part is doing."""

    name: str
    title: str
    state: State
    pid: int | None
    address: str
    log: Path
    started_at_ms: int | None


class Stack:
    """The parts of one home.

    Args:
        settings: where it lives.
        progress: is told what happens.
    """

    def __init__(self, settings: Settings, progress: Progress | None = None) -> None:
        self.settings = settings
        self.progress: Progress = progress or Quiet()
        self._starter = Starter(settings, self.progress)

    # What there is

    def parts(self, task_managers: int | None = None) -> list[Part]:
        """All parts, with so many TaskManagers (default: the setting, or those started before)."""
        number = task_managers or max(self.settings.task_managers, self._recorded_task_managers())
        return [
            kafka.part(self.settings),
            cassandra.part(self.settings),
            redis.part(self.settings),
            *flink_cluster.parts(self.settings, number),
        ]

    def part(self, name: str) -> Part:
        """The part of that name.

        Raises:
            StackError: if there is none.
        """
        number = name.removeprefix(TASKMANAGER)
        if name.startswith(TASKMANAGER) and number.isdecimal() and int(number) > 0:
            return flink_cluster.taskmanager(self.settings, int(number))
        parts = {part.name: part for part in self.parts()}
        if name not in parts:
            raise StackError(f"There is no part {name!r}.", f"Parts: {', '.join(parts)}.")
        return parts[name]

    def record(self, name: str) -> processes.Record | None:
        """What is remembered of the part's process, whether it lives or not."""
        return processes.read(processes.path(self.settings.run, name))

    def pid(self, name: str) -> int:
        """The pid of a running part.

        Raises:
            StackError: if it doesn't run.
        """
        record = self.record(name)
        if record is None or not processes.alive(record):
            raise StackError(f"{name} is not running.", "Start it: `tactful up`.")
        return record.pid

    def status(self) -> list[PartStatus]:
        """How every part is doing, and every worker that was started beside them."""
        parts = self.parts()
        with ThreadPoolExecutor(max_workers=len(parts)) as pool:
            found = list(pool.map(self._status, parts))
        return found + [
            PartStatus(
                name=record.name,
                title=f"Worker {record.name}",
                state="running" if processes.alive(record) else "crashed",
                pid=record.pid if processes.alive(record) else None,
                address=record.address,
                log=Path(record.log),
                started_at_ms=record.started_at_ms,
            )
            for record in self._workers()
        ]

    def _status(self, part: Part) -> PartStatus:
        record = self.record(part.name)
        state: State
        if record is None:
            state = "stopped"
        elif not processes.alive(record):
            state = "crashed"
        else:
            state = "running" if part.ready(record.pid) else "starting"
        lives = record is not None and state in {"running", "starting"}
        return PartStatus(
            name=part.name,
            title=part.title,
            state=state,
            pid=record.pid if record and lives else None,
            address=part.address,
            log=part.log,
            started_at_ms=record.started_at_ms if record and lives else None,
        )

    # The whole

    def up(self, task_managers: int | None = None) -> list[str]:
        """Start every part that doesn't run, and wait until all answer.

        Args:
            task_managers: exactly so many; None: the setting, or as many as were started before.

        Returns:
            The names of the parts that were started.

        Raises:
            StackError: if a check fails or a part doesn't come up; what did come up stays up.
        """
        if not self.settings.local:
            raise StackError(
                "The settings name another host than this machine, and parts are started only "
                f"here: {self.settings.addresses()}",
                "Unset TACTFUL_KAFKA_HOST, TACTFUL_CASSANDRA_HOST, TACTFUL_REDIS_HOST and "
                "TACTFUL_FLINK_HOST.",
            )
        with self._lock():
            parts = self.parts(task_managers)
            running = [part for part in parts if self._runs(part)]
            for part in running:
                self._check_unchanged(part)
            missing = [part for part in parts if part not in running]
            if task_managers is not None:
                self._end(self._surplus(task_managers))
            java = self._starter.prepare(missing) if missing else Path()
            self._starter.start(missing, running, java)
            topics.ensure(self.settings, trust_stamp=True)
            for record in self._workers():
                if not processes.alive(record):
                    self._restart_worker(record)
            return [part.name for part in missing]

    def down(self, *, wipe: bool = False) -> list[str]:
        """End what `up` and `start_worker` have started, and nothing else.

        Args:
            wipe: also delete all data (not the jars).

        Returns:
            The names of what was running.
        """
        with self._lock():
            records = list(processes.read_all(self.settings.run))
            lived = [record.name for record in records if processes.alive(record)]
            workers = {record.name for record in self._workers()}
            # Readers first, then Flink's head, then the stores they wrote to.
            waves: list[Callable[[str], bool]] = [
                lambda name: name in workers or name.startswith(TASKMANAGER),
                lambda name: name == "jobmanager",
                lambda _name: True,
            ]
            for wave in waves:
                self._end([record for record in records if wave(record.name)])
                records = [record for record in records if not wave(record.name)]
            if wipe:
                for name in DATA:
                    shutil.rmtree(self.settings.home / name, ignore_errors=True)
        return lived

    # One part

    def start_part(self, name: str) -> None:
        """Start one part and wait until it answers; nothing happens if it runs."""
        part = self.part(name)
        if not self._runs(part):
            self._starter.start([part], [], self._starter.prepare([part]))

    def stop_part(self, name: str) -> None:
        """End one part, gently first; its data stay."""
        record = self.record(name)
        if record is not None:
            self._end([record])

    def kill_part(self, name: str) -> None:
        """End one part as a crash would (SIGKILL); its record stays, as after a crash."""
        record = self.record(name)
        if record is not None:
            processes.kill(record)

    def pause_part(self, name: str) -> None:
        """Let one part hang (SIGSTOP) until `resume_part`."""
        record = self.record(name)
        if record is not None:
            processes.pause(record)

    def resume_part(self, name: str) -> None:
        """Let a part go on that was paused."""
        record = self.record(name)
        if record is not None:
            processes.resume(record)

    def start_worker(self, name: str, argv: Sequence[str], address: str = "") -> processes.Record:
        """Start a program beside the parts (the profile sink, say), unless it runs.

        `status` shows it, `up` starts it again after a crash, `down` ends it. It finds this
        stack's settings in its environment.

        Args:
            name: the worker's name; also its log's.
            argv: the program and its arguments.
            address: where it listens, if it does.
        """
        record = self.record(name)
        if record is not None and processes.alive(record):
            return record
        return self._launch_worker(name, argv, address, self.settings.environment())

    # How

    def _runs(self, part: Part) -> bool:
        record = self.record(part.name)
        return record is not None and processes.alive(record)

    def _check_unchanged(self, part: Part) -> None:
        record = self.record(part.name)
        if record is not None and record.fingerprint != part.fingerprint:
            raise StackError(
                f"{part.title} runs with other settings than those of now, or was started by "
                f"another version of Tactful (it listens at {record.address}).",
                "Run `tactful down` first, or set the settings back.",
            )

    def _surplus(self, task_managers: int) -> list[processes.Record]:
        return [
            record
            for record in processes.read_all(self.settings.run)
            if record.name.startswith(TASKMANAGER)
            and int(record.name.removeprefix(TASKMANAGER)) > task_managers
        ]

    def _end(self, records: list[processes.Record]) -> None:
        if not records:
            return

        def end(record: processes.Record) -> None:
            if processes.alive(record):
                self.progress.working(record.name, f"{record.name} ends")
            processes.stop(record, self._stop_timeout_s(record.name))
            processes.path(self.settings.run, record.name).unlink(missing_ok=True)
            self.progress.ended(record.name)

        with ThreadPoolExecutor(max_workers=len(records)) as pool:
            list(pool.map(end, records))

    def _stop_timeout_s(self, name: str) -> float:
        try:
            return self.part(name).stop_timeout_s
        except StackError:
            return 10.0  # a worker

    def _workers(self) -> list[processes.Record]:
        names = {"kafka", "cassandra", "redis", "jobmanager"}
        return [
            record
            for record in processes.read_all(self.settings.run)
            if record.name not in names and not record.name.startswith(TASKMANAGER)
        ]

    def _restart_worker(self, record: processes.Record) -> None:
        self.progress.note(f"{record.name} had ended; started again")
        self._launch_worker(record.name, record.argv, record.address, record.env)

    def _launch_worker(
        self, name: str, argv: Sequence[str], address: str, env: Mapping[str, str]
    ) -> processes.Record:
        command = Command(argv=argv, env=env)
        return processes.start(
            processes.path(self.settings.run, name),
            name=name,
            argv=command.argv,
            env=command.environment(),
            cwd=self.settings.root,
            log=self.settings.logs / f"{name}.log",
            address=address,
            fingerprint="",
            extra_env=env,
        )

    def _recorded_task_managers(self) -> int:
        numbers = [
            int(path.stem.removeprefix(TASKMANAGER))
            for path in self.settings.run.glob(f"{TASKMANAGER}*.json")
        ]
        return max(numbers, default=0)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """One command at a time changes a stack."""
        self.settings.home.mkdir(parents=True, exist_ok=True)
        with (self.settings.home / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.progress.note("another command is changing this stack; waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
