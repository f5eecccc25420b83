"""Who was erased and when, by a hash of the id: so that what is replayed later stays away."""

import hashlib
from collections.abc import Iterable

from cassandra.cluster import Session
from cassandra.query import BoundStatement

from connectors.cassandra.awaiting import fetch_all


def mark_of(user_id: str) -> str:
    """What stands for a user who must not be named."""
    return hashlib.sha256(b"tactful erasure\0" + user_id.encode()).hexdigest()


class Erasures:
    """The table through one session, whose keyspace is set and migrated."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._mark = session.prepare(
            "INSERT INTO erasures (user_mark, version) VALUES (?, ?) USING TIMESTAMP ?"
        )
        self._get = session.prepare("SELECT version FROM erasures WHERE user_mark = ?")
        for statement in (self._mark, self._get):
            statement.is_idempotent = True

    def marking(self, user_id: str, version: int) -> BoundStatement:
        """What notes that all up to a version is erased; the newest such version stays."""
        return self._mark.bind((mark_of(user_id), version, version))

    def through(self, user_ids: Iterable[str]) -> dict[str, int]:
        """The version through which each of the users was erased; the others are left out."""
        users = list(user_ids)
        found = fetch_all(self._session, [self._get.bind((mark_of(user),)) for user in users])
        return {
            user: rows[0].version
            for user, rows in zip(users, found, strict=True)
            if rows and rows[0].version is not None
        }
