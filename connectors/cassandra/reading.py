"""Opens the profiles table to read it, for programs that write nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from cassandra import InvalidRequest
from cassandra.cluster import NoHostAvailable

from connectors.cassandra.profiles import Profiles
from connectors.cassandra.session import CassandraSettings, close, connect


class StoreError(Exception):
    """The table can't be read now; the message says what to do."""


@contextmanager
def reading(settings: CassandraSettings) -> Iterator[Profiles]:
    """The table, for as long as the block lasts.

    Raises:
        StoreError: Cassandra does not answer, or there is no such table yet.
    """
    where = f"{','.join(settings.hosts)}:{settings.port}"
    try:
        session = connect(settings)
    except NoHostAvailable as error:
        raise StoreError(
            f"Cassandra at {where} does not answer. Is the stack up? `tactful status` tells, "
            "`tactful up` starts it."
        ) from error
    try:
        try:
            session.set_keyspace(settings.keyspace)
            profiles = Profiles(session)
        except InvalidRequest as error:
            raise StoreError(
                f"Cassandra at {where} has no profiles in keyspace {settings.keyspace!r} yet. "
                "They are written by `tactful profiles`."
            ) from error
        yield profiles
    finally:
        close(session)
