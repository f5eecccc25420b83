"""Opens the profiles table to read it, for programs that write nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from cassandra import InvalidRequest
from cassandra.cluster import NoHostAvailable, Session

from connectors.cassandra.profiles import Profiles
from connectors.cassandra.session import CassandraSettings, close, connect, refusal


class StoreError(Exception):
    """The table can't be read now; the message says what to do."""


def opened(settings: CassandraSettings) -> Session:
    """A session without a keyspace, to be ended by `close`.

    Raises:
        StoreError: Cassandra does not answer, or refuses.
    """
    where = f"{','.join(settings.hosts)}:{settings.port}"
    try:
        return connect(settings)
    except NoHostAvailable as error:
        why = refusal(error)
        if why is None:
            raise StoreError(
                f"Cassandra at {where} does not answer. Is the stack up? `tactful status` tells, "
                "`tactful up` starts it."
            ) from error
        raise StoreError(
            f"Cassandra at {where} refused, or was not trusted: {why}. The settings cassandra_tls, "
            "cassandra_ca_file, cassandra_username, cassandra_password_file "
            "(TACTFUL_CASSANDRA_PASSWORD) and tls_minimum say how to connect: docs/security.md"
        ) from error


@contextmanager
def reading(settings: CassandraSettings) -> Iterator[Profiles]:
    """The table, for as long as the block lasts.

    Raises:
        StoreError: Cassandra does not answer, or refuses, or there is no such table yet.
    """
    where = f"{','.join(settings.hosts)}:{settings.port}"
    session = opened(settings)
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
