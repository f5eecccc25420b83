"""Reads ledger, requests and dead letters as they come, into live statistics."""

from types import TracebackType
from typing import Self

import msgspec

from cli.broker import BrokerError, Reader, Seen, now_ms
from cli.live_stats import LiveStats
from deploy.connections import kafka_of
from deploy.settings import Settings
from schemas import ContractError, decode_record
from tactful import topics
from tactful.records import DeadLetter, LedgerEntry, RecordKind, Request


class Follower:
    """Keeps statistics up to date from Kafka; joins no group and commits nothing.

    Args:
        settings: Where Kafka is.
        since_ms: Start with what was written from this time on.
    """

    def __init__(self, settings: Settings, since_ms: int) -> None:
        self.stats = LiveStats()
        self._reader = Reader(kafka_of(settings))
        self._since_ms = since_ms
        prefix = settings.topic_prefix
        self._ledger = topics.name_of(topics.LEDGER, prefix)
        self._dead = topics.name_of(topics.DEAD_LETTERS, prefix)
        self._requests = topics.name_of(RecordKind.REQUEST.value, prefix)
        self._entries = msgspec.json.Decoder(LedgerEntry)
        self._letters = msgspec.json.Decoder(DeadLetter)
        self.unreadable = 0

    def __enter__(self) -> Self:
        partitions = self._reader.partitions()
        wanted = (self._ledger, self._dead, self._requests)
        missing = [topic for topic in wanted if topic not in partitions]
        if missing:
            raise BrokerError(f"There is no topic {missing[0]}. `tactful up` makes the topics.")
        places = [(topic, number) for topic in wanted for number in range(partitions[topic])]
        self._reader.assign(places, since_ms=self._since_ms)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._reader.__exit__(kind, error, trace)

    def poll(self, timeout_s: float) -> list[LedgerEntry]:
        """Take in what arrived; the verdicts among it."""
        messages = self._reader.poll(timeout_s)
        for message in messages:
            if message.topic == self._requests:
                self._take_request(message)
        entries = []
        for message in messages:
            if message.topic == self._requests:
                continue
            try:
                written_ms = message.written_ms
                if message.topic == self._dead:
                    self.stats.dead_letter(self._letters.decode(message.value), written_ms)
                else:
                    entry = self._entries.decode(message.value)
                    self.stats.ledger(entry, written_ms)
                    entries.append(entry)
            except msgspec.DecodeError:
                self.unreadable += 1
        self.stats.forget_before(now_ms())
        return entries

    def _take_request(self, message: Seen) -> None:
        try:
            request = decode_record(Request, message.value)
        except ContractError:
            return  # the job's to judge: it becomes a dead letter
        self.stats.request(request.id, message.written_ms)
