"""The arguments that both sinks into Cassandra share, and what is made of them."""

import argparse
from collections.abc import Callable

from confluent_kafka import Consumer

from connectors.cassandra.session import CassandraSettings
from connectors.kafka.consumer import group_consumer
from deploy import connections
from deploy.settings import Settings
from jobs.program import kafka_of


def add_sink_arguments(args: argparse.ArgumentParser, settings: Settings) -> None:
    """Where Cassandra is, and how much is written at once."""
    args.add_argument(
        "--cassandra", default=settings.addresses()["cassandra"], help="Cassandra, host:port[,...]"
    )
    args.add_argument("--keyspace", default=settings.keyspace, help="made if it does not exist")
    args.add_argument(
        "--replication", default="1", help="factor for a new keyspace, or datacenter:factor,..."
    )
    args.add_argument("--datacenter", help="the data centre to talk to (default: the nearest)")
    args.add_argument("--consistency", default="LOCAL_QUORUM", help="of writes and reads")
    args.add_argument("--batch-size", type=int, default=1_000, help="records written at once")
    args.add_argument("--max-in-flight", type=int, default=256, help="writes on the way at once")
    args.add_argument("--request-timeout-ms", type=int, default=5_000, help="of one write")
    args.add_argument(
        "--max-poll-interval-ms",
        type=int,
        default=300_000,
        help="silence after which Kafka gives our partitions to another worker",
    )


def cassandra_of(args: argparse.Namespace) -> CassandraSettings:
    """How to reach the store.

    Raises:
        ValueError: a setting that is not allowed.
    """
    return connections.cassandra_of(
        args.settings,
        args.cassandra,
        keyspace=args.keyspace,
        replication=args.replication,
        datacenter=args.datacenter,
        consistency=args.consistency,
        request_timeout_ms=args.request_timeout_ms,
    )


def consumers_of(args: argparse.Namespace, group: str) -> Callable[..., Consumer]:
    """Makes the consumer of a group, given what to call on errors and commits.

    Raises:
        ConnectionSettingsError: Kafka can't be reached in the way the settings say.
    """
    kafka = kafka_of(args)

    def consumer(on_error: Callable[..., None], on_commit: Callable[..., None]) -> Consumer:
        return group_consumer(
            kafka,
            group,
            on_error=on_error,
            on_commit=on_commit,
            settings={
                "max.poll.interval.ms": args.max_poll_interval_ms,
                "session.timeout.ms": min(45_000, args.max_poll_interval_ms),
                # A batch is worth a tenth of a second; a fetch for each record would cost the
                # broker more than the record did.
                "fetch.min.bytes": 65_536,
                "fetch.wait.max.ms": 100,
            },
        )

    return consumer
