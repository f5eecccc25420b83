"""The two programs that the stack carries: the decide job on Flink, and the profile sink."""

import sys

from cli.show import Lines
from deploy.local.errors import StackError
from deploy.local.flink import Flink
from deploy.local.stack import Stack
from deploy.settings import HOST, Settings
from jobs.decide_arguments import JOB_NAMES

DECIDE = JOB_NAMES["live"]
"""The decide job's name on the cluster."""

PROFILES = "profiles"
"""The profile sink's name among the stack's workers."""


def ensure_decide(settings: Settings, progress: Lines) -> tuple[str, bool]:
    """The id of the running decide job, and whether it had to be submitted.

    Raises:
        StackError: If it can't be submitted, or ends or fails instead of running.
    """
    flink = Flink(settings)
    known = flink.running(DECIDE)
    if known is None:
        progress.working(DECIDE, "The decide job is submitted")
        job_id = flink.submit(settings.root / "jobs" / "decide.py")
    else:
        job_id = known.id
    progress.working(DECIDE, "The decide job starts")
    flink.wait_running(job_id)
    progress.ended(DECIDE)
    return job_id, known is None


def ensure_profile_sink(settings: Settings) -> None:
    """Start the worker that writes profiles to Cassandra, unless it runs."""
    argv = (
        sys.executable,
        "-m",
        "jobs.profiles",
        "--bootstrap",
        settings.kafka_bootstrap,
        "--cassandra",
        f"{HOST}:{settings.cassandra_port}",
        "--prefix",
        settings.topic_prefix,
        "--keyspace",
        settings.keyspace,
        "--metrics-port",
        str(settings.profiles_metrics_port),
    )
    address = f"http://{HOST}:{settings.profiles_metrics_port}/metrics"
    Stack(settings).start_worker(PROFILES, argv, address)


def run_history(settings: Settings, progress: Lines, timeout_s: float) -> str:
    """Decide what the topics hold, in event time, until it is done; gives the job's id.

    Raises:
        StackError: If no TaskManager is free, it can't be submitted, or is not over in time.
    """
    flink = Flink(settings)
    if flink.free_slots() == 0:
        busy = sum(not job.final for job in flink.jobs())
        enough = max(settings.task_managers, busy) + 1
        raise StackError(
            f"No TaskManager is free for the history ({busy} of the jobs run).",
            f"Start one more: `tactful up --task-managers {enough}`.",
        )
    progress.working(DECIDE, "The history is decided")
    job_id = flink.submit(settings.root / "jobs" / "decide.py", ["--mode", "history"])
    flink.wait_final(job_id, timeout_s)
    progress.ended(DECIDE)
    return job_id
