"""The history sink as a program, `python -m jobs.history`: ledger and audit topic to Cassandra."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from confluent_kafka import Consumer, Message

from connectors.cassandra.history_sink import (
    AuditSink,
    HistorySink,
    Kept,
    audit_entry,
    ledger_entry,
)
from connectors.cassandra.migrate import MigrationError
from connectors.cassandra.session import CassandraSettings
from connectors.cassandra.sink import StoreSink
from connectors.kafka.consumer import group_consumer
from connectors.kafka.producer import Producer
from deploy.settings import Settings
from jobs.health import HealthServer
from jobs.sink_metrics import AUDIT_SCOPE, HISTORY_SCOPE, HistoryMetrics, registry_of_process
from jobs.store_worker import StoreWorker
from tactful.topics import AUDIT, DEAD_LETTERS, LEDGER, name_of

log = logging.getLogger("tactful.history")


class Entries:
    """The records of a run of messages, each once."""

    def __init__(self, decode: Callable[[Message], Kept]) -> None:
        self.superseded = 0
        self._decode = decode
        self._kept: dict[tuple[str, ...], Kept] = {}

    def add(self, message: Message) -> None:
        """Take in a message.

        Raises:
            PoisonError: it is no such record.
        """
        kept = self._decode(message)
        self.superseded += kept.key in self._kept
        self._kept[kept.key] = kept

    def drop(self, partitions: set[int]) -> None:
        """Leave out what another worker reads from now on."""
        self._kept = {k: one for k, one in self._kept.items() if one.partition not in partitions}

    def content(self) -> Sequence[Kept]:
        """What is to be written."""
        return list(self._kept.values())


def group_of(prefix: str, topic: str = LEDGER) -> str:
    """The consumer group of the ledger's worker, or of the audit topic's."""
    return f"{prefix}.{'history' if topic == LEDGER else topic}-sink"


def parser(settings: Settings) -> argparse.ArgumentParser:
    """The command line; addresses and names default to the settings."""
    args = argparse.ArgumentParser(prog="python -m jobs.history", description=__doc__)
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
        default=settings.history_metrics_port,
        help="/metrics and /healthz; 0: any free",
    )
    return args


def build(
    args: argparse.Namespace, topic: str, sink: StoreSink[Kept], metrics: HistoryMetrics
) -> StoreWorker[Kept]:
    """The worker of one of the two topics."""
    group = group_of(args.prefix, topic)
    decode = ledger_entry if topic == LEDGER else audit_entry

    def consumer(on_error: Callable[..., None], on_commit: Callable[..., None]) -> Consumer:
        return group_consumer(
            args.bootstrap,
            group,
            on_error=on_error,
            on_commit=on_commit,
            settings={
                "max.poll.interval.ms": args.max_poll_interval_ms,
                "session.timeout.ms": min(45_000, args.max_poll_interval_ms),
            },
        )

    return StoreWorker(
        consumer,
        name_of(topic, args.prefix),
        sink,
        pile=lambda: Entries(decode),
        dead_letters=Producer(args.bootstrap, f"tactful-{topic}-sink"),
        dead_letter_topic=name_of(DEAD_LETTERS, args.prefix),
        metrics=metrics,
        batch_size=args.batch_size,
        log=logging.getLogger(f"tactful.{'history' if topic == LEDGER else topic}"),
    )


def workers(args: argparse.Namespace) -> tuple[list[StoreWorker[Kept]], HistoryMetrics]:
    """Both workers, with metrics in one registry.

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
    registry = registry_of_process()
    history = HistoryMetrics(HISTORY_SCOPE, registry)
    in_flight = args.max_in_flight
    return [
        build(args, LEDGER, HistorySink(settings, max_in_flight=in_flight), history),
        build(
            args,
            AUDIT,
            AuditSink(settings, max_in_flight=in_flight),
            HistoryMetrics(AUDIT_SCOPE, registry),
        ),
    ], history


class Crew:
    """Workers in a thread each, which end together."""

    def __init__(self, members: Sequence[StoreWorker[Any]], stop: threading.Event) -> None:
        self._members = members
        self._stop = stop
        self.errors: list[Exception] = []

    def run(self) -> None:
        """Work until told to stop, or until one of them fails for good."""
        threads = [threading.Thread(target=self._run, args=(each,)) for each in self._members]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _run(self, worker: StoreWorker[Any]) -> None:
        try:
            worker.run(self._stop)
        except Exception as error:  # noqa: BLE001 - told by the main thread
            self.errors.append(error)
        finally:
            self._stop.set()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Alive while all are."""
        found = {each.topic: each.health() for each in self._members}
        return all(alive for alive, _ in found.values()), {
            topic: facts for topic, (_, facts) in found.items()
        }


def run(args: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT; gives the exit status."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        log.info("%s: finishing the batches in hand", signal.Signals(number).name)
        stop.set()

    before: dict[int, Any] = {
        number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        members, metrics = workers(args)
        crew = Crew(members, stop)
        server = HealthServer(args.metrics_host, args.metrics_port, metrics.registry, crew.health)
    except (ValueError, OSError) as error:
        log.error("cannot start: %s", error)  # noqa: TRY400 - the message says it all
        return 2
    log.info("metrics on http://%s:%d/metrics", args.metrics_host, server.port)
    try:
        crew.run()
    finally:
        server.close()
        for number, handler in before.items():
            signal.signal(number, handler)
    for failure in crew.errors:
        if not isinstance(failure, MigrationError):
            raise failure
        log.error("%s", failure)
        return 3
    log.info("ended")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of `python -m jobs.history`."""
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
