"""The profiles table: a snapshot as columns, the statements that write it, and reading it back."""

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec
from cassandra.cluster import Session
from cassandra.query import BoundStatement

from connectors.cassandra.awaiting import fetch, fetch_all, fetch_now
from connectors.cassandra.changes import Put, UserChange
from tactful.records import ProfileSnapshot

_DECODER = msgspec.json.Decoder(ProfileSnapshot)

_COLUMNS = (
    "user_id",
    "version",
    "updated_at",
    "time_zone",
    "identifiers",
    "attributes",
    "preferences",
    "consent",
    "activity",
    "channels",
    "raw",
    "source_partition",
    "source_offset",
)
_READ = ", ".join(
    "toUnixTimestamp(updated_at) AS updated_at" if name == "updated_at" else name
    for name in _COLUMNS
)


@dataclasses.dataclass(frozen=True, slots=True)
class ProfileRow:
    """One row of the table.

    The JSON columns are text; `raw` is the whole snapshot. `written_at` is Cassandra's write time
    of the row: the version, if all is well.
    """

    user_id: str
    version: int
    updated_at_ms: int
    time_zone: str | None
    identifiers: str
    attributes: str
    preferences: str
    consent: str
    activity: str
    channels: str
    raw: str
    source_partition: int
    source_offset: int
    written_at: int | None = None

    @property
    def snapshot(self) -> ProfileSnapshot:
        """The snapshot as it was published."""
        return _DECODER.decode(self.raw)


def row_of(put: Put) -> ProfileRow:
    """The row that a snapshot becomes."""
    snapshot = put.snapshot
    return ProfileRow(
        user_id=snapshot.user_id,
        version=snapshot.version,
        updated_at_ms=snapshot.updated_at_ms,
        time_zone=snapshot.time_zone,
        identifiers=bytes(snapshot.identifiers).decode(),
        attributes=bytes(snapshot.attributes).decode(),
        preferences=bytes(snapshot.preferences).decode(),
        consent=bytes(snapshot.consent).decode(),
        activity=msgspec.json.encode(snapshot.activity).decode(),
        channels=msgspec.json.encode(snapshot.channels).decode(),
        raw=put.raw,
        source_partition=put.partition,
        source_offset=put.offset,
        written_at=snapshot.version,
    )


class Gone(NamedTuple):
    """What of a user is to go: all up to `version` (-1: nothing), and perhaps every key.

    Every key goes where a null comes and there is no row: nothing is left to be read with them.
    """

    version: int
    every_key: bool


class Profiles:
    """The table through one session, whose keyspace is set and migrated.

    Every write carries the snapshot's version as its timestamp, so an older version never covers a
    newer one, whatever the order, and writing the same again changes nothing.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        marks = ", ".join("?" * len(_COLUMNS))
        self._insert = session.prepare(
            f"INSERT INTO profiles ({', '.join(_COLUMNS)}) VALUES ({marks}) USING TIMESTAMP ?"  # noqa: S608
        )
        self._delete = session.prepare("DELETE FROM profiles USING TIMESTAMP ? WHERE user_id = ?")
        self._get = session.prepare(
            f"SELECT {_READ}, writetime(raw) FROM profiles WHERE user_id = ?"  # noqa: S608
        )
        self._source = session.prepare(
            "SELECT version, source_partition, source_offset FROM profiles WHERE user_id = ?"
        )
        self._newest = session.prepare("SELECT version, raw FROM profiles WHERE user_id = ?")
        for statement in (self._insert, self._delete, self._get, self._source, self._newest):
            # safe to repeat: the timestamp is a part of the statement, not the time of its arrival
            statement.is_idempotent = True

    def get(self, user_id: str) -> ProfileRow | None:
        """A user's row, or None: never seen, or erased."""
        found = self._session.execute(self._get, (user_id,)).one()
        return _row(found)

    def get_many(self, user_ids: Iterable[str]) -> dict[str, ProfileRow]:
        """The rows of several users; those without one are left out."""
        statements = [self._get.bind((user_id,)) for user_id in user_ids]
        rows = [_row(found[0]) for found in fetch_all(self._session, statements) if found]
        return {row.user_id: row for row in rows if row is not None}

    def newest(self, user_id: str) -> tuple[int, str] | None:
        """A user's version and snapshot (JSON), or None: never seen, or erased."""
        return _version_and_raw(fetch_now(self._session, self._newest.bind((user_id,))).rows)

    async def anewest(self, user_id: str) -> tuple[int, str] | None:
        """As `newest`, in an event loop."""
        page = await fetch(self._session, self._newest.bind((user_id,)))
        return _version_and_raw(page.rows)

    def scan(self, page: int = 1_000) -> Iterator[ProfileRow]:
        """Every row of the table, page by page."""
        statement = self._session.prepare(f"SELECT {_READ}, writetime(raw) FROM profiles")  # noqa: S608
        statement.fetch_size = page
        for found in self._session.execute(statement, timeout=60):
            row = _row(found)
            if row is not None:
                yield row

    def gone(self, user: UserChange) -> Gone:
        """What of a user is to go. Reads the row first where a null must be applied."""
        through, every_key = user.erased_through, False
        if user.forget_offset is not None:
            stored = self._stored_before(user)
            every_key = stored is None
            through = max(through, user.forget_through, -1 if stored is None else stored)
        return Gone(through, every_key)

    def deletion(self, user_id: str, version: int) -> BoundStatement:
        """A tombstone at a version: nothing personal stays, and nothing older returns."""
        return self._delete.bind((version, user_id))

    def insertion(self, put: Put) -> BoundStatement:
        """The row of a snapshot."""
        # all but the last field of the row are columns; the timestamp is the version
        values = dataclasses.astuple(row_of(put))[:-1]
        return self._insert.bind((*values, put.snapshot.version))

    def _stored_before(self, user: UserChange) -> int | None:
        """The stored version that a null voids; None without a row, -1 when it came after it."""
        row = self._session.execute(self._source, (user.user_id,)).one()
        if row is None or row.version is None:
            return None
        later = row.source_partition == user.partition and row.source_offset > user.forget_offset
        version: int = row.version
        return -1 if later else version


def _row(found: Any) -> ProfileRow | None:
    # a row whose version is null is one whose raw is a tombstone too: it is on its way out
    return None if found is None or found.version is None else ProfileRow(*found)


def _version_and_raw(rows: list[Any]) -> tuple[int, str] | None:
    for row in rows:
        if row.version is not None and row.raw is not None:
            return row.version, row.raw
    return None
