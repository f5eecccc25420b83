"""The volume controller as a program, `python -m jobs.volume`: ledger in, prices out."""

import argparse
import logging
import signal
import sys
import threading
import uuid
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from confluent_kafka import Consumer, KafkaError

from connectors.kafka.consumer import group_consumer
from connectors.kafka.producer import Producer
from deploy.settings import Settings
from jobs.health import HealthServer
from jobs.volume_metrics import VolumeMetrics
from jobs.volume_worker import VolumeWorker
from tactful.topics import KNOWLEDGE, LEDGER, name_of

log = logging.getLogger("tactful.volume")

CLIENT = "tactful-volume"


def parser(settings: Settings) -> argparse.ArgumentParser:
    """The command line; addresses and names default to the settings."""
    args = argparse.ArgumentParser(prog="python -m jobs.volume", description=__doc__)
    args.add_argument(
        "--bootstrap", default=settings.kafka_bootstrap, help="Kafka, host:port[,...]"
    )
    args.add_argument(
        "--prefix", default=settings.topic_prefix, help="first word of the topics' names"
    )
    args.add_argument("--tick-ms", type=int, default=250, help="how often prices are worked out")
    args.add_argument(
        "--lookback-ms",
        type=int,
        default=3_600_000,
        help="how far back the ledger is read at the start, to find who waits",
    )
    args.add_argument("--metrics-host", default="127.0.0.1", help="where to serve the metrics")
    args.add_argument(
        "--metrics-port",
        type=int,
        default=settings.volume_metrics_port,
        help="/metrics and /healthz; 0: any free",
    )
    return args


def build(args: argparse.Namespace, metrics: VolumeMetrics) -> VolumeWorker:
    """The worker that the command line asks for."""

    def consumer(on_error: Callable[[KafkaError], None]) -> Consumer:
        return group_consumer(
            args.bootstrap,
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
        producer=Producer(args.bootstrap, CLIENT, {"linger.ms": 0}),
        metrics=metrics,
        tick_ms=args.tick_ms,
        lookback_ms=args.lookback_ms,
    )


def run(args: argparse.Namespace) -> int:
    """Work until SIGTERM or SIGINT; gives the exit status."""
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        log.info("%s: ending", signal.Signals(number).name)
        stop.set()

    before: dict[int, Any] = {
        number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)
    }
    metrics = VolumeMetrics()
    try:
        worker = build(args, metrics)
        server = HealthServer(args.metrics_host, args.metrics_port, metrics.registry, worker.health)
    except (ValueError, OSError) as error:
        log.error("cannot start: %s", error)  # noqa: TRY400 - the message says it all
        return 2
    log.info("metrics on http://%s:%d/metrics", args.metrics_host, server.port)
    try:
        worker.run(stop)
    finally:
        server.close()
        for number, handler in before.items():
            signal.signal(number, handler)
    log.info("ended")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of `python -m jobs.volume`."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    return run(parser(Settings()).parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
