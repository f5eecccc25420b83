"""Reads everything that is said of a sample of users, and compares it."""

import dataclasses
import hashlib
import heapq
import time
from collections.abc import Callable, Iterable, Iterator

from cassandra.cluster import Session
from confluent_kafka import Message

from connectors.cassandra.awaiting import fetch_all
from connectors.cassandra.changes import PoisonError, UserChange, decode
from connectors.cassandra.history import History
from connectors.cassandra.keys import UserKeys
from connectors.cassandra.paging import month_of
from connectors.cassandra.profiles import ProfileRow, Profiles
from connectors.crypto import FieldCipher, KeyRing, MasterKeys
from connectors.kafka.connection import KafkaConnection
from connectors.kafka.consumer import read_to_end
from connectors.redis import ProfileCache
from connectors.verify.compare import (
    AROUND_AN_ERASURE,
    cache_differences,
    history_differences,
    key_differences,
    row_differences,
    topic_differences,
)
from connectors.verify.replay import EventLog, Ledger
from connectors.verify.report import Difference, Report, ordered
from tactful import topics
from tactful.records import LedgerEntry, RecordKind

LOG_TOPICS = (RecordKind.EVENT, RecordKind.FEEDBACK, RecordKind.PROFILE_UPDATE)
"""The topics that are lived through again; requests change nothing that is compared."""

AT_ONCE = 500


@dataclasses.dataclass(frozen=True, slots=True)
class Sources:
    """Where to read.

    Attributes:
        kafka: how to reach it.
        prefix: first word of the topics' names.
        session: of Cassandra, in its keyspace.
        master: the master keys.
        cache: Redis; None to leave it out.
        read: how to read topics to their end.
    """

    kafka: KafkaConnection
    prefix: str
    session: Session
    master: MasterKeys
    cache: ProfileCache | None
    read: Callable[[KafkaConnection, list[str]], Iterable[Message]] = read_to_end

    def topic(self, *words: str) -> Iterable[Message]:
        """All records of some topics."""
        return self.read(self.kafka, [topics.name_of(word, self.prefix) for word in words])


def verify(
    sources: Sources,
    users: int,
    *,
    seed: int = 1,
    settle_s: float = 30.0,
    told: Callable[[str], None] = lambda _: None,
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> Report:
    """Compare a sample of users in all places.

    Users who differ are looked at again until they agree or `settle_s` is over: what is on its way
    is no difference. Keeps the sample's records in memory, some kilobytes a user.

    Args:
        sources: where to read.
        users: how many at most.
        seed: another one, another sample.
        settle_s: how long to wait for what is on its way.
        told: is told what happens.
        now_ms: epoch milliseconds.

    Raises:
        KafkaException: Kafka could not be read.
        Exception: what Cassandra's driver says when it could not be read.
    """
    told("choosing users")
    sample = _sample(sources, users, seed)
    report = _compared(sources, sample, told, now_ms)
    end_s = time.monotonic() + settle_s
    while report.unexplained and time.monotonic() < end_s:
        told(f"{len(report.unexplained)} users differ; looking again")
        time.sleep(min(3.0, settle_s / 4))
        again = _compared(sources, report.differing, told, now_ms)
        report = dataclasses.replace(report, differences=again.differences)
    return dataclasses.replace(report, differences=ordered(report.differences))


def _sample(sources: Sources, count: int, seed: int) -> set[str]:
    """Those whose hash is smallest, of all who stand in the profile topic or sent an event."""
    known: set[bytes] = set()
    for message in sources.topic(topics.PROFILES, RecordKind.EVENT, RecordKind.PROFILE_UPDATE):
        key = message.key()
        if key:
            known.add(key)

    def place(key: bytes) -> bytes:
        return hashlib.blake2b(key, digest_size=8, key=str(seed).encode()).digest()

    chosen = known if len(known) <= count else heapq.nsmallest(count, known, key=place)
    return {key.decode(errors="replace") for key in chosen}


def _compared(
    sources: Sources, sample: set[str], told: Callable[[str], None], now_ms: Callable[[], int]
) -> Report:
    told("reading the event log")
    log, ledger = EventLog(sample), Ledger(sample)
    for message in sources.topic(topics.DEAD_LETTERS):
        log.add_dead_letter(message)
    for message in sources.topic(topics.KNOWLEDGE):
        log.add_knowledge(message)
    for message in sources.topic(*LOG_TOPICS):
        log.add(message)
    for message in sources.topic(topics.LEDGER):
        ledger.add(message)
    told("reading the profile topic")
    newest = _newest(sources.topic(topics.PROFILES), sample)
    told("reading the stores, and living through the log")
    stores = _Stores(sources)
    found: list[Difference] = []
    cached = 0
    for some in _chunks(sorted(sample)):
        stores.load(some, ledger)
        for user in some:
            verdicts, change, lived = ledger.of(user), newest.get(user), log.lived(user)
            row = stores.rows.get(user)
            entry = sources.cache.entry(user) if sources.cache else None
            cached += entry is not None and bool(entry.raw)
            found += topic_differences(user, change, lived, verdicts)
            found += row_differences(user, change, row, stores.cipher.decrypt)
            found += history_differences(
                user,
                verdicts,
                stores.history.get(user, {}),
                change.erased_through if change else -1,
                now_ms(),
                AROUND_AN_ERASURE if lived.erased_at_ms is not None else None,
            )
            found += key_differences(user, change, stores.keys.get(user, 0))
            found += cache_differences(user, row, entry)
    return Report(len(sample), found, cached, log.count, ledger.count)


def _newest(messages: Iterable[Message], sample: set[str]) -> dict[str, UserChange]:
    wanted = {user.encode() for user in sample}
    found: dict[str, UserChange] = {}
    for message in messages:
        if message.key() not in wanted:
            continue
        try:
            change = decode(message)
        except PoisonError:
            continue
        user = found.setdefault(change.user_id, UserChange(change.user_id, change.partition))
        user.add(change)
    return found


class _Stores:
    """What Cassandra holds of some users at a time."""

    def __init__(self, sources: Sources) -> None:
        session = sources.session
        self._profiles, self._history = Profiles(session), History(session)
        self._session, self._store = session, UserKeys(session)
        self.cipher = FieldCipher(KeyRing(sources.master, self._store, cache_s=3_600))

    def load(self, users: list[str], ledger: Ledger) -> None:
        self.rows: dict[str, ProfileRow] = self._profiles.get_many(users)
        stored = self._store.of(users)
        self.keys = {user: len(rows) for user, rows in stored.items()}
        self.cipher.ring.load(users, fresh=True)
        asked = [
            (user, month)
            for user in users
            for month in {month_of(e.decided_at_ms) for e in ledger.of(user).entries.values()}
        ]
        statements = [self._history.asking(user, month) for user, month in asked]
        self.history: dict[str, dict[tuple[str, str, int], LedgerEntry]]
        self.history = {user: {} for user in users}
        pages = fetch_all(self._session, statements)
        for (user, _month), rows in zip(asked, pages, strict=True):
            for entry in self._history.entries(rows):
                key = (entry.decision_id, entry.verdict, entry.decided_at_ms)
                self.history[user][key] = entry


def _chunks(users: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(users), AT_ONCE):
        yield users[start : start + AT_ONCE]
