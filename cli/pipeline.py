"""The programs that the stack carries: the decide and learn jobs on Flink, and the sinks."""

import sys

from cli.show import Lines
from cli.words import plural
from deploy.local.errors import StackError
from deploy.local.flink import Flink
from deploy.local.lineage import Lineage, Run
from deploy.local.stack import Stack
from deploy.settings import Settings
from jobs.decide_arguments import JOB_NAMES
from jobs.learn_names import JOB_NAME
from tactful import topics

DECIDE = JOB_NAMES["live"]
"""The decide job's name on the cluster, where the topics have their usual prefix."""

LEARN = JOB_NAME
"""The learn job's, likewise."""

PROFILES = "profiles"
"""The profile sink's name among the stack's workers, likewise."""


HISTORY = "history"
"""The history sink's name among the stack's workers, likewise."""


def named(name: str, settings: Settings) -> str:
    """Topics of another prefix have a job and a sink of their own, named after it."""
    usual = settings.topic_prefix == topics.DEFAULT_PREFIX
    return name if usual else f"{name}-{settings.topic_prefix}"


def ensure_decide(settings: Settings, progress: Lines, *, fresh: bool = False) -> tuple[str, bool]:
    """The id of the running decide job, and whether it had to be submitted.

    It goes on from the newest savepoint or checkpoint of its earlier runs, so that what users said
    and what waits for them is not lost with a cluster.

    Args:
        settings: of the stack.
        progress: where to show what is done.
        fresh: begin without any state.

    Raises:
        StackError: If it can't be submitted, or ends or fails instead of running.
    """
    return _ensure(settings, progress, DECIDE, "decide", fresh=fresh)


def stop_decide(settings: Settings, progress: Lines) -> str | None:
    """End the decide job at a savepoint, whose path comes back; None if it does not run.

    Raises:
        StackError: If the savepoint fails; the job then goes on.
    """
    return _stop(settings, progress, DECIDE, "decide")


def ensure_learn(settings: Settings, progress: Lines, *, fresh: bool = False) -> tuple[str, bool]:
    """The id of the running learn job, and whether it had to be submitted; see `ensure_decide`.

    Raises:
        StackError: If it can't be submitted, or ends or fails instead of running.
    """
    return _ensure(settings, progress, LEARN, "learn", fresh=fresh)


def stop_learn(settings: Settings, progress: Lines) -> str | None:
    """End the learn job at a savepoint, whose path comes back; None if it does not run.

    Raises:
        StackError: If the savepoint fails; the job then goes on.
    """
    return _stop(settings, progress, LEARN, "learn")


def _ensure(
    settings: Settings, progress: Lines, job: str, word: str, *, fresh: bool
) -> tuple[str, bool]:
    flink = Flink(settings)
    name = named(job, settings)
    known = flink.running(name)
    if known is None:
        _need_a_slot(settings, flink)
        progress.working(job, f"The {word} job is submitted")
        lineage = Lineage(settings, name)
        job_id = flink.submit(
            settings.root / "jobs" / f"{word}.py",
            ["--name", name],
            from_savepoint=None if fresh else lineage.newest(),
        )
        lineage.add(Run(job_id))
    else:
        job_id = known.id
    progress.working(job, f"The {word} job starts")
    flink.wait_running(job_id)
    progress.ended(job)
    return job_id, known is None


def _stop(settings: Settings, progress: Lines, job: str, word: str) -> str | None:
    flink = Flink(settings)
    name = named(job, settings)
    known = flink.running(name)
    if known is None:
        return None
    progress.working(job, f"The {word} job stops at a savepoint")
    savepoint = flink.stop_with_savepoint(known.id)
    Lineage(settings, name).add(Run(known.id, savepoint))
    progress.ended(job)
    return savepoint


def ensure_profile_sink(settings: Settings) -> str:
    """Start the worker that writes profiles to Cassandra, unless it runs; gives its name."""
    more = (f"--redis={settings.redis_url}",)
    return _ensure_sink(settings, PROFILES, "profiles", settings.profiles_metrics_port, more)


def ensure_history_sink(settings: Settings) -> str:
    """Start the worker that writes ledger and audit records, unless it runs; gives its name."""
    return _ensure_sink(settings, HISTORY, "history", settings.history_metrics_port)


def ensure_sinks(settings: Settings) -> None:
    """Start both sinks, unless they run."""
    ensure_profile_sink(settings)
    ensure_history_sink(settings)


def _ensure_sink(
    settings: Settings, word: str, module: str, port: int, more: tuple[str, ...] = ()
) -> str:
    usual = settings.topic_prefix == topics.DEFAULT_PREFIX
    name = named(word, settings)
    argv = (
        sys.executable,
        "-m",
        f"jobs.{module}",
        f"--bootstrap={settings.kafka_bootstrap}",
        f"--cassandra={settings.addresses()['cassandra']}",
        f"--prefix={settings.topic_prefix}",
        f"--keyspace={settings.keyspace}",
        # Two sinks can't share the port; the log of the second names the one it took.
        f"--metrics-port={port if usual else 0}",
        *more,
    )
    address = settings.addresses()[f"{module}_metrics"] if usual else ""
    Stack(settings).start_worker(name, argv, address)
    return name


def _need_a_slot(settings: Settings, flink: Flink) -> None:
    if flink.free_slots() > 0:
        return
    busy = sum(not job.final for job in flink.jobs())
    enough = max(settings.task_managers, busy) + 1
    raise StackError(
        f"No TaskManager is free: {plural(busy, 'job')} in {settings.flink_url} have them all.",
        f"Start one more: `tactful up --task-managers {enough}`.",
    )


def run_history(settings: Settings, progress: Lines, timeout_s: float) -> str:
    """Decide what the topics hold, in event time, until it is done; gives the job's id.

    Raises:
        StackError: If no TaskManager is free, it can't be submitted, or is not over in time.
    """
    flink = Flink(settings)
    _need_a_slot(settings, flink)
    progress.working(DECIDE, "The history is decided")
    job_id = flink.submit(settings.root / "jobs" / "decide.py", ["--mode", "history"])
    flink.wait_final(job_id, timeout_s)
    progress.ended(DECIDE)
    return job_id
