"""The volume worker: the controller with its clock, the topics it reads and the one it writes."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    TopicPartition,
)

from connectors.kafka.consumer import partitions_of
from connectors.kafka.place import place_of
from connectors.kafka.producer import Producer, UndeliveredError
from jobs.volume_metrics import VolumeMetrics
from tactful.faults import without_values
from tactful.knowledge import PRICE_KEY, InvalidKnowledgeError
from tactful.volume.controller import Controller, Seen
from tactful.volume.price import PriceError

log = logging.getLogger("tactful.volume")

BATCH = 5_000
TOPICS_PAUSE_S = 2.0
"""A topic that does not exist yet is looked for again after this."""

_entry = msgspec.json.Decoder(Seen)


def clock_ms() -> int:
    """The machine's time."""
    return time.time_ns() // 1_000_000


class VolumeWorker:
    """One thread: `run` until told to stop.

    It belongs to no group and commits nothing: at each start it reads all knowledge, and of the
    ledger what the last `lookback_ms` brought. A second one beside it does no harm: both publish
    what follows from the same ledger.

    Args:
        consumer: makes the consumer, told what to call on errors.
        knowledge: the topic of policies and prices.
        ledger: the topic of verdicts.
        producer: writes to `knowledge`.
        metrics: what to count in.
        tick_ms: how often prices are worked out.
        lookback_ms: how far back the ledger is read at the start.
        clock: gives the time, epoch milliseconds.
    """

    def __init__(
        self,
        consumer: Callable[[Callable[[KafkaError], None]], Consumer],
        knowledge: str,
        ledger: str,
        *,
        producer: Producer,
        metrics: VolumeMetrics,
        tick_ms: int = 250,
        lookback_ms: int = 3_600_000,
        clock: Callable[[], int] = clock_ms,
    ) -> None:
        self._consumer = consumer(self._on_error)
        self._knowledge = knowledge
        self._ledger = ledger
        self._producer = producer
        self._metrics = metrics
        self._tick_ms = tick_ms
        self._lookback_ms = lookback_ms
        self._clock = clock
        self._controller = Controller()
        self._pending: set[tuple[str, int]] = set()
        self._past = True
        self._next_tick_ms = 0
        self._turned_ms = clock()
        self._rates: dict[str, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set. Prices in force stay: each ends at 0 by itself."""
        try:
            if self._find_topics(stop):
                self.start()
            while not stop.is_set():
                self.turn()
        finally:
            self._consumer.close()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Alive while the loop turns."""
        quiet_s = (self._clock() - self._turned_ms) / 1000
        return quiet_s < 120, {
            "seconds_since_turn": round(quiet_s, 1),
            "rates_per_s": dict(self._rates),
            "catching_up": bool(self._pending),
        }

    def start(self) -> None:
        """Read what is known, then the recent past of the ledger."""
        self._assign(self._knowledge, lambda places: _at(places, OFFSET_BEGINNING))
        while self._pending:
            self.turn()
        self._past = False
        self._follow_rates()
        self._assign(self._ledger, self._recent)

    def turn(self) -> None:
        """Poll once; unless the past is still being read, publish what is due."""
        self._turned_ms = now_ms = self._clock()
        wait_ms = 50 if self._pending else max(0, self._next_tick_ms - now_ms)
        for message in self._consumer.consume(BATCH, timeout=min(50, wait_ms) / 1000):
            self._take(message)
        now_ms = self._clock()
        if not self._pending and now_ms >= self._next_tick_ms:
            self._next_tick_ms = now_ms + self._tick_ms
            self._tick(now_ms)

    def _find_topics(self, stop: threading.Event) -> bool:
        while not stop.is_set():
            self._turned_ms = self._clock()
            try:
                if all(partitions_of(self._consumer, t) for t in (self._knowledge, self._ledger)):
                    return True
                log.warning("waiting for the topics %s and %s", self._knowledge, self._ledger)
            except KafkaException as error:
                log.warning("Kafka: %s", error.args[0].str())
            stop.wait(TOPICS_PAUSE_S)
        return False

    def _assign(
        self, topic: str, starts: Callable[[list[TopicPartition]], list[TopicPartition]]
    ) -> None:
        places = [TopicPartition(topic, p) for p in partitions_of(self._consumer, topic)]
        self._pending = {(topic, place.partition) for place in places}
        self._consumer.incremental_assign(starts(places))

    def _recent(self, places: list[TopicPartition]) -> list[TopicPartition]:
        since_ms = self._clock() - self._lookback_ms
        found = self._consumer.offsets_for_times(_at(places, since_ms), timeout=10.0)
        return [
            TopicPartition(place.topic, place.partition, _offset_or_end(place)) for place in found
        ]

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - there is no public name
                place = place_of(message)
                self._pending.discard((place.topic, place.partition))
                return
            if error.fatal():
                raise KafkaException(error)
            log.warning("Kafka: %s", error.str())
        elif message.topic() == self._ledger:
            self._observe(message)
        else:
            self._learn(message)

    def _observe(self, message: Message) -> None:
        try:
            entry = _entry.decode(message.value() or b"")
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._refuse(message, without_values(error))  # the text may hold what was found
            return
        self._metrics.entries.inc()
        self._controller.observe(entry, self._clock())

    def _learn(self, message: Message) -> None:
        key = (message.key() or b"").decode(errors="replace")
        if key.startswith(PRICE_KEY) and not self._past:
            return  # our own
        try:
            self._controller.learn(key, message.value() or b"", self._clock())
        except (InvalidKnowledgeError, PriceError) as error:
            self._refuse(message, str(error))
            return
        if not self._past:
            self._follow_rates()

    def _refuse(self, message: Message, why: str) -> None:
        self._metrics.refused.inc()
        place = place_of(message)
        log.warning("%s/%d at %d refused: %s", place.topic, place.partition, place.offset, why)

    def _follow_rates(self) -> None:
        rates = dict(self._controller.rates_per_s)
        if rates != self._rates or not rates:
            told = ", ".join(f"{name} {rate:g}/s" for name, rate in sorted(rates.items()))
            log.info("rates: %s", told or "none, so there is nothing to do")
        metrics = self._metrics
        for name in self._rates.keys() - rates.keys():
            for gauge in (metrics.rate, metrics.price, metrics.waiting, metrics.scheduled):
                gauge.remove(name)
        for name, rate in rates.items():
            metrics.rate.labels(name).set(rate)
        self._rates = rates

    def _tick(self, now_ms: int) -> None:
        began_s = time.perf_counter()
        found = self._controller.tick(now_ms)
        metrics = self._metrics
        metrics.tick_ms.observe((time.perf_counter() - began_s) * 1000)
        metrics.lag_ms.set(self._controller.lag_ms)
        for name, lane in self._controller.lanes.items():
            metrics.price.labels(name).set(lane.price)
            metrics.waiting.labels(name).set(len(lane.line.bids))
            metrics.scheduled.labels(name).set(len(lane.line.scheduled))
        if not found:
            return
        for key, value in found:
            self._producer.send(self._knowledge, key.encode(), value)
            metrics.paths.labels(key.removeprefix(PRICE_KEY)).inc()
        try:
            self._producer.flush(5.0)
        except UndeliveredError as error:
            metrics.failed_writes.inc()
            log.warning("prices: %s", error)

    def _on_error(self, error: KafkaError) -> None:
        log.warning("Kafka: %s", error.str())
        if error.fatal():
            raise KafkaException(error)


def _at(places: Sequence[TopicPartition], offset: int) -> list[TopicPartition]:
    return [TopicPartition(place.topic, place.partition, offset) for place in places]


def _offset_or_end(place: TopicPartition) -> int:
    return place.offset if place.offset >= 0 else OFFSET_END
