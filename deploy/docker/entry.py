"""What the containers of docker-compose.yml run: `python -m deploy.docker.entry PART`.

The same configuration as the local stack's, with the hosts and ports of the settings.
"""

import os
import socket
import sys
from collections.abc import Callable

from connectors.crypto.master import MasterKeys
from deploy.local import checks, flink_cluster, topics
from deploy.local.flink import Flink
from deploy.local.part import Part
from deploy.secrets import master_key_path
from deploy.settings import Settings


def jobmanager(settings: Settings) -> None:
    """Become a JobManager."""
    _become(settings, flink_cluster.jobmanager(settings))


def taskmanager(settings: Settings) -> None:
    """Become a TaskManager, named like its container."""
    _become(settings, flink_cluster.taskmanager(settings, 0, name=socket.gethostname()))


def make_topics(settings: Settings) -> None:
    """Make the topics that are missing."""
    print("made:", ", ".join(topics.ensure(settings)) or "nothing")  # noqa: T201


def submit(settings: Settings) -> None:
    """Have the cluster decide, unless it does."""
    flink = Flink(settings)
    if not any(not job.final for job in flink.jobs()):
        print("job", flink.submit(settings.root / "jobs" / "decide.py"))  # noqa: T201


def make_secrets(settings: Settings) -> None:
    """Make the master key, if there is none yet."""
    path = master_key_path(settings)
    print("master keys:", MasterKeys.load_or_make(path).versions)  # noqa: T201


ENTRIES: dict[str, Callable[[Settings], None]] = {
    "jobmanager": jobmanager,
    "taskmanager": taskmanager,
    "topics": make_topics,
    "submit": submit,
    "secrets": make_secrets,
}


def _become(settings: Settings, part: Part) -> None:
    part.write_files()
    settings.logs.mkdir(parents=True, exist_ok=True)
    command = part.command(checks.find_java(settings))
    os.chdir(part.cwd)
    os.execve(command.argv[0], list(command.argv), command.environment())  # noqa: S606


def main() -> None:
    """Run the entry that the first argument names."""
    if len(sys.argv) != 2 or sys.argv[1] not in ENTRIES:
        raise SystemExit(f"usage: python -m deploy.docker.entry {'|'.join(ENTRIES)}")
    ENTRIES[sys.argv[1]](Settings())


if __name__ == "__main__":
    main()
