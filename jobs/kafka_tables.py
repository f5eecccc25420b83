"""Kafka as tables of raw bytes: one source for several topics, one sink that routes by column."""

from dataclasses import dataclass, field
from typing import Literal

from connectors.kafka.connection import KafkaConnection
from jobs.kafka_properties import java_properties
from operators.crossing import seal_sql

Start = Literal["earliest", "committed", "latest"]
Delivery = Literal["at-least-once", "exactly-once"]

_STARTUP_MODES = {
    "earliest": "earliest-offset",
    "committed": "group-offsets",
    "latest": "latest-offset",
}
TRANSACTION_TIMEOUT_MS = 900_000
"""The most a broker allows by default; a job that is down for longer loses open transactions."""

PRODUCER_OPTIONS = {
    "linger.ms": "2",
    "batch.size": "131072",
    # A broker that is away for minutes is waited for, not a reason to restart.
    "delivery.timeout.ms": "300000",
    "max.block.ms": "300000",
}


def source_ddl(
    table: str,
    kafka: KafkaConnection,
    topics: tuple[str, ...],
    group: str,
    start: Start,
    *,
    bounded: bool = False,
    max_out_of_order_ms: int | None = None,
) -> str:
    """A table of raw records with their source position; holds the password, if there is one.

    Args:
        table: the table's name.
        kafka: how to reach it.
        topics: what to read.
        group: the consumer group, which holds the offsets of each checkpoint.
        start: where to start without a savepoint; `committed` falls back to the earliest.
        bounded: end at the offsets that are the last when the job starts.
        max_out_of_order_ms: give watermarks of the Kafka timestamp per partition, this far behind;
            None for a table without watermarks.
    """
    watermark = ""
    if max_out_of_order_ms is not None:
        # One more, because a record of the same millisecond may follow.
        watermark = f", watermark for stamped as stamped - {_interval(max_out_of_order_ms + 1)}"
    options = {
        "connector": "kafka",
        "topic": ";".join(topics),
        **_properties(java_properties(kafka)),
        "properties.group.id": group,
        "properties.auto.offset.reset": "earliest",
        "scan.startup.mode": _STARTUP_MODES[start],
        "key.format": "raw",
        "key.fields": "k",
        "value.format": "raw",
        "value.fields-include": "EXCEPT_KEY",
    }
    if bounded:
        options["scan.bounded.mode"] = "latest-offset"
    return (
        f"create temporary table {table} (k bytes, v bytes, "
        "topic string metadata virtual, "
        "part int metadata from 'partition' virtual, "
        "offs bigint metadata from 'offset' virtual, "
        f"stamped timestamp_ltz(3) metadata from 'timestamp' virtual{watermark}) "
        f"with ({_rendered(options)})"
    )


@dataclass(frozen=True)
class Sink:
    """How outputs are written.

    Attributes:
        kafka: how to reach it.
        prefix: the topics it may write to start with it.
        transactional_id_prefix: for exactly once; no two jobs may share it.
        delivery: exactly once makes the latency that of a checkpoint.
        options: more options of the producer.
    """

    kafka: KafkaConnection
    prefix: str
    transactional_id_prefix: str
    delivery: Delivery = "at-least-once"
    options: dict[str, str] = field(default_factory=lambda: dict(PRODUCER_OPTIONS))

    def ddl(self, table: str) -> str:
        """A table whose `topic` column says where a row goes; holds the password, as a source."""
        options = {
            "connector": "kafka",
            "topic-pattern": self.prefix.replace(".", "\\.") + "\\..*",
            **_properties(java_properties(self.kafka)),
            "key.format": "raw",
            "key.fields": "k",
            "value.format": "raw",
            "value.fields-include": "EXCEPT_KEY",
            "sink.delivery-guarantee": self.delivery,
            **_properties(self.options),
        }
        if self.delivery == "exactly-once":
            options["sink.transactional-id-prefix"] = self.transactional_id_prefix
            options["properties.transaction.timeout.ms"] = str(TRANSACTION_TIMEOUT_MS)
        return (
            f"create temporary table {table} (topic string metadata, k bytes, v bytes) "
            f"with ({_rendered(options)})"
        )


def sealed_query(table: str, *, stamped: bool = False) -> str:
    """Each record of a source as its key and one bytes value; a missing key is an empty one.

    Args:
        table: the source's table.
        stamped: add the Kafka timestamp, which carries the event time on.
    """
    key = "coalesce(cast(k as string), '')"
    time = ", stamped" if stamped else ""
    return f"select {key} as user_id, {seal_sql(stamped=stamped)} as sealed{time} from {table}"  # noqa: S608 - names of our own


def _interval(length_ms: int) -> str:
    """An SQL interval.

    >>> _interval(90_061_001)
    "interval '1 01:01:01.001' day to second(3)"
    """
    seconds, ms = divmod(length_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = f"{hours:02}:{minutes:02}:{seconds:02}.{ms:03}"
    return f"interval '{days} {clock}' day to second(3)"


def _properties(options: dict[str, str]) -> dict[str, str]:
    return {f"properties.{name}": value for name, value in options.items()}


def _rendered(options: dict[str, str]) -> str:
    return ", ".join(
        f"'{name}' = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in options.items()
    )
