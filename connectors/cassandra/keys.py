"""The user_keys table: wrapped data keys, made plainly and changed by light-weight transactions."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cassandra.cluster import Session

from connectors.cassandra.awaiting import fetch, fetch_all
from connectors.cassandra.writer import ConcurrentWriter
from connectors.crypto.keyring import KeyRow

_COLUMNS = "user_id, key_id, wrapped, master_version, since_version, created_at"
REWRAPS_AT_ONCE = 32


class UserKeys:
    """The table through one session, whose keyspace is set and migrated: a `KeyStore`.

    Rows are made with the lowest write time there is, as a key id is never used twice; every change
    is a light-weight transaction. So a key that a rotation rewraps while an erasure destroys it
    stays destroyed, whichever comes first, whatever the clocks say.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._of = session.prepare(f"SELECT {_COLUMNS} FROM user_keys WHERE user_id = ?")  # noqa: S608
        self._insert = session.prepare(
            f"INSERT INTO user_keys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP 1"  # noqa: S608
        )
        self._rewrap = session.prepare(
            "UPDATE user_keys SET wrapped = ?, master_version = ? WHERE user_id = ? AND key_id = ? "
            "IF master_version = ?"
        )
        self._remove = session.prepare(
            "DELETE FROM user_keys WHERE user_id = ? AND key_id = ? IF EXISTS"
        )
        self._scan = session.prepare(f"SELECT {_COLUMNS} FROM user_keys")  # noqa: S608
        for statement in (self._of, self._insert, self._scan):
            statement.is_idempotent = True

    def of(self, user_ids: Iterable[str]) -> Mapping[str, list[KeyRow]]:
        """The rows of several users; those without any are left out."""
        wanted = list(user_ids)
        return _by_user(fetch_all(self._session, [self._of.bind((user,)) for user in wanted]))

    async def aof(self, user_ids: Iterable[str]) -> Mapping[str, list[KeyRow]]:
        """The same without blocking the event loop."""
        pages = await asyncio.gather(
            *(fetch(self._session, self._of.bind((user,))) for user in user_ids)
        )
        return _by_user([page.rows for page in pages])

    def insert(self, rows: Iterable[KeyRow]) -> None:
        """Add rows, and return when all are acknowledged."""
        ConcurrentWriter(self._session).write([self._insert.bind(_values(row)) for row in rows])

    def rewrap(self, pairs: Iterable[tuple[KeyRow, KeyRow]]) -> list[bool]:
        """Replace wrappings, old by new; false where the row is gone or was rewrapped meanwhile."""
        statements = [
            self._rewrap.bind(
                (new.wrapped, new.master_version, old.user_id, old.key_id, old.master_version)
            )
            for old, new in pairs
        ]
        found = fetch_all(self._session, statements, in_flight=REWRAPS_AT_ONCE)
        return [bool(rows and rows[0].applied) for rows in found]

    def remove(self, rows: Iterable[KeyRow]) -> None:
        """Destroy rows, for good."""
        for row in rows:
            self._session.execute(self._remove.bind((row.user_id, row.key_id)))

    def scan(self) -> Iterator[KeyRow]:
        """Every row, page by page."""
        for found in self._session.execute(self._scan.bind(()), timeout=60):
            yield KeyRow(*found)


def _values(row: KeyRow) -> tuple[Any, ...]:
    return (
        row.user_id,
        row.key_id,
        row.wrapped,
        row.master_version,
        row.since_version,
        row.created_at_ms,
    )


def _by_user(pages: list[list[Any]]) -> dict[str, list[KeyRow]]:
    return {
        rows[0].user_id: [KeyRow(*row) for row in rows if row.wrapped is not None]
        for rows in pages
        if rows
    }
