"""Finds what Kafka still holds about a user or a request: requests, verdicts, feedback, zone."""

import dataclasses
from typing import Any

import msgspec

from cli.broker import BrokerError, Reader
from cli.partitions import partition_of
from deploy.connections import kafka_of
from deploy.settings import Settings
from schemas import ContractError, decode_record
from tactful import topics
from tactful.records import (
    Event,
    Feedback,
    LedgerEntry,
    ProfileSnapshot,
    RecordKind,
    Request,
)


@dataclasses.dataclass
class Found:
    """All that was found, in the order of the topics."""

    user_id: str | None = None
    zone: str | None = None
    profile: ProfileSnapshot | None = None
    requests: list[Request] = dataclasses.field(default_factory=list)
    entries: list[LedgerEntry] = dataclasses.field(default_factory=list)
    feedback: list[Feedback] = dataclasses.field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.entries or self.requests)


class Archive:
    """What the topics hold, read without a group."""

    def __init__(self, settings: Settings) -> None:
        self._kafka = kafka_of(settings)
        self._prefix = settings.topic_prefix
        with Reader(self._kafka) as reader:
            self._partitions = reader.partitions()

    def of_user(self, user_id: str, since_ms: int | None = None) -> Found:
        """Everything about a user: reads only the partitions that hold the user.

        Raises:
            BrokerError: If Kafka does not answer, or there is no ledger.
        """
        found = Found(user_id=user_id)
        key = user_id.encode()
        words = (topics.LEDGER, RecordKind.REQUEST.value, RecordKind.FEEDBACK.value)
        names = {topics.name_of(word, self._prefix): word for word in words}
        places = [(name, partition_of(user_id, self._count(name))) for name in names]
        with Reader(self._kafka) as reader:
            reader.assign(places, since_ms)
            for message in reader.backlog():
                if message.key == key:
                    _take(found, names[message.topic], message.value)
        self._place(found, user_id)
        return found

    def of_request(self, request_id: str, since_ms: int | None = None) -> Found:
        """Everything about a request or a decision: reads all of the ledger to find its user.

        Raises:
            BrokerError: If Kafka does not answer, or there is no ledger.
        """
        user_id = self._user_of(request_id, since_ms)
        if user_id is None:
            return Found()
        found = self.of_user(user_id, since_ms)
        ids = {e.decision_id for e in found.entries if request_id in (e.request_id, e.decision_id)}
        found.entries = [e for e in found.entries if e.decision_id in ids]
        requests = {e.request_id for e in found.entries} | {request_id}
        found.requests = [r for r in found.requests if r.id in requests]
        found.feedback = [f for f in found.feedback if f.decision_id in ids]
        return found

    def _user_of(self, request_id: str, since_ms: int | None) -> str | None:
        ledger = topics.name_of(topics.LEDGER, self._prefix)
        asked = topics.name_of(RecordKind.REQUEST.value, self._prefix)
        # Looking for the bytes first is far faster than decoding each record.
        needle = msgspec.json.encode(request_id)[1:-1]
        places = [(name, p) for name in (ledger, asked) for p in range(self._count(name))]
        with Reader(self._kafka) as reader:
            reader.assign(places, since_ms)
            for message in reader.backlog():
                value = message.value
                if needle not in value:
                    continue
                if message.topic == ledger:
                    entry = _decode(value, LedgerEntry)
                    if entry and request_id in (entry.request_id, entry.decision_id):
                        return str(entry.user_id)
                else:
                    request = _decode(value, Request)
                    if request and request.id == request_id:
                        return str(request.user_id)
        return None

    def _place(self, found: Found, user_id: str) -> None:
        """The last profile snapshot; the zone of it, else of the user's last event with one."""
        key = user_id.encode()
        profiles = topics.name_of(topics.PROFILES, self._prefix)
        events = topics.name_of(RecordKind.EVENT.value, self._prefix)
        for topic, struct in ((profiles, ProfileSnapshot), (events, Event)):
            with Reader(self._kafka) as reader:
                reader.assign([(topic, partition_of(user_id, self._count(topic)))])
                for message in reader.backlog():
                    if message.key != key:
                        continue
                    record = _decode(message.value, struct)
                    found.zone = (record and record.time_zone) or found.zone
                    if isinstance(record, ProfileSnapshot):
                        found.profile = record
            if found.zone is not None:
                return

    def _count(self, topic: str) -> int:
        count = self._partitions.get(topic, 0)
        if count == 0:
            raise BrokerError(f"There is no topic {topic}. `tactful up` makes the topics.")
        return count


def _decode(value: bytes, struct: Any) -> Any:
    try:
        return decode_record(struct, value)
    except ContractError:
        return None


def _take(found: Found, word: str, value: bytes) -> None:
    if word == topics.LEDGER:
        entry = _decode(value, LedgerEntry)
        if entry is not None:
            found.entries.append(entry)
    elif word == RecordKind.REQUEST.value:
        request = _decode(value, Request)
        if request is not None:
            found.requests.append(request)
    else:
        feedback = _decode(value, Feedback)
        if feedback is not None:
            found.feedback.append(feedback)
