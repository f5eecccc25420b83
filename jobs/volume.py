"""The volume controller as a program, `python -m jobs.volume`: ledger in, prices out."""

import argparse
import logging
import sys
import threading
import uuid
from collections.abc import Callable, Sequence

from confluent_kafka import Consumer, KafkaError

from connectors.kafka.consumer import group_consumer
from connectors.kafka.producer import Producer
from deploy.settings import Settings
from jobs import program
from jobs.program import Ready, kafka_of
from jobs.volume_metrics import VolumeMetrics
from jobs.volume_worker import VolumeWorker
from tactful.topics import KNOWLEDGE, LEDGER, name_of

log = logging.getLogger("tactful.volume")

CLIENT = "tactful-volume"


def parser(settings: Settings) -> argparse.ArgumentParser:
    """The command line; addresses and names default to the settings."""
    args = program.parser("jobs.volume", __doc__, settings, settings.volume_metrics_port)
    args.add_argument("--tick-ms", type=int, default=250, help="how often prices are worked out")
    args.add_argument(
        "--lookback-ms",
        type=int,
        default=3_600_000,
        help="how far back the ledger is read at the start, to find who waits",
    )
    return args


def build(args: argparse.Namespace, metrics: VolumeMetrics) -> VolumeWorker:
    """The worker that the command line asks for.

    Raises:
        ConnectionSettingsError: Kafka can't be reached in the way the settings say.
    """
    kafka = kafka_of(args)

    def consumer(on_error: Callable[[KafkaError], None]) -> Consumer:
        return group_consumer(
            kafka,
            # It joins no group, but the client wants a name for one.
            f"{args.prefix}.volume.{uuid.uuid4().hex[:8]}",
            on_error=on_error,
            settings={
                "client.id": CLIENT,
                "enable.partition.eof": True,
                "auto.offset.reset": "latest",
                "fetch.wait.max.ms": 20,
            },
        )

    return VolumeWorker(
        consumer,
        name_of(KNOWLEDGE, args.prefix),
        name_of(LEDGER, args.prefix),
        producer=Producer(kafka, CLIENT, {"linger.ms": 0}),
        metrics=metrics,
        tick_ms=args.tick_ms,
        lookback_ms=args.lookback_ms,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of `python -m jobs.volume`."""
    program.start_log()
    args = parser(Settings()).parse_args(argv)

    def prepare(_stop: threading.Event) -> Ready:
        metrics = VolumeMetrics()
        worker = build(args, metrics)
        return Ready(worker.run, worker.health, metrics.registry)

    return program.run(prepare, args, log)


if __name__ == "__main__":
    sys.exit(main())
