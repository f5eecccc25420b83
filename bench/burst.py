"""`python -m bench --only burst`: a burst on the real stack, and under a virtual clock.

The decide job and the volume controller run as ever, on topics of their own; the requests come at
the pace of the clock, and the ledger is read as it grows.
"""

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
from confluent_kafka import OFFSET_BEGINNING, TopicPartition

from bench.burst_report import Told, draw, report
from bench.burst_traffic import Burst
from bench.burst_virtual import START_MS, VirtualBurst
from bench.cluster import Run
from connectors.kafka.consumer import group_consumer
from connectors.kafka.producer import Producer
from deploy.connections import kafka_of
from deploy.settings import Settings
from schemas.codec import encode
from tactful import topics
from tactful.knowledge import POLICY_KEY
from tactful.records import ProfileUpdate, RecordKind, Request

IMAGES = Path(__file__).parents[1] / "docs" / "images"
_told = msgspec.json.Decoder(Told)


def bursts(settings: Settings, burst: Burst | None = None) -> dict[str, Any]:
    """Both, with a picture of each in docs/images."""
    burst = burst or Burst()
    return {"virtual": virtual(burst), "stack": on_stack(settings, burst)}


def virtual(burst: Burst) -> dict[str, Any]:
    """`step` and the controller alone."""
    simulated = VirtualBurst(burst)
    began_s = time.process_time()
    simulated.run()
    cpu_s = time.process_time() - began_s
    draw(burst, START_MS, simulated.ledger, IMAGES / "burst-virtual.svg")
    return report(burst, START_MS, simulated.ledger) | {
        "prices_published": simulated.prices,
        "cpu_s": round(cpu_s, 1),
    }


def on_stack(
    settings: Settings, burst: Burst, image: str | None = "burst-stack.svg"
) -> dict[str, Any]:
    """Kafka, the decide job on Flink, and `tactful volume`."""
    with Run(settings, "burst") as run:
        start_ms, ledger = measured(run, burst)
        prices = sum(
            (message.key() or b"").startswith(b"price/")
            for message in run.messages(topics.KNOWLEDGE)
        )
        decisions = sum(run.ends(f"{topics.DECISIONS}.push").values())
    if image is not None:
        draw(burst, start_ms, ledger, IMAGES / image)
    return report(burst, start_ms, ledger) | {
        "decisions_in_kafka": decisions,
        "prices_published": prices,
    }


def measured(run: Run, burst: Burst) -> tuple[int, list[Told]]:
    """When the first request was written, and what was decided about all of them."""
    kafka = kafka_of(run.settings)
    with Producer(kafka, "tactful-bench") as writer:
        policy = msgspec.json.encode(burst.policy())
        writer.send(run.topic(topics.KNOWLEDGE), POLICY_KEY.encode(), policy)
    _write(run, burst.introductions(time.time_ns() // 1_000_000))
    run.submit()
    run.await_count(topics.PROFILES, burst.users)
    with controller(run.settings):
        start_ms = time.time_ns() // 1_000_000
        _write(run, burst.asked(start_ms), paced=True)
        ledger = _until_all_ended(run, burst)
    return start_ms, ledger


@contextmanager
def controller(settings: Settings) -> Iterator[None]:
    """The volume worker on the run's topics, as a process of its own."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jobs.volume", f"--bootstrap={settings.kafka_bootstrap}"),
            *(f"--prefix={settings.topic_prefix}", "--metrics-port=0"),
        ],
        cwd=settings.root,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        for line in process.stderr:
            if "rates:" in line:
                break
        else:
            raise RuntimeError(f"the volume controller ended with {process.wait()}")
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _write(run: Run, records: Iterable[Request | ProfileUpdate], *, paced: bool = False) -> None:
    settings = {"linger.ms": 0} if paced else None
    with Producer(kafka_of(run.settings), "tactful-bench", settings) as writer:
        for record in records:
            if paced:
                time.sleep(max(0.0, record.at_ms / 1000 - time.time()))
            kind = RecordKind.REQUEST if isinstance(record, Request) else RecordKind.PROFILE_UPDATE
            writer.send(run.topic(kind), record.user_id.encode(), encode(record))


def _until_all_ended(run: Run, burst: Burst) -> list[Told]:
    """The ledger, read until each request has ended or far too much time is over."""
    consumer = group_consumer(kafka_of(run.settings), "tactful-bench")
    ledger = run.topic(topics.LEDGER)
    consumer.assign(
        [TopicPartition(ledger, number, OFFSET_BEGINNING) for number in run.ends(topics.LEDGER)]
    )
    found: list[Told] = []
    ended: set[str] = set()
    deadline_s = time.monotonic() + 2 * burst.takes_ms / 1000 + 60
    try:
        while len(ended) < burst.requests and time.monotonic() < deadline_s:
            for message in consumer.consume(10_000, timeout=0.5):
                if message.error() is None:
                    told = _told.decode(message.value() or b"")
                    found.append(told)
                    if told.verdict.final:
                        ended.add(told.request_id)
    finally:
        consumer.close()
    return found
