"""The profile sink as a program, `python -m jobs.profiles`: profiles topic to Cassandra."""

import argparse
import logging
import sys
import threading
from collections.abc import Callable, Sequence

from connectors.cassandra.migrate import MigrationError
from connectors.cassandra.sink import ProfileSink
from connectors.crypto.master import MasterKeyError, MasterKeys
from connectors.kafka.producer import Producer
from connectors.redis.cache import CacheSettings, ProfileCache
from deploy.connections import redis_of
from deploy.secrets import master_keys
from deploy.settings import Settings
from jobs import program
from jobs.profiles_worker import ProfileWorker
from jobs.program import Ready, kafka_of
from jobs.sink_arguments import add_sink_arguments, cassandra_of, consumers_of
from jobs.sink_metrics import ProfileMetrics
from tactful.topics import DEAD_LETTERS, PROFILES, name_of

log = logging.getLogger("tactful.profiles")


def group_of(prefix: str) -> str:
    """The worker's consumer group, unless another is named."""
    return f"{prefix}.profile-sink"


def parser(settings: Settings) -> argparse.ArgumentParser:
    """The command line; addresses and names default to the settings."""
    args = program.parser("jobs.profiles", __doc__, settings, settings.profiles_metrics_port)
    add_sink_arguments(args, settings)
    args.add_argument(
        "--redis", default=settings.redis_url, help="the cache to keep true; '' for none"
    )
    args.add_argument("--group", help="consumer group (default: PREFIX.profile-sink)")
    return args


def build(
    args: argparse.Namespace, metrics: ProfileMetrics, master: MasterKeys | Callable[[], MasterKeys]
) -> ProfileWorker:
    """The worker that the command line asks for.

    Raises:
        ValueError: a setting that is not allowed.
    """
    cache = None
    if args.redis:
        redis = redis_of(args.settings, args.redis)
        cache = ProfileCache(CacheSettings(redis=redis, prefix=args.prefix))
    return ProfileWorker(
        consumers_of(args, args.group or group_of(args.prefix)),
        name_of(PROFILES, args.prefix),
        ProfileSink(cassandra_of(args), master, cache=cache, max_in_flight=args.max_in_flight),
        dead_letters=Producer(kafka_of(args), "tactful-profile-sink"),
        dead_letter_topic=name_of(DEAD_LETTERS, args.prefix),
        metrics=metrics,
        batch_size=args.batch_size,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of `python -m jobs.profiles`."""
    # the driver reports every reconnection attempt; the breaker's one line says enough
    program.start_log(cassandra=logging.ERROR)
    settings = Settings()
    args = parser(settings).parse_args(argv)

    def prepare(_stop: threading.Event) -> Ready:
        master_keys(settings)  # without one nothing could be written: say so at once
        metrics = ProfileMetrics()
        worker = build(args, metrics, lambda: master_keys(settings))
        return Ready(worker.run, worker.health, metrics.registry)

    return program.run(
        prepare,
        args,
        log,
        ending="finishing the batch in hand",
        refusals=(ValueError, OSError, MasterKeyError),
        for_a_person=(MigrationError,),
    )


if __name__ == "__main__":
    sys.exit(main())
