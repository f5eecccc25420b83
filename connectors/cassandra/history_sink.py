"""The sinks of the ledger and of audit records: each record a row, for 24 months."""

import dataclasses
import time
from collections.abc import Callable, Sequence

import msgspec
from cassandra.cluster import Session
from cassandra.query import BoundStatement
from confluent_kafka import Message

from connectors.breaker import Breaker
from connectors.cassandra.audit import AuditTable
from connectors.cassandra.changes import MAX_VALUE_BYTES, PoisonError
from connectors.cassandra.erasures import Erasures
from connectors.cassandra.history import History
from connectors.cassandra.session import CassandraSettings, connect
from connectors.cassandra.sink import StoreSink, Written
from connectors.kafka.place import place_of
from schemas.audit import AuditEntry
from tactful.records import DeadLetterReason, LedgerEntry

LATE_MS = 60_000
"""An entry that is older when it is written comes from a backlog or a replay: its user may have
been erased since."""

_ledger = msgspec.json.Decoder(LedgerEntry)
_audit = msgspec.json.Decoder(AuditEntry)


@dataclasses.dataclass(frozen=True, slots=True)
class Kept:
    """A record to be kept, its JSON text, and where it came from."""

    entry: LedgerEntry | AuditEntry
    raw: str
    partition: int

    @property
    def key(self) -> tuple[str, ...]:
        """Equal for two that would be one row."""
        if isinstance(self.entry, LedgerEntry):
            return self.entry.decision_id, self.entry.verdict, str(self.entry.decided_at_ms)
        return self.entry.user_id, self.entry.id, str(self.entry.at_ms)


def ledger_entry(message: Message) -> Kept:
    """A message of the ledger.

    Raises:
        PoisonError: it is none.
    """
    return _kept(message, _ledger, "ledger entry")


def audit_entry(message: Message) -> Kept:
    """A message of the audit topic.

    Raises:
        PoisonError: it is none.
    """
    return _kept(message, _audit, "audit entry")


class HistorySink(StoreSink[Kept]):
    """Writes ledger entries to `history_by_user`; those of erased users stay away."""

    def __init__(
        self,
        settings: CassandraSettings,
        breaker: Breaker | None = None,
        *,
        max_in_flight: int = 256,
        open_session: Callable[[CassandraSettings], Session] = connect,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        super().__init__(settings, breaker, max_in_flight=max_in_flight, open_session=open_session)
        self._now_ms = now_ms

    def prepare(self, session: Session) -> None:
        """Take a new session into use."""
        self._history = History(session)
        self._erasures = Erasures(session)

    def plan(self, changes: Sequence[Kept]) -> tuple[list[BoundStatement], Written]:
        """A row and a pointer for each entry that has time left."""
        now_ms = self._now_ms()
        entries = [
            (kept.entry, kept.raw) for kept in changes if isinstance(kept.entry, LedgerEntry)
        ]
        late = {each.user_id for each, _ in entries if each.decided_at_ms < now_ms - LATE_MS}
        erased = self._erasures.through(late) if late else {}
        statements: list[BoundStatement] = []
        rows = 0
        for entry, raw in entries:
            if entry.decided_at_ms <= erased.get(entry.user_id, -1):
                continue
            wanted = self._history.statements(entry, raw, now_ms)
            rows += bool(wanted)
            statements += wanted
        return statements, Written(rows, skipped=len(entries) - rows)


class AuditSink(StoreSink[Kept]):
    """Writes audit records to `audit_by_user`. They outlive an erasure: they are its proof."""

    def __init__(
        self,
        settings: CassandraSettings,
        breaker: Breaker | None = None,
        *,
        max_in_flight: int = 256,
        open_session: Callable[[CassandraSettings], Session] = connect,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        super().__init__(settings, breaker, max_in_flight=max_in_flight, open_session=open_session)
        self._now_ms = now_ms

    def prepare(self, session: Session) -> None:
        """Take a new session into use."""
        self._audit = AuditTable(session)

    def plan(self, changes: Sequence[Kept]) -> tuple[list[BoundStatement], Written]:
        """A row for each record that has time left."""
        now_ms = self._now_ms()
        wanted = [
            self._audit.statements(kept.entry, kept.raw, now_ms)
            for kept in changes
            if isinstance(kept.entry, AuditEntry)
        ]
        rows = sum(map(bool, wanted))
        return [one for some in wanted for one in some], Written(rows, skipped=len(wanted) - rows)


def _kept(
    message: Message,
    decoder: "msgspec.json.Decoder[LedgerEntry] | msgspec.json.Decoder[AuditEntry]",
    what: str,
) -> Kept:
    key, value = message.key(), message.value()
    if not key:
        raise PoisonError(DeadLetterReason.UNKEYED, f"{what}: the record has no key")
    if value is None or len(value) > MAX_VALUE_BYTES:
        size = "no" if value is None else len(value)
        raise PoisonError(
            DeadLetterReason.UNDECODABLE,
            f"{what}: {size} bytes; 1 to {MAX_VALUE_BYTES} are allowed",
        )
    try:
        entry = decoder.decode(value)
        raw = value.decode()
    except (msgspec.DecodeError, UnicodeError) as error:
        raise PoisonError(DeadLetterReason.UNDECODABLE, f"{what}: {error}") from None
    if entry.user_id.encode() != key:
        raise PoisonError(
            DeadLetterReason.WRONG_KEY, f"{what}: user_id is not the record's key", "user_id"
        )
    return Kept(entry, raw, place_of(message).partition)
