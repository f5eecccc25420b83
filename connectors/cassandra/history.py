"""The history table: every ledger entry of a user by month, written idempotently, read in pages."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from cassandra.cluster import Session
from cassandra.query import BoundStatement

from connectors.cassandra.awaiting import fetch, fetch_all, fetch_now
from connectors.cassandra.paging import Ask, month_of
from connectors.cassandra.unreadable import Unreadable, decoded, readable
from tactful.records import LedgerEntry
from tactful.records.common import MAX_TIME_MS as LAST_MS

KEPT_DAYS = 730
"""How long a row lives, from its decision on: 24 months."""

KEPT_MS = KEPT_DAYS * 86_400_000

_decoder = msgspec.json.Decoder(LedgerEntry)
_COLUMNS = (
    "user_id, month, decided_at, decision_id, verdict, reason, type, priority, channel, campaign, "
    "request_id, raw"
)


def months_kept(now_ms: int) -> list[str]:
    """The months that may have rows at a moment, newest first.

    >>> months_kept(1_700_000_000_000)[::24]
    ['2023-11', '2021-11']
    """
    first = dt.datetime.fromtimestamp(max(0, now_ms - KEPT_MS) / 1000, dt.UTC)
    last = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC)
    count = (last.year - first.year) * 12 + last.month - first.month
    return [
        f"{(last.year * 12 + last.month - 1 - back) // 12:04}-"
        f"{(last.year * 12 + last.month - 1 - back) % 12 + 1:02}"
        for back in range(count + 1)
    ]


class History:
    """The tables through one session, whose keyspace is set and migrated.

    The write time of a row is the moment of its decision, and it ends `KEPT_DAYS` after that, so
    writing it again changes nothing.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        marks = ", ".join("?" * 12)
        self._insert = session.prepare(
            f"INSERT INTO history_by_user ({_COLUMNS}) VALUES ({marks}) "  # noqa: S608
            "USING TIMESTAMP ? AND TTL ?"
        )
        self._point = session.prepare(
            "INSERT INTO user_by_decision (decision_id, user_id, month) VALUES (?, ?, ?) "
            "USING TIMESTAMP ? AND TTL ?"
        )
        self._page = session.prepare(
            "SELECT raw, toUnixTimestamp(decided_at) AS at_ms FROM history_by_user "
            "WHERE user_id = ? AND month = ? AND decided_at <= ? LIMIT ?"
        )
        self._all = session.prepare(
            "SELECT raw, toUnixTimestamp(decided_at) AS at_ms FROM history_by_user "
            "WHERE user_id = ? AND month = ?"
        )
        self._whose = session.prepare(
            "SELECT user_id, month FROM user_by_decision WHERE decision_id = ?"
        )
        self._ids = session.prepare(
            "SELECT decision_id FROM history_by_user WHERE user_id = ? AND month = ?"
        )
        self._erase = session.prepare(
            "DELETE FROM history_by_user USING TIMESTAMP ? WHERE user_id = ? AND month = ?"
        )
        self._unpoint = session.prepare(
            "DELETE FROM user_by_decision USING TIMESTAMP ? WHERE decision_id = ?"
        )
        for statement in (
            *(self._insert, self._point, self._page, self._all, self._whose, self._ids),
            *(self._erase, self._unpoint),
        ):
            statement.is_idempotent = True

    def statements(self, entry: LedgerEntry, raw: str, now_ms: int) -> list[BoundStatement]:
        """What to write for an entry; nothing for one that has ended its time already."""
        ttl_s = (entry.decided_at_ms + KEPT_MS - now_ms) // 1000
        if ttl_s <= 0:
            return []
        month, timestamp = month_of(entry.decided_at_ms), entry.decided_at_ms
        row = (
            entry.user_id,
            month,
            entry.decided_at_ms,
            entry.decision_id,
            entry.verdict.value,
            entry.reason.value,
            entry.type,
            entry.priority.value,
            entry.channel,
            entry.campaign,
            entry.request_id,
            raw,
        )
        return [
            self._insert.bind((*row, timestamp, ttl_s)),
            self._point.bind((entry.decision_id, entry.user_id, month, timestamp, ttl_s)),
        ]

    def erasure(self, user_id: str, version: int) -> list[BoundStatement]:
        """What deletes all that was decided up to a version; reads which rows there are."""
        months = months_kept(version)
        found = fetch_all(self._session, [self._ids.bind((user_id, month)) for month in months])
        decisions = {row.decision_id for rows in found for row in rows}
        return [
            *(self._erase.bind((version, user_id, month)) for month in months),
            *(self._unpoint.bind((version, decision)) for decision in sorted(decisions)),
        ]

    def page(self, user_id: str, ask: Ask) -> list[LedgerEntry | Unreadable]:
        """Rows of a month, newest first."""
        return _entries(fetch_now(self._session, self._asked(user_id, ask)).rows)

    async def apage(self, user_id: str, ask: Ask) -> list[LedgerEntry | Unreadable]:
        """As `page`, in an event loop."""
        return _entries((await fetch(self._session, self._asked(user_id, ask))).rows)

    def whose(self, decision_id: str) -> tuple[str, str] | None:
        """The user of a decision and the month of its newest entry; None: unknown, or erased."""
        found = self._session.execute(self._whose.bind((decision_id,))).one()
        return None if found is None or found.user_id is None else (found.user_id, found.month)

    async def awhose(self, decision_id: str) -> tuple[str, str] | None:
        """As `whose`, in an event loop."""
        rows = (await fetch(self._session, self._whose.bind((decision_id,)))).rows
        return (rows[0].user_id, rows[0].month) if rows and rows[0].user_id else None

    def month(
        self, user_id: str, month: str, told: Callable[[str], None] = lambda _: None
    ) -> list[LedgerEntry]:
        """All entries of a month, newest first; `told` hears why one can't be read."""
        rows = self._session.execute(self.asking(user_id, month))
        return readable(_entries(rows), told)

    def asking(self, user_id: str, month: str) -> BoundStatement:
        """What asks for all rows of a month."""
        return self._all.bind((user_id, month))

    def entries(self, rows: Iterable[Any]) -> list[LedgerEntry]:
        """The entries of rows that came; those that can't be read are left out."""
        return readable(_entries(rows), lambda _: None)

    def _asked(self, user_id: str, ask: Ask) -> BoundStatement:
        upto_ms = LAST_MS if ask.upto_ms is None else ask.upto_ms
        return self._page.bind((user_id, ask.month, upto_ms, ask.limit))


def _entries(rows: Iterable[Any]) -> list[LedgerEntry | Unreadable]:
    return decoded(_decoder.decode, rows)


def decided_at(entry: LedgerEntry | Unreadable) -> int:
    """The moment a row of a page stands at, epoch ms."""
    return entry.at_ms if isinstance(entry, Unreadable) else entry.decided_at_ms
