"""What the learn job is told on its command line; the defaults are those of the local stack."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from connectors.kafka.connection import KafkaConnection
from deploy.connections import kafka_of
from deploy.settings import Settings
from jobs.kafka_tables import Start
from jobs.learn_names import JOB_NAME
from operators.learning import FOLD_MS, IDLE_MS, PUBLISH_MS


@dataclass(frozen=True)
class Arguments:
    """The settings of one learn job."""

    kafka: KafkaConnection
    prefix: str
    name: str
    group: str
    start: Start
    fold_ms: int
    publish_ms: int
    idle_ms: int
    parallelism: int | None
    checkpoint_interval_ms: int | None
    checkpoint_dir: str | None

    def flink_options(self) -> dict[str, str]:
        """What of this Flink itself reads; what is left out stays as the cluster has it."""
        given = {
            "pipeline.name": self.name,
            "pipeline.object-reuse": "true",
            "parallelism.default": self.parallelism,
            "execution.checkpointing.interval": (
                None if self.checkpoint_interval_ms is None else f"{self.checkpoint_interval_ms} ms"
            ),
            "execution.checkpointing.dir": self.checkpoint_dir,
        }
        return {name: str(value) for name, value in given.items() if value is not None}


def parse(argv: Sequence[str], settings: Settings) -> Arguments:
    """Read the command line.

    Args:
        argv: without the program's name.
        settings: where the defaults come from, and how connections are secured.

    Raises:
        ConnectionSettingsError: Kafka can't be reached in the way the settings say.
    """
    parser = argparse.ArgumentParser(prog="jobs/learn.py", description=__doc__)
    add = parser.add_argument
    add("--bootstrap", default=settings.kafka_bootstrap, help="Kafka's address")
    add("--prefix", default=settings.topic_prefix, help="first part of all topics' names")
    add("--name", default=JOB_NAME, help="the job's name on the cluster")
    add("--group", help="the consumer group (default: prefix.learn)")
    add(
        "--start",
        choices=["earliest", "committed", "latest"],
        default="earliest",
        help="where to read examples from without a savepoint",
    )
    add("--fold-ms", type=int, default=FOLD_MS, help="time between two ticks of learning")
    add("--publish-ms", type=int, default=PUBLISH_MS, help="least time between two snapshots")
    add("--idle-ms", type=int, default=IDLE_MS, help="a silent partition is waited for so long")
    add("--parallelism", type=int, help="subtasks; one slot, so one TaskManager, each")
    add("--checkpoint-interval-ms", type=int)
    add("--checkpoint-dir", help="a URI")
    given = parser.parse_args(argv)
    return Arguments(
        kafka=kafka_of(settings, given.bootstrap),
        prefix=given.prefix,
        name=given.name,
        group=given.group or f"{given.prefix}.learn",
        start=cast("Start", given.start),
        fold_ms=given.fold_ms,
        publish_ms=given.publish_ms,
        idle_ms=given.idle_ms,
        parallelism=given.parallelism,
        checkpoint_interval_ms=given.checkpoint_interval_ms,
        checkpoint_dir=given.checkpoint_dir,
    )
