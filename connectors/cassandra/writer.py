"""Writes many statements at once, with a bound on those in flight, until the first failure."""

import threading
from collections.abc import Sequence

from cassandra.cluster import Session
from cassandra.query import BoundStatement


class WriteFailedError(Exception):
    """Some statements were not acknowledged; as all are idempotent, write all of them again."""

    def __init__(self, unacknowledged: int, cause: Exception) -> None:
        super().__init__(f"{unacknowledged} write(s) not acknowledged: {describe(cause)}")
        self.unacknowledged = unacknowledged
        self.cause = cause


def describe(error: Exception) -> str:
    """A driver's error in one line: its kind and what it says."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}" if text else type(error).__name__


class ConcurrentWriter:
    """Keeps up to `max_in_flight` writes on the way; waiting for a place is the back-pressure."""

    def __init__(self, session: Session, max_in_flight: int = 256) -> None:
        self._session = session
        self._max_in_flight = max_in_flight

    def write(self, statements: Sequence[BoundStatement], *, probe: bool = False) -> None:
        """Write all, and return when every one is acknowledged.

        Args:
            statements: in any order: their timestamps, not their order, decide what stays.
            probe: whether to try the first alone, as the store may still be away.

        Raises:
            WriteFailedError: at least one was refused or not answered; the rest were not begun.
        """
        if probe and len(statements) > 1:
            _Flight(self._session, 1).write(statements[:1])
            statements = statements[1:]
        _Flight(self._session, self._max_in_flight).write(statements)


class _Flight:
    def __init__(self, session: Session, places: int) -> None:
        self._session = session
        self._places = places
        self._free = threading.Semaphore(places)
        self._lock = threading.Lock()
        self._acknowledged = 0
        self._error: Exception | None = None

    def write(self, statements: Sequence[BoundStatement]) -> None:
        for statement in statements:
            self._free.acquire()
            if self._error is not None:
                self._free.release()
                break
            try:
                future = self._session.execute_async(statement)
            except Exception as error:  # noqa: BLE001 - whatever it is, it wasn't written
                self._failed(error)
                break
            future.add_callbacks(self._succeeded, self._failed)
        for _ in range(self._places):
            self._free.acquire()
        if self._error is not None:
            raise WriteFailedError(len(statements) - self._acknowledged, self._error)

    def _succeeded(self, _rows: object) -> None:
        with self._lock:
            self._acknowledged += 1
        self._free.release()

    def _failed(self, error: Exception) -> None:
        self._error = self._error or error
        self._free.release()
