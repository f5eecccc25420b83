"""Steady load: records written at a fixed pace, verdicts read as they come."""

import threading
import time
from typing import TYPE_CHECKING

import msgspec
from confluent_kafka import Consumer

from bench.traffic import live
from connectors.kafka.consumer import group_consumer
from connectors.kafka.producer import Producer
from deploy.connections import kafka_of
from tactful import topics
from tactful.records import RecordKind

if TYPE_CHECKING:
    from bench.cluster import Run

TICK_S = 0.005
PATIENCE_S = 10.0


class _Entry(msgspec.Struct):
    request_id: str


_entry = msgspec.json.Decoder(_Entry)


def paced(run: "Run", per_second: int, seconds: int, users: int) -> tuple[list[float], int]:
    """Write `per_second` records for `seconds`.

    Returns:
        The lags (ms) of the requests, and how many had no verdict ten seconds after the end.
    """
    answered: dict[str, float] = {}
    asked: dict[str, float] = {}
    consumer = group_consumer(kafka_of(run.settings), "tactful-bench")
    consumer.assign(run.tails(topics.LEDGER))
    done = threading.Event()
    reader = threading.Thread(target=_read, args=(consumer, answered, done))
    reader.start()
    try:
        _write(run, per_second, seconds, users, asked)
        deadline_s = time.monotonic() + PATIENCE_S
        while len(answered) < len(asked) and time.monotonic() < deadline_s:
            time.sleep(0.1)
    finally:
        done.set()
        reader.join()
        consumer.close()
    lags_ms = [(answered[name] - at) * 1000 for name, at in asked.items() if name in answered]
    return lags_ms, len(asked) - len(lags_ms)


def _write(run: "Run", per_second: int, seconds: int, users: int, asked: dict[str, float]) -> None:
    settings = {"linger.ms": 0}
    with Producer(kafka_of(run.settings), "tactful-bench", settings) as writer:
        started_s = time.monotonic()
        records = live(per_second * seconds, users, int(started_s))
        for written, (raw, name) in enumerate(records):
            due_s = started_s + written / per_second
            if due_s - time.monotonic() > TICK_S:
                writer.flush()
                time.sleep(max(0.0, due_s - time.monotonic()))
            if raw.kind is RecordKind.REQUEST:
                asked[name] = time.monotonic()
            writer.send(run.topic(raw.kind), raw.key, raw.value)


def _read(consumer: Consumer, answered: dict[str, float], done: threading.Event) -> None:
    while not done.is_set():
        message = consumer.poll(0.1)
        if message is None or message.error() is not None:
            continue
        at_s = time.monotonic()
        entry = _entry.decode(message.value() or b"")
        answered.setdefault(entry.request_id, at_s)
