"""The audit table: who read or changed what of a user's data, by month, for 24 months."""

from collections.abc import Iterable
from typing import Any

import msgspec
from cassandra.cluster import Session
from cassandra.query import BoundStatement

from connectors.cassandra.awaiting import fetch, fetch_now
from connectors.cassandra.history import KEPT_MS
from connectors.cassandra.paging import Ask, month_of
from connectors.cassandra.unreadable import Unreadable, decoded
from schemas.audit import AuditEntry
from tactful.records.common import MAX_TIME_MS as LAST_MS

_decoder = msgspec.json.Decoder(AuditEntry)


class AuditTable:
    """The table through one session, whose keyspace is set and migrated; written idempotently."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._insert = session.prepare(
            "INSERT INTO audit_by_user (user_id, month, at, id, actor, action, raw) "
            "VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?"
        )
        self._page = session.prepare(
            "SELECT raw, toUnixTimestamp(at) AS at_ms FROM audit_by_user "
            "WHERE user_id = ? AND month = ? AND at <= ? LIMIT ?"
        )
        for statement in (self._insert, self._page):
            statement.is_idempotent = True

    def statements(self, entry: AuditEntry, raw: str, now_ms: int) -> list[BoundStatement]:
        """What to write for an entry; nothing for one that has ended its time already."""
        ttl_s = (entry.at_ms + KEPT_MS - now_ms) // 1000
        if ttl_s <= 0:
            return []
        row = (
            entry.user_id,
            month_of(entry.at_ms),
            entry.at_ms,
            entry.id,
            entry.actor,
            entry.action.value,
            raw,
        )
        return [self._insert.bind((*row, entry.at_ms, ttl_s))]

    def page(self, user_id: str, ask: Ask) -> list[AuditEntry | Unreadable]:
        """Rows of a month, newest first."""
        return _entries(fetch_now(self._session, self._asked(user_id, ask)).rows)

    async def apage(self, user_id: str, ask: Ask) -> list[AuditEntry | Unreadable]:
        """As `page`, in an event loop."""
        return _entries((await fetch(self._session, self._asked(user_id, ask))).rows)

    def _asked(self, user_id: str, ask: Ask) -> BoundStatement:
        upto_ms = LAST_MS if ask.upto_ms is None else ask.upto_ms
        return self._page.bind((user_id, ask.month, upto_ms, ask.limit))


def _entries(rows: Iterable[Any]) -> list[AuditEntry | Unreadable]:
    return decoded(_decoder.decode, rows)


def accessed_at(entry: AuditEntry | Unreadable) -> int:
    """The moment a row of a page stands at, epoch ms."""
    return entry.at_ms
