"""What the decide job is told on its command line; the defaults are those of the local stack."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

from connectors.kafka.connection import KafkaConnection
from deploy.connections import kafka_of
from deploy.settings import Settings
from jobs.kafka_tables import Delivery, Start

Mode = Literal["live", "history"]

JOB_NAMES: dict[Mode, str] = {"live": "tactful-decide", "history": "tactful-decide-history"}
DEFAULT_OUT_OF_ORDER_MS = 3_600_000


@dataclass(frozen=True)
class Arguments:
    """The settings of one decide job."""

    kafka: KafkaConnection
    prefix: str
    channels: tuple[str, ...]
    mode: Mode
    name: str
    group: str
    start: Start
    delivery: Delivery
    max_out_of_order_ms: int
    parallelism: int | None
    state_backend: str | None
    checkpoint_interval_ms: int | None
    checkpoint_dir: str | None
    execution_mode: str | None

    @property
    def history(self) -> bool:
        """Whether time is that of the records."""
        return self.mode == "history"

    def flink_options(self) -> dict[str, str]:
        """What of this Flink itself reads; what is left out stays as the cluster has it."""
        given = {
            "pipeline.name": self.name,
            "pipeline.object-reuse": "true",
            "parallelism.default": self.parallelism,
            "state.backend.type": self.state_backend,
            "execution.checkpointing.interval": (
                None if self.checkpoint_interval_ms is None else f"{self.checkpoint_interval_ms} ms"
            ),
            "execution.checkpointing.dir": self.checkpoint_dir,
            "python.execution-mode": self.execution_mode,
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
    parser = argparse.ArgumentParser(prog="jobs/decide.py", description=__doc__)
    add = parser.add_argument
    add("--bootstrap", default=settings.kafka_bootstrap, help="Kafka's address")
    add("--prefix", default=settings.topic_prefix, help="first part of all topics' names")
    add(
        "--channels",
        default=",".join(settings.channels),
        help="channels that have a decisions topic, joined by commas; empty: any channel",
    )
    add("--mode", choices=list(JOB_NAMES), default="live", help="live, or history in event time")
    add("--bounded", action="store_true", help="the same as --mode history")
    add("--name", help="the job's name on the cluster")
    add("--group", help="the consumer group (default: prefix.decide; history: prefix.history)")
    add(
        "--start",
        choices=["earliest", "committed", "latest"],
        help="where to read from without a savepoint (default: committed; history: earliest)",
    )
    add("--delivery", choices=["at-least-once", "exactly-once"], default="at-least-once")
    add(
        "--max-out-of-order-ms",
        type=int,
        default=DEFAULT_OUT_OF_ORDER_MS,
        help="history: how far a record's at_ms may be from its Kafka timestamp",
    )
    add("--parallelism", type=int, help="subtasks; one slot, so one TaskManager, each")
    add("--state-backend", choices=["hashmap", "rocksdb"])
    add("--checkpoint-interval-ms", type=int)
    add("--checkpoint-dir", help="a URI")
    add("--execution-mode", choices=["thread", "process"], help="how Flink runs Python")
    given = parser.parse_args(argv)
    mode = cast("Mode", "history" if given.bounded else given.mode)
    word = "history" if mode == "history" else "decide"
    start = "earliest" if mode == "history" else "committed"
    return Arguments(
        kafka=kafka_of(settings, given.bootstrap),
        prefix=given.prefix,
        channels=tuple(filter(None, given.channels.split(","))),
        mode=mode,
        name=given.name or JOB_NAMES[mode],
        group=given.group or f"{given.prefix}.{word}",
        start=cast("Start", given.start or start),
        delivery=given.delivery,
        max_out_of_order_ms=given.max_out_of_order_ms,
        parallelism=given.parallelism,
        state_backend=given.state_backend,
        checkpoint_interval_ms=given.checkpoint_interval_ms,
        checkpoint_dir=given.checkpoint_dir,
        execution_mode=given.execution_mode,
    )
