"""The profile sink: connects when needed, writes batches, and rests while Cassandra is away."""

import dataclasses
from collections.abc import Callable, Iterable

from cassandra.cluster import Session

from connectors.breaker import Breaker, BreakerState
from connectors.cassandra.changes import UserChange
from connectors.cassandra.migrate import MigrationError, migrate
from connectors.cassandra.profiles import Profiles
from connectors.cassandra.session import CassandraSettings, close, connect
from connectors.cassandra.writer import ConcurrentWriter, WriteFailedError, describe

RECONNECT_AFTER = 8
"""So many failures in a row, and we connect anew: addresses and schema may have changed."""


class SinkUnavailableError(Exception):
    """Nothing of the batch may be taken as written; try it again after `retry_in_ms`."""

    def __init__(self, detail: str, retry_in_ms: int) -> None:
        super().__init__(detail)
        self.retry_in_ms = retry_in_ms


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """What a batch came to: rows inserted, and rows deleted for an erasure."""

    rows: int
    erased: int


class ProfileSink:
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
        self._profiles: Profiles | None = None

    def write(self, changes: Iterable[UserChange], now_ms: int) -> Written:
        """Write all changes, and return when every one is acknowledged.

        Raises:
            SinkUnavailableError: Cassandra did not take them all.
            MigrationError: the schema there is not ours; only a person can mend that.
        """
        probe = self.breaker.state(now_ms) is not BreakerState.CLOSED
        try:
            profiles, session = self._connected()
            statements = []
            rows = erased = 0
            for user in changes:
                statements.extend(profiles.statements(user))
                if user.put is not None and not user.put.snapshot.erased:
                    rows += 1
                else:
                    erased += 1
            ConcurrentWriter(session, self._max_in_flight).write(statements, probe=probe)
        except MigrationError:
            raise
        except Exception as error:
            detail = str(error) if isinstance(error, WriteFailedError) else describe(error)
            pause_ms = self.breaker.failed(now_ms)
            if self.breaker.failures % RECONNECT_AFTER == 0:
                self.close()
            raise SinkUnavailableError(detail, pause_ms) from error
        self.breaker.succeeded()
        return Written(rows, erased)

    def state(self, now_ms: int) -> BreakerState:
        """How Cassandra stands at `now_ms`."""
        return self.breaker.state(now_ms)

    def close(self) -> None:
        """End the session, if there is one; the next write opens another."""
        session, self._session, self._profiles = self._session, None, None
        if session is not None:
            close(session)

    def _connected(self) -> tuple[Profiles, Session]:
        if self._profiles is None or self._session is None:
            self.close()
            session = self._session = self._open_session(self._settings)
            migrate(session, self._settings)
            self._profiles = Profiles(session)
        return self._profiles, self._session
