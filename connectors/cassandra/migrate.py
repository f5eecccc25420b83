"""Brings a keyspace to the newest schema: numbered CQL files, each applied once and recorded."""

import dataclasses
import hashlib
import re
import time
import uuid
from importlib import resources

from cassandra import InvalidRequest
from cassandra.cluster import Session

from connectors.cassandra.session import CassandraSettings

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.cql")
_LOCK_SECONDS = 60


class MigrationError(Exception):
    """The schema in the store is not one that these files lead to."""


@dataclasses.dataclass(frozen=True, slots=True)
class Migration:
    """One file; its statements must be repeatable (`IF NOT EXISTS`): a crash may repeat them."""

    number: int
    name: str
    statements: tuple[str, ...]
    checksum: str


def parse(file_name: str, text: str) -> Migration:
    """One migration from its file.

    Raises:
        ValueError: the name is not `NNNN_words.cql`, or there is no statement.
    """
    match = _FILE_NAME.fullmatch(file_name)
    if match is None:
        raise ValueError(f"migration {file_name!r}: the name must be like 0001_profiles.cql")
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    statements = tuple(part.strip() for part in f"{code}\n".split(";\n") if part.strip(" ;\n"))
    if not statements:
        raise ValueError(f"migration {file_name!r}: no statement in it")
    # only the code counts: a comment may be corrected later
    checksum = hashlib.sha256(" ".join(code.split()).encode()).hexdigest()[:16]
    return Migration(int(match[1]), match[2], statements, checksum)


def load() -> list[Migration]:
    """All migrations of this package, in order.

    Raises:
        ValueError: a bad file, or two with the same number.
    """
    folder = resources.files("connectors.cassandra.migrations")
    found = sorted(
        (
            parse(file.name, file.read_text())
            for file in folder.iterdir()
            if file.name.endswith(".cql")
        ),
        key=lambda migration: migration.number,
    )
    numbers = [migration.number for migration in found]
    if numbers != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations must be numbered 1, 2, 3 ...; found {numbers}")
    return found


def migrate(
    session: Session, settings: CassandraSettings, migrations: list[Migration] | None = None
) -> list[str]:
    """Create the keyspace if need be, and apply what is missing; gives the names applied now.

    Leaves the session in the keyspace. Several programs may call it at once: a light-weight
    transaction lets one of them in at a time.

    Raises:
        MigrationError: an applied file was changed afterwards.
        TimeoutError: another program holds the lock; it frees itself within a minute.
    """
    wanted = load() if migrations is None else migrations
    if settings.keyspace not in session.cluster.metadata.keyspaces:
        session.execute(
            f"CREATE KEYSPACE IF NOT EXISTS {settings.keyspace} "
            f"WITH replication = {settings.replication_cql}"
        )
    session.set_keyspace(settings.keyspace)
    session.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations "
        "(number int PRIMARY KEY, name text, checksum text, applied_at timestamp)"
    )
    if not _missing(session, wanted):
        return []
    session.execute("CREATE TABLE IF NOT EXISTS schema_lock (id text PRIMARY KEY, owner uuid)")
    owner = _lock(session)
    try:
        # read again: another program may have applied them while we waited
        return [_apply(session, migration) for migration in _missing(session, wanted)]
    finally:
        session.execute("DELETE FROM schema_lock WHERE id = 'migrations' IF owner = %s", (owner,))


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """How one migration stands: `applied`, `missing`, `changed` (since it was applied), `unknown`.

    An unknown one was applied by a newer version of Tactful.
    """

    name: str
    state: str
    applied_at_ms: int | None = None


def standing(session: Session, settings: CassandraSettings) -> list[Standing]:
    """How each migration stands; changes nothing."""
    wanted = load()
    if settings.keyspace not in session.cluster.metadata.keyspaces:
        return [Standing(_label(each.number, each.name), "missing") for each in wanted]
    session.set_keyspace(settings.keyspace)
    try:
        rows = session.execute(
            "SELECT number, name, checksum, toUnixTimestamp(applied_at) AS at_ms "
            "FROM schema_migrations"
        )
    except InvalidRequest:  # the keyspace was made by hand: there is no such table yet
        rows = ()
    applied = {row.number: row for row in rows}
    found = []
    for each in wanted:
        row = applied.pop(each.number, None)
        state = "missing" if row is None else "applied"
        if row is not None and row.checksum != each.checksum:
            state = "changed"
        at_ms = None if row is None else row.at_ms
        found.append(Standing(_label(each.number, each.name), state, at_ms))
    later = sorted(applied.values(), key=lambda row: row.number)
    return found + [Standing(_label(row.number, row.name), "unknown", row.at_ms) for row in later]


def _label(number: int, name: str) -> str:
    return f"{number:04}_{name}"


def _missing(session: Session, wanted: list[Migration]) -> list[Migration]:
    applied = {
        row.number: row
        for row in session.execute("SELECT number, name, checksum FROM schema_migrations")
    }
    for migration in wanted:
        row = applied.get(migration.number)
        if row is not None and row.checksum != migration.checksum:
            raise MigrationError(
                f"migration {migration.number:04}_{migration.name}: it was applied as {row.name!r} "
                f"with checksum {row.checksum}, the file now has {migration.checksum}; "
                "put the file back and add a new one"
            )
    return [migration for migration in wanted if migration.number not in applied]


def _lock(session: Session) -> uuid.UUID:
    owner = uuid.uuid4()
    end = time.monotonic() + _LOCK_SECONDS
    while True:
        row = session.execute(
            "INSERT INTO schema_lock (id, owner) VALUES ('migrations', %s) IF NOT EXISTS "  # noqa: S608 - a number of ours
            f"USING TTL {_LOCK_SECONDS}",
            (owner,),
        ).one()
        if row.applied:
            return owner
        if time.monotonic() > end:
            raise TimeoutError("another program has held the schema lock for too long")
        time.sleep(0.25)


def _apply(session: Session, migration: Migration) -> str:
    for statement in migration.statements:
        session.execute(statement, timeout=30)
    session.execute(
        "INSERT INTO schema_migrations (number, name, checksum, applied_at) "
        "VALUES (%s, %s, %s, toTimestamp(now()))",
        (migration.number, migration.name, migration.checksum),
    )
    return f"{migration.number:04}_{migration.name}"
