"""The history sink as a program, `python -m jobs.history`: ledger and audit topic to Cassandra."""

import argparse
import logging
import sys
import threading
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import Message

from connectors.cassandra.history_sink import (
    AuditSink,
    HistorySink,
    Kept,
    audit_entry,
    ledger_entry,
)
from connectors.cassandra.migrate import MigrationError
from connectors.cassandra.sink import StoreSink
from connectors.kafka.producer import Producer
from connectors.prometheus import registry_of_process
from deploy.settings import Settings
from jobs import program
from jobs.program import Ready, kafka_of
from jobs.sink_arguments import add_sink_arguments, cassandra_of, consumers_of
from jobs.sink_metrics import AUDIT_SCOPE, HISTORY_SCOPE, HistoryMetrics
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
    args = program.parser("jobs.history", __doc__, settings, settings.history_metrics_port)
    add_sink_arguments(args, settings)
    return args


def build(
    args: argparse.Namespace, topic: str, sink: StoreSink[Kept], metrics: HistoryMetrics
) -> StoreWorker[Kept]:
    """The worker of one of the two topics."""
    decode = ledger_entry if topic == LEDGER else audit_entry
    return StoreWorker(
        consumers_of(args, group_of(args.prefix, topic)),
        name_of(topic, args.prefix),
        sink,
        pile=lambda: Entries(decode),
        dead_letters=Producer(kafka_of(args), f"tactful-{topic}-sink"),
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
    settings = cassandra_of(args)
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


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of `python -m jobs.history`."""
    # the driver reports every reconnection attempt; the breaker's one line says enough
    program.start_log(cassandra=logging.ERROR)
    args = parser(Settings()).parse_args(argv)

    def prepare(stop: threading.Event) -> Ready:
        members, metrics = workers(args)
        crew = Crew(members, stop)

        def work(_stop: threading.Event) -> None:
            crew.run()
            if crew.errors:
                raise crew.errors[0]

        return Ready(work, crew.health, metrics.registry)

    return program.run(
        prepare,
        args,
        log,
        ending="finishing the batches in hand",
        for_a_person=(MigrationError,),
    )


if __name__ == "__main__":
    sys.exit(main())
