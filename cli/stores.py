"""What the commands about stores share: a session, the cipher, and errors in words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from cli.screen import Screen

if TYPE_CHECKING:
    from cassandra.cluster import Session

    from connectors.cassandra.session import CassandraSettings
    from connectors.crypto import FieldCipher
    from deploy.settings import Settings


def cassandra_of(settings: "Settings", replication: str = "1") -> "CassandraSettings":
    """How to reach Cassandra.

    Raises:
        ConnectionSettingsError: the settings can't be used.
    """
    from deploy import connections

    return connections.cassandra_of(settings, replication=replication)


@contextmanager
def session_of(settings: "Settings", *, keyspace: bool = True) -> Iterator["Session"]:
    """A session for as long as the block lasts, in the keyspace unless told not to.

    Raises:
        StoreError: Cassandra does not answer, or refuses, or has no such keyspace yet.
    """
    from cassandra import InvalidRequest

    from connectors.cassandra.reading import StoreError, opened
    from connectors.cassandra.session import close

    wanted = cassandra_of(settings)
    where = f"{','.join(wanted.hosts)}:{wanted.port}"
    session = opened(wanted)
    try:
        if keyspace:
            try:
                session.set_keyspace(wanted.keyspace)
            except InvalidRequest as error:
                raise StoreError(
                    f"Cassandra at {where} has no keyspace {wanted.keyspace!r} yet: "
                    "`tactful schema migrate` makes it."
                ) from error
        yield session
    finally:
        close(session)


def cipher_of(settings: "Settings", session: "Session") -> "FieldCipher":
    """What opens contact data.

    Raises:
        MasterKeyError: there is no usable master key.
    """
    from connectors.cassandra.keys import UserKeys
    from connectors.crypto import FieldCipher, KeyRing
    from deploy.secrets import master_keys

    return FieldCipher(KeyRing(lambda: master_keys(settings), UserKeys(session)))


@contextmanager
def told_in_words() -> Iterator[None]:
    """Errors of stores and keys as one line and exit code 2."""
    from cassandra import DriverException, InvalidRequest, OperationTimedOut
    from cassandra.cluster import NoHostAvailable
    from confluent_kafka import KafkaException

    from connectors.audit import AuditUnavailableError
    from connectors.cassandra.migrate import MigrationError
    from connectors.cassandra.reading import StoreError
    from connectors.crypto.master import MasterKeyError

    try:
        yield
    except InvalidRequest as error:
        text = f"{error}. `tactful schema migrate` brings the tables up to date."
        Screen(error=True).say(f"error: {text}", style="red")
        raise typer.Exit(2) from None
    except (
        *(StoreError, MasterKeyError, MigrationError, AuditUnavailableError),
        *(KafkaException, TimeoutError),
        *(NoHostAvailable, OperationTimedOut, DriverException),
    ) as error:
        Screen(error=True).say(f"error: {error}", style="red")
        raise typer.Exit(2) from None
