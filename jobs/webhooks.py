"""The webhook worker as a program, `python -m jobs.webhooks`: events in, signed requests out."""

import argparse
import logging
import sys
import threading
import uuid
from collections.abc import Callable, Sequence

from confluent_kafka import OFFSET_BEGINNING, KafkaException, TopicPartition

from connectors.crypto.master import MasterKeyError, MasterKeys
from connectors.kafka.consumer import group_consumer, partitions_of
from connectors.kafka.producer import Producer
from connectors.kafka.refusal import Refusals
from connectors.webhooks.sending import Sender
from connectors.webhooks.subscriptions import Subscription, unseal
from deploy.secrets import master_keys
from deploy.settings import Settings
from jobs import program
from jobs.program import Ready, kafka_of
from jobs.webhooks_metrics import WebhookMetrics
from jobs.webhooks_worker import Names, WebhookWorker, clock_ms
from tactful.records import RecordKind
from tactful.topics import LEDGER, WEBHOOK_DELIVERIES, WEBHOOKS, name_of

log = logging.getLogger("tactful.webhooks")

CLIENT = "tactful-webhooks"


def group_of(prefix: str) -> str:
    """The consumer group that reads the events."""
    return f"{prefix}.webhooks"


def parser(settings: Settings) -> argparse.ArgumentParser:
    """The command line; addresses and names default to the settings."""
    args = program.parser("jobs.webhooks", __doc__, settings, settings.webhooks_metrics_port)
    args.add_argument("--threads", type=int, default=8, help="attempts at once")
    args.add_argument("--timeout-s", type=float, default=15.0, help="of one attempt")
    args.add_argument(
        "--local",
        action=argparse.BooleanOptionalAction,
        default=settings.local,
        help="allow plain http and private addresses (default: on a local stack alone)",
    )
    return args


def secrets_with(
    read: Callable[[], MasterKeys], clock: Callable[[], int] = clock_ms
) -> Callable[[Subscription], list[str]]:
    """Gives a subscription's secrets: the one that signs, and an older one for a while.

    `read` gives the master keys; it is asked again when a version is missing, as after a rotation.
    """
    master = read()

    def secrets_of(subscription: Subscription) -> list[str]:
        nonlocal master
        both = clock() < subscription.old_secret_until_ms
        sealed = subscription.secrets if both else subscription.secrets[:1]
        try:
            return [unseal(master, subscription.id, each) for each in sealed]
        except MasterKeyError:
            master = read()
            return [unseal(master, subscription.id, each) for each in sealed]

    return secrets_of


def build(
    args: argparse.Namespace, master: Callable[[], MasterKeys], metrics: WebhookMetrics
) -> WebhookWorker:
    """The worker that the command line asks for.

    Raises:
        KafkaException: no broker answered, or (KafkaRefusedError) it refused.
        ValueError: the topics are not there.
    """
    names = Names(
        ledger=name_of(LEDGER, args.prefix),
        updates=name_of(RecordKind.PROFILE_UPDATE, args.prefix),
        webhooks=name_of(WEBHOOKS, args.prefix),
        deliveries=name_of(WEBHOOK_DELIVERIES, args.prefix),
    )
    kafka = kafka_of(args)
    refusals = Refusals(kafka)
    state = group_consumer(
        kafka,
        # It joins no group, but the client wants a name for one.
        f"{args.prefix}.webhooks.{uuid.uuid4().hex[:8]}",
        on_error=refusals,
        settings={"client.id": CLIENT, "enable.partition.eof": True, "fetch.wait.max.ms": 50},
    )
    with refusals.told(state):
        places = [
            (topic, number)
            for topic in (names.webhooks, names.deliveries)
            for number in partitions_of(state, topic)
        ]
    missing = {names.webhooks, names.deliveries} - {topic for topic, _ in places}
    if missing:
        raise ValueError(f"there is no topic {', '.join(sorted(missing))}: `tactful up` makes them")
    state.assign([TopicPartition(*place, OFFSET_BEGINNING) for place in places])
    events = group_consumer(
        kafka,
        group_of(args.prefix),
        settings={
            "client.id": CLIENT,
            # Who subscribes wants to know what happens from then on, not the past.
            "auto.offset.reset": "latest",
            "fetch.wait.max.ms": 50,
        },
    )
    return WebhookWorker(
        events,
        state,
        places,
        names,
        outlet=Producer(kafka, CLIENT, {"linger.ms": 1}),
        sender=Sender(local=args.local, timeout_s=args.timeout_s),
        secrets_of=secrets_with(master),
        metrics=metrics,
        threads=args.threads,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point of `python -m jobs.webhooks`."""
    program.start_log(httpx=logging.WARNING)  # it logs each URL
    settings = Settings()
    args = parser(settings).parse_args(argv)

    def prepare(_stop: threading.Event) -> Ready:
        metrics = WebhookMetrics()
        worker = build(args, lambda: master_keys(settings), metrics)
        return Ready(worker.run, worker.health, metrics.registry)

    refusals = (ValueError, OSError, MasterKeyError, KafkaException)
    return program.run(prepare, args, log, refusals=refusals)


if __name__ == "__main__":
    sys.exit(main())
