"""Sinks: they connect when needed, write batches, and rest while Cassandra is away."""

import abc
import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from cassandra.cluster import Session
from cassandra.query import BoundStatement

from connectors.breaker import Breaker, BreakerState
from connectors.cassandra.changes import Put, UserChange
from connectors.cassandra.erasures import Erasures
from connectors.cassandra.history import History
from connectors.cassandra.keys import UserKeys
from connectors.cassandra.migrate import MigrationError, migrate
from connectors.cassandra.profiles import Profiles
from connectors.cassandra.sealing import needs_sealing, sealed
from connectors.cassandra.session import CassandraSettings, close, connect
from connectors.cassandra.writer import ConcurrentWriter, WriteFailedError, describe
from connectors.crypto import KeyRing, KeyStore, MasterKeys
from connectors.redis import ProfileCache

C = TypeVar("C")
RECONNECT_AFTER = 8
"""So many failures in a row, and we connect anew: addresses and schema may have changed."""


class SinkUnavailableError(Exception):
    """Nothing of the batch may be taken as written; try it again after `retry_in_ms`."""

    def __init__(self, detail: str, retry_in_ms: int) -> None:
        super().__init__(detail)
        self.retry_in_ms = retry_in_ms


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """What a batch came to.

    `rows` were inserted; `erased` deleted, with `keys_destroyed`; `skipped` records need no row;
    `untold` is 1 when the cache could not be told of it.
    """

    rows: int
    erased: int = 0
    skipped: int = 0
    keys_destroyed: int = 0
    untold: int = 0


class StoreSink(abc.ABC, Generic[C]):
    """Not for several threads. Time is handed in as monotonic milliseconds."""

    def __init__(
        self,
        settings: CassandraSettings,
        breaker: Breaker | None = None,
        *,
        max_in_flight: int = 256,
        open_session: Callable[[CassandraSettings], Session] = connect,
    ) -> None:
        self.breaker = breaker or Breaker()
        self._settings = settings
        self._max_in_flight = max_in_flight
        self._open_session = open_session
        self._session: Session | None = None

    @abc.abstractmethod
    def prepare(self, session: Session) -> None:
        """Take a new session into use; its keyspace is set and migrated."""

    @abc.abstractmethod
    def plan(self, changes: Sequence[C]) -> tuple[list[BoundStatement], Written]:
        """What to write for a batch, and what that comes to."""

    def written(self, changes: Sequence[C], outcome: Written) -> Written:
        """Called when all is acknowledged; gives what the batch came to in the end."""
        del changes
        return outcome

    def open(self, now_ms: int) -> None:
        """Connect, and bring the schema up to date, before there is anything to write.

        Others read these tables, and make the keys of what is to be written: they must not have to
        wait for the first row.

        Raises:
            SinkUnavailableError: Cassandra does not answer.
            MigrationError: the schema there is not ours; only a person can mend that.
        """
        if self._session is None:
            with self._counted(now_ms):
                self._connected()

    def write(self, changes: Iterable[C], now_ms: int) -> Written:
        """Write all changes, and return when every one is acknowledged.

        Raises:
            SinkUnavailableError: Cassandra did not take them all.
            MigrationError: the schema there is not ours; only a person can mend that.
        """
        probe = self.breaker.state(now_ms) is not BreakerState.CLOSED
        batch = list(changes)
        with self._counted(now_ms):
            session = self._connected()
            statements, outcome = self.plan(batch)
            ConcurrentWriter(session, self._max_in_flight).write(statements, probe=probe)
        return self.written(batch, outcome)

    @contextlib.contextmanager
    def _counted(self, now_ms: int) -> Iterator[None]:
        """Whether it goes well is the breaker's to know."""
        try:
            yield
        except MigrationError:
            raise
        except Exception as error:
            detail = str(error) if isinstance(error, WriteFailedError) else describe(error)
            pause_ms = self.breaker.failed(now_ms)
            if self.breaker.failures % RECONNECT_AFTER == 0:
                self.disconnect()
            raise SinkUnavailableError(detail, pause_ms) from error
        self.breaker.succeeded()

    def state(self, now_ms: int) -> BreakerState:
        """How Cassandra stands at `now_ms`."""
        return self.breaker.state(now_ms)

    def tend(self) -> None:
        """Called at each turn of the worker: whatever is due beside writing."""

    def assigned(self) -> None:
        """Called when partitions come or go: what was cached for their users may be old."""

    def disconnect(self) -> None:
        """End the session, if there is one; the next write opens another."""
        session, self._session = self._session, None
        if session is not None:
            close(session)

    def close(self) -> None:
        """End the session, for good."""
        self.disconnect()

    def _connected(self) -> Session:
        if self._session is None:
            session = self._open_session(self._settings)
            try:
                migrate(session, self._settings)
                self.prepare(session)
            except BaseException:
                close(session)
                raise
            self._session = session
        return self._session


class ProfileSink(StoreSink[UserChange]):
    """Writes profiles, their contact data encrypted; erases users; tells the cache.

    Args:
        settings: where Cassandra is.
        master: wraps the data keys of users; or what gives it, asked again after a rotation.
        breaker: decides when Cassandra is tried again after failures.
        cache: told of each row that Cassandra has taken; None: there is none.
        max_in_flight: writes on the way at once.
        open_session: how to connect.
        open_keys: where the data keys are, given a session.
    """

    def __init__(
        self,
        settings: CassandraSettings,
        master: MasterKeys | Callable[[], MasterKeys],
        breaker: Breaker | None = None,
        *,
        cache: ProfileCache | None = None,
        max_in_flight: int = 256,
        open_session: Callable[[CassandraSettings], Session] = connect,
        open_keys: Callable[[Session], KeyStore] = UserKeys,
    ) -> None:
        super().__init__(settings, breaker, max_in_flight=max_in_flight, open_session=open_session)
        self._notes: list[tuple[str, int, bytes | None]] = []
        self._master = master
        self._cache = cache
        self._open_keys = open_keys

    def prepare(self, session: Session) -> None:
        """Take a new session into use."""
        self._profiles = Profiles(session)
        self._history = History(session)
        self._erasures = Erasures(session)
        self._ring = KeyRing(self._master, self._open_keys(session))

    def plan(self, changes: Sequence[UserChange]) -> tuple[list[BoundStatement], Written]:
        """Erase who is to be forgotten, keys first; then a row for each other user."""
        statements: list[BoundStatement] = []
        self._notes = []
        erased = destroyed = 0
        puts: list[Put] = []
        for user in changes:
            version, every_key = self._profiles.gone(user)
            # the keys go first: whatever else fails, what is left can't be read any more
            if every_key or version >= 0:
                destroyed += self._ring.destroy(user.user_id, None if every_key else version)
            if version >= 0:
                erased += 1
                statements += self._history.erasure(user.user_id, version)
                statements.append(self._erasures.marking(user.user_id, version))
                statements.append(self._profiles.deletion(user.user_id, version))
                self._notes.append((user.user_id, version, None))
            if user.put is not None and not user.put.snapshot.erased:
                puts.append(user.put)
        for put in self._sealed(puts):
            statements.append(self._profiles.insertion(put))
            self._notes.append((put.user_id, put.snapshot.version, put.raw.encode()))
        return statements, Written(len(puts), erased, keys_destroyed=destroyed)

    def written(self, changes: Sequence[UserChange], outcome: Written) -> Written:
        """Tell the cache."""
        del changes
        told = self._cache is None or self._cache.note(self._notes)
        return dataclasses.replace(outcome, untold=int(not told))

    def tend(self) -> None:
        """Make good what the cache could not be told."""
        if self._cache is not None:
            self._cache.settle()

    def assigned(self) -> None:
        """Forget the keys: another worker may have destroyed some meanwhile."""
        if self._session is not None:
            self._ring.clear()

    def close(self) -> None:
        """End the session, for good."""
        super().close()
        if self._cache is not None:
            self._cache.close()

    def _sealed(self, puts: Sequence[Put]) -> list[Put]:
        plain = {put.user_id: put.snapshot.version for put in puts if needs_sealing(put)}
        keys = self._ring.for_writing_many(plain) if plain else {}
        return [sealed(put, keys[put.user_id]) if put.user_id in keys else put for put in puts]
