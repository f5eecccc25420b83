"""Jobs on the Flink cluster: submit, list, await, cancel, stop with a savepoint."""

import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from deploy.local import checks, flink_cluster
from deploy.local.errors import StackError
from deploy.settings import Settings

SUBMITTED = re.compile(r"JobID ([0-9a-f]{32})")
FINAL = frozenset({"FINISHED", "CANCELED", "FAILED", "SUSPENDED"})
UP = frozenset({"RUNNING", "FINISHED"})
SUBMIT_TIMEOUT_S = 300
REST_TIMEOUT_S = 30
POLL_S = 0.1


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job as the cluster shows it; `state` is Flink's own word (RUNNING, FAILED, …)."""

    id: str
    name: str
    state: str
    started_at_ms: int

    @property
    def final(self) -> bool:
        """Whether it will never run again."""
        return self.state in FINAL


class Flink:
    """The cluster of a stack.

    Args:
        settings: where it is.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def submit(
        self,
        job_file: Path,
        args: Sequence[str] = (),
        *,
        from_savepoint: str | None = None,
        allow_dropped_state: bool = False,
        options: Sequence[str] = (),
    ) -> str:
        """Run a Python file's job on the cluster, and return as soon as the cluster has it.

        Args:
            job_file: the file with the job's main.
            args: its arguments.
            from_savepoint: the savepoint or retained checkpoint it starts from.
            allow_dropped_state: let state of the savepoint go that no operator claims.
            options: more options of `flink run`, such as `-D key=value`.

        Returns:
            The job's id.

        Raises:
            StackError: if the job's file fails, or the cluster refuses it; with what was said.
        """
        settings = self.settings
        client = flink_cluster.client_command(settings, checks.find_java(settings))
        argv = [*client.argv, "run"]
        argv += ["-m", f"{settings.flink_host}:{settings.flink_port}", "-d"]
        argv += ["-pyexec", sys.executable, "-pyclientexec", sys.executable]
        if from_savepoint is not None:
            argv += ["-s", from_savepoint]
        if allow_dropped_state:
            argv.append("-n")
        argv += [*options, "-py", str(job_file), *args]
        try:
            done = subprocess.run(
                argv,
                env=client.environment(),
                cwd=settings.root,
                capture_output=True,
                text=True,
                timeout=SUBMIT_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise StackError(
                f"{job_file.name} was not submitted within {SUBMIT_TIMEOUT_S} s.",
                "Look at `tactful status` and `tactful logs jobmanager`.",
            ) from error
        found = SUBMITTED.search(done.stdout)
        if done.returncode != 0 or found is None:
            raise StackError(
                f"{job_file.name} could not be submitted:\n{essence(done.stdout, done.stderr)}",
                "If the cluster is the matter: `tactful status`, `tactful logs jobmanager`.",
            )
        return found.group(1)

    def jobs(self) -> list[Job]:
        """All jobs the cluster remembers, the newest first."""
        overview = self._ask("GET", "/jobs/overview")
        found = [
            Job(
                id=job["jid"], name=job["name"], state=job["state"], started_at_ms=job["start-time"]
            )
            for job in overview["jobs"]
        ]
        return sorted(found, key=lambda job: -job.started_at_ms)

    def job(self, job_id: str) -> dict[str, Any]:
        """All the cluster says of a job: state, vertices, plan."""
        found: dict[str, Any] = self._ask("GET", f"/jobs/{job_id}")
        return found

    def running(self, name: str) -> Job | None:
        """The job of that name that is not over, if there is one."""
        return next((job for job in self.jobs() if job.name == name and not job.final), None)

    def wait_running(self, job_id: str, timeout_s: float = 120.0) -> None:
        """Wait until every task of a job runs, or is done: some only hand out a constant.

        Raises:
            StackError: if the job ends instead, with its root cause; or if it takes too long.
        """

        def runs() -> bool:
            job = self.job(job_id)
            if job["state"] in FINAL:
                raise StackError(
                    f"The job {job['name']} is {job['state']}:\n{self.root_cause(job_id)}",
                    "More is in `tactful logs taskmanager-1`.",
                )
            vertices = job["vertices"]
            return bool(vertices) and all(vertex["status"] in UP for vertex in vertices)

        self._wait(runs, timeout_s, f"The job {job_id} does not run", job_id)

    def wait_final(self, job_id: str, timeout_s: float = 300.0) -> str:
        """Wait until a job is over (a bounded one, say); returns its last state."""
        self._wait(
            lambda: self.job(job_id)["state"] in FINAL,
            timeout_s,
            f"The job {job_id} is not over",
            job_id,
        )
        return str(self.job(job_id)["state"])

    def root_cause(self, job_id: str) -> str:
        """The latest failure of a job, in a few lines; empty if it never failed."""
        history = self._ask("GET", f"/jobs/{job_id}/exceptions?maxExceptions=1")
        entries = history.get("exceptionHistory", {}).get("entries", [])
        return essence(entries[0]["stacktrace"], "") if entries else ""

    def restarts(self, job_id: str) -> int:
        """How often a job was restarted."""
        answer = self._ask("GET", f"/jobs/{job_id}/metrics?get=numRestarts")
        return int(float(answer[0]["value"])) if answer else 0

    def task_managers(self, job_id: str) -> list[str]:
        """The names of the TaskManagers that run a job's tasks: parts of the stack."""
        names = {
            manager["taskmanager-id"]
            for vertex in self.job(job_id)["vertices"]
            for manager in self._ask("GET", f"/jobs/{job_id}/vertices/{vertex['id']}/taskmanagers")[
                "taskmanagers"
            ]
            if manager["status"] == "RUNNING"
        }
        return sorted(names)

    def free_slots(self) -> int:
        """How many TaskManagers wait for work."""
        return int(self._ask("GET", "/overview")["slots-available"])

    def cancel(self, job_id: str, timeout_s: float = 60.0) -> None:
        """End a job, and wait until it is over; its last checkpoint stays."""
        if self.job(job_id)["state"] not in FINAL:
            self._ask("PATCH", f"/jobs/{job_id}?mode=cancel")
            self.wait_final(job_id, timeout_s)

    def stop_with_savepoint(self, job_id: str, timeout_s: float = 120.0) -> str:
        """End a job at a savepoint, from which `submit` can go on.

        Returns:
            Where the savepoint is.

        Raises:
            StackError: if the savepoint fails; the job then goes on.
        """
        folder = str(self.settings.savepoints)
        asked = {"targetDirectory": folder, "drain": False}
        trigger = self._ask("POST", f"/jobs/{job_id}/stop", asked)["request-id"]
        answer: dict[str, Any] = {}

        def done() -> bool:
            nonlocal answer
            answer = self._ask("GET", f"/jobs/{job_id}/savepoints/{trigger}")
            return bool(answer["status"]["id"] == "COMPLETED")

        self._wait(done, timeout_s, f"The savepoint of {job_id} is not complete", job_id)
        operation = answer["operation"]
        if "location" not in operation:
            cause = operation.get("failure-cause", {}).get("stack-trace", str(operation))
            raise StackError(
                f"The savepoint of {job_id} failed:\n{essence(cause, '')}",
                "The job goes on. Look at `tactful logs jobmanager`.",
            )
        self.wait_final(job_id, timeout_s)
        return str(operation["location"])

    def last_checkpoint(self, job_id: str) -> str | None:
        """A job's newest whole checkpoint, also after the JobManager has forgotten the job."""
        found = [
            metadata.parent
            for metadata in (self.settings.checkpoints / job_id).glob("chk-*/_metadata")
        ]
        newest = max(found, key=lambda path: int(path.name.removeprefix("chk-")), default=None)
        return str(newest) if newest else None

    def completed_checkpoints(self, job_id: str) -> int:
        """How many checkpoints a job has completed."""
        return int(self._ask("GET", f"/jobs/{job_id}/checkpoints")["counts"]["completed"])

    def _wait(
        self, condition: Callable[[], bool], timeout_s: float, problem: str, job_id: str
    ) -> None:
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                state, cause = self.job(job_id)["state"], self.root_cause(job_id)
                raise StackError(
                    f"{problem} after {timeout_s:.0f} s; it is {state}.\n{cause}".rstrip(),
                    f"Look at {self.settings.flink_url} (a RUNNING cluster with too few "
                    "TaskManagers leaves tasks waiting: `tactful up --task-managers N`).",
                )
            time.sleep(POLL_S)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        connection = http.client.HTTPConnection(
            self.settings.flink_host, self.settings.flink_port, timeout=REST_TIMEOUT_S
        )
        try:
            connection.request(
                method,
                path,
                body=None if body is None else json.dumps(body),
                headers={"Content-Type": "application/json"},
            )
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            raise StackError(
                f"Flink does not answer at {self.settings.flink_url} ({error}).",
                "Start it: `tactful up`.",
            ) from error
        finally:
            connection.close()
        if response.status >= http.client.BAD_REQUEST:
            raise StackError(
                f"Flink refused {method} {path} ({response.status}):\n{essence(text, '')}",
                f"Look at {self.settings.flink_url} and `tactful logs jobmanager`.",
            )
        return json.loads(text) if text else {}


def essence(out: str, err: str) -> str:
    """What matters in the pages Flink prints when something fails.

    That is the Python traceback, if there is one, else the innermost causes.
    """
    lines = (out + "\n" + err).replace("\\n", "\n").replace("\\t", "    ").splitlines()
    starts = [
        number for number, line in enumerate(lines) if line.strip().startswith("Traceback (most")
    ]
    if starts:
        kept: list[str] = []
        for line in lines[starts[-1] :]:
            if (line.lstrip().startswith("at ") and "(" in line) or line.startswith("org.apache."):
                break
            kept.append(line)
        return "\n".join(kept[-20:]).rstrip()
    causes = [line.strip() for line in lines if "Caused by:" in line]
    if causes:
        return "\n".join(dict.fromkeys(causes[-3:]))
    said = [line for line in lines if line.strip() and not line.lstrip().startswith("at ")]
    return "\n".join(said[-12:])
