"""The profile sink as a program, `python -m jobs.profiles`: profiles topic to Cassandra."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from confluent_kafka import Consumer

from connectors.cassandra.migrate import MigrationError
from connectors.cassandra.session import CassandraSettings
from connectors.cassandra.sink import ProfileSink
from connectors.crypto.master import MasterKeyError, MasterKeys
from connectors.kafka.consumer import group_consumer
from connectors.kafka.producer import Producer
from connectors.redis.cache import CacheSettings, ProfileCache
from deploy.secrets import master_keys
from deploy.settings import Settings
from jobs.health import HealthServer
from jobs.profiles_worker import ProfileWorker
from jobs.sink_metrics import ProfileMetrics
from tactful.topics import DEAD_LETTERS, PROFILES, name_of

log = logging.getLogger("tactful.profiles")


def group_of(prefix: str) -> str:
    """The worker's consumer group, unless another is named."""
    return f"{prefix}.profile-sink"


def parser(settings: Settings) -> argparse.ArgumentParser:
    """The command line; addresses and names default to the settings."""
    args = argparse.ArgumentParser(prog="python -m jobs.profiles", description=__doc__)
    args.add_argument(
        "--bootstrap", default=settings.kafka_bootstrap, help="Kafka, host:port[,...]"
    )
    args.add_argument(
        "--cassandra", default=settings.addresses()["cassandra"], help="Cassandra, host:port[,...]"
    )
    args.add_argument(
        "--prefix", default=settings.topic_prefix, help="first word of the topics' names"
    )
    args.add_argument("--keyspace", default=settings.keyspace, help="made if it does not exist")
    args.add_argument(
        "--replication", default="1", help="factor for a new keyspace, or datacenter:factor,..."
    )
    args.add_argument("--datacenter", help="the data centre to talk to (default: the nearest)")
    args.add_argument("--consistency", default="LOCAL_QUORUM", help="of writes and reads")
    args.add_argument(
        "--redis", default=settings.redis_url, help="the cache to keep true; '' for none"
    )
    args.add_argument("--group", help="consumer group (default: PREFIX.profile-sink)")
    args.add_argument("--batch-size", type=int, default=1_000, help="records written at once")
    args.add_argument("--max-in-flight", type=int, default=256, help="writes on the way at once")
    args.add_argument("--request-timeout-ms", type=int, default=5_000, help="of one write")
    args.add_argument(
        "--max-poll-interval-ms",
        type=int,
        default=300_000,
        help="silence after which Kafka gives our partitions to another worker",
    )
    args.add_argument("--metrics-host", default="127.0.0.1", help="where to serve the metrics")
    args.add_argument(
        "--metrics-port",
        type=int,
        default=settings.profiles_metrics_port,
        help="/metrics and /healthz; 0: any free",
    )
    return args


def build(
    args: argparse.Namespace, metrics: ProfileMetrics, master: MasterKeys | Callable[[], MasterKeys]
) -> ProfileWorker:
    """The worker that the command line asks for.

    Raises:
        ValueError: a setting that is not allowed.
    """
    settings = CassandraSettings.parse(
        args.cassandra,
        keyspace=args.keyspace,
        replication=args.replication,
        datacenter=args.datacenter,
        consistency=args.consistency,
        request_timeout_ms=args.request_timeout_ms,
    )

    def consumer(on_error: Callable[..., None], on_commit: Callable[..., None]) -> Consumer:
        return group_consumer(
            args.bootstrap,
            args.group or group_of(args.prefix),
            on_error=on_error,
            on_commit=on_commit,
            settings={
                "max.poll.interval.ms": args.max_poll_interval_ms,
                "session.timeout.ms": min(45_000, args.max_poll_interval_ms),
            },
        )

    cache = ProfileCache(CacheSettings(url=args.redis, prefix=args.prefix)) if args.redis else None
    return ProfileWorker(
        consumer,
        name_of(PROFILES, args.prefix),
        ProfileSink(settings, master, cache=cache, max_in_flight=args.max_in_flight),
        dead_letters=Producer(args.bootstrap, "tactful-profile-sink"),
        dead_letter_topic=name_of(DEAD_LETTERS, args.prefix),
        metrics=metrics,
        batch_size=args.batch_size,
    )


def run(args: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT; gives the exit status."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        log.info("%s: finishing the batch in hand", signal.Signals(number).name)
        stop.set()

    before: dict[int, Any] = {
        number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)
    }
    metrics, settings = ProfileMetrics(), Settings()
    try:
        master_keys(settings)  # without one nothing could be written: say so at once
        worker = build(args, metrics, lambda: master_keys(settings))
        server = HealthServer(args.metrics_host, args.metrics_port, metrics.registry, worker.health)
    except (ValueError, OSError, MasterKeyError) as error:
        log.error("cannot start: %s", error)  # noqa: TRY400 - the message says it all
        return 2
    log.info("metrics on http://%s:%d/metrics", args.metrics_host, server.port)
    try:
        worker.run(stop)
    except MigrationError as error:
        log.error("%s", error)  # noqa: TRY400 - the message says it all
        return 3
    finally:
        server.close()
        for number, handler in before.items():
            signal.signal(number, handler)
    log.info("ended")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of `python -m jobs.profiles`."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    # the driver reports every reconnection attempt; the breaker's one line says enough
    logging.getLogger("cassandra").setLevel(logging.ERROR)
    return run(parser(Settings()).parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
