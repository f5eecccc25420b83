"""A worker as a program: its common arguments, its log, its metrics, and how it ends."""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple

from prometheus_client import CollectorRegistry

from connectors.kafka.connection import KafkaConnection
from deploy import connections
from deploy.settings import Settings
from jobs.health import Health, HealthServer

ENDED = 0
CANNOT_START = 2
FOR_A_PERSON = 3

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class Ready(NamedTuple):
    """A worker that is about to work.

    Attributes:
        work: until it is told to stop.
        health: whether it is alive, and what more there is to say of it.
        registry: its metrics.
    """

    work: Callable[[threading.Event], None]
    health: Health
    registry: CollectorRegistry


def parser(
    module: str, description: str | None, settings: Settings, metrics_port: int
) -> argparse.ArgumentParser:
    """The command line that all workers share; addresses and names default to the settings."""
    args = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    args.add_argument(
        "--bootstrap", default=settings.kafka_bootstrap, help="Kafka, host:port[,...]"
    )
    # not an option: nobody gives secrets, or where they are, on a command line
    args.set_defaults(settings=settings)
    args.add_argument(
        "--prefix", default=settings.topic_prefix, help="first word of the topics' names"
    )
    args.add_argument("--metrics-host", default="127.0.0.1", help="where to serve the metrics")
    args.add_argument(
        "--metrics-port",
        type=int,
        default=metrics_port,
        help="/metrics and /healthz; 0: any free",
    )
    return args


def kafka_of(args: argparse.Namespace) -> KafkaConnection:
    """How a worker reaches Kafka: at the address of its command line, secured as in the settings.

    Raises:
        ConnectionSettingsError: the settings can't be used.
    """
    return connections.kafka_of(args.settings, args.bootstrap)


def start_log(**levels: int) -> None:
    """Log to standard error.

    Args:
        levels: of loggers that say too much, by their names.
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format=LOG_FORMAT,
    )
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def run(
    prepare: Callable[[threading.Event], Ready],
    args: argparse.Namespace,
    log: logging.Logger,
    *,
    ending: str = "ending",
    refusals: tuple[type[Exception], ...] = (ValueError, OSError),
    for_a_person: tuple[type[Exception], ...] = (),
) -> int:
    """Work until SIGTERM or SIGINT; gives the exit status.

    Args:
        prepare: makes the worker, given what will tell it to stop.
        args: the command line (`parser`).
        log: where to say what happens.
        ending: what it says when it is told to end.
        refusals: errors of `prepare` that say why it can't start: status 2.
        for_a_person: errors at work that only a person can mend: status 3.
    """
    stop = threading.Event()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        log.info("%s: %s", signal.Signals(number).name, ending)
        stop.set()

    before: dict[int, Any] = {
        number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        ready = prepare(stop)
        server = HealthServer(args.metrics_host, args.metrics_port, ready.registry, ready.health)
    except refusals as error:
        log.error("cannot start: %s", error)  # noqa: TRY400 - the message says it all
        return CANNOT_START
    log.info("metrics on http://%s:%d/metrics", args.metrics_host, server.port)
    try:
        ready.work(stop)
    except for_a_person as error:
        log.error("%s", error)  # noqa: TRY400 - the message says it all
        return FOR_A_PERSON
    finally:
        server.close()
        for number, handler in before.items():
            signal.signal(number, handler)
    log.info("ended")
    return ENDED
