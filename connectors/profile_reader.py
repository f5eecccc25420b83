"""Reads what is kept of a user: the profile (Redis before Cassandra), history, and audit records.

For threads and for event loops (the methods that begin with a). Identifiers come encrypted:
`connectors.crypto.FieldCipher` opens them for whoever may see them.
"""

import asyncio
import dataclasses
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from cassandra.cluster import Session

from connectors.breaker import Breaker, BreakerState
from connectors.cassandra.audit import AuditTable, accessed_at
from connectors.cassandra.history import History, decided_at, months_kept
from connectors.cassandra.paging import Cursor, Page, arun, checked_month, run, steps
from connectors.cassandra.profiles import Profiles
from connectors.cassandra.reading import StoreError
from connectors.cassandra.session import CassandraSettings, close, connect
from connectors.cassandra.unreadable import Unreadable, UnreadableRecordError, readable
from connectors.cassandra.writer import describe
from connectors.profile_found import Found, Source, found_in, usable
from connectors.redis.cache import Cached, ProfileCache
from schemas.audit import AuditEntry
from tactful.records import LedgerEntry

__all__ = ["Found", "Page", "ProfileReader", "Source", "StoreError", "UnreadableRecordError"]

log = logging.getLogger("tactful.reader")

T = TypeVar("T")
MAX_PAGE = 500


@dataclasses.dataclass(frozen=True, slots=True)
class _Tables:
    session: Session
    profiles: Profiles
    history: History
    audit: AuditTable


class ProfileReader:
    """One for a whole program. Connects when first needed; `close` it at the end.

    Reads of one user that come together are one read of Cassandra. While Redis is away each profile
    comes from Cassandra; while Cassandra is away only what is cached can be had, and the rest is a
    `StoreError` at once, as a breaker knows. A record that can't be decoded is no failure of the
    store: a profile is an `UnreadableRecordError` until the next one replaces it, and pages go on
    without the row.

    Args:
        settings: of Cassandra; a short `request_timeout_ms` (1,000) suits a service.
        cache: in front of it; None: without one.
        open_session: how to connect.
        breaker: decides when Cassandra is tried again after failures.
        clock_ms: monotonic milliseconds.
        now_ms: epoch milliseconds.
        on_read: told of each profile that was read: `redis` or `cassandra`, and `refresh` for one
            that is renewed early.
        on_unreadable: told where each record was that can't be decoded: `profiles`, `cache`,
            `history` or `audit`.
    """

    def __init__(
        self,
        settings: CassandraSettings,
        cache: ProfileCache | None = None,
        *,
        open_session: Callable[[CassandraSettings], Session] = connect,
        breaker: Breaker | None = None,
        clock_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        on_read: Callable[[str], None] = lambda _: None,
        on_unreadable: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.cache = cache
        self.breaker = breaker or Breaker(failures_to_open=2, pause_ms=250, max_pause_ms=2_000)
        self._settings = settings
        self._open_session = open_session
        self._clock_ms = clock_ms
        self._now_ms = now_ms
        self._on_read = on_read
        self._on_unreadable = on_unreadable
        self._opening = threading.Lock()
        self._opened: _Tables | None = None
        self._flying_lock = threading.Lock()
        self._flying: dict[str, Future[Found]] = {}
        self._aflying: dict[str, asyncio.Task[Found]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._refreshing = ThreadPoolExecutor(2, thread_name_prefix="profile-refresh")

    # profiles

    def get(self, user_id: str, at_least_version: int = 0) -> Found:
        """A user's profile.

        Args:
            user_id: exactly.
            at_least_version: what the caller knows to exist; an older one in the cache won't do.

        Raises:
            StoreError: it is not cached, and Cassandra can't be read now.
            UnreadableRecordError: what is stored can't be decoded.
        """
        cached = self.cache.look(user_id) if self.cache else None
        found = self._usable(user_id, cached, at_least_version)
        if found is None:
            found = self._load_together(user_id, cached)
        elif cached is not None and cached.refresh:
            self._on_read("refresh")
            self._refreshing.submit(self._refresh, user_id, cached)
        self._on_read(found.source)
        return found

    async def aget(self, user_id: str, at_least_version: int = 0) -> Found:
        """As `get`, in an event loop."""
        cached = await self.cache.alook(user_id) if self.cache else None
        found = self._usable(user_id, cached, at_least_version)
        if found is None:
            found = await self._aload_together(user_id, cached)
        elif cached is not None and cached.refresh:
            self._on_read("refresh")
            self._keep(self._arefresh(user_id, cached))
        self._on_read(found.source)
        return found

    # history and audit

    def history(
        self, user_id: str, month: str | None = None, page: str | None = None, size: int = 50
    ) -> Page[LedgerEntry]:
        """Ledger entries of a user, newest first.

        Args:
            user_id: whose.
            month: `YYYY-MM` (UTC); None: all that is kept, newest first.
            page: the `next_page` of the page before.
            size: rows on a page, at most `MAX_PAGE`.

        Raises:
            ValueError: no such month, cursor or size.
            StoreError: Cassandra can't be read now.
        """
        wanted = steps(*self._range(month, page, size), decided_at)
        found = self._try(lambda tables: run(wanted, lambda ask: tables.history.page(user_id, ask)))
        return self._page(found, "history")

    async def ahistory(
        self, user_id: str, month: str | None = None, page: str | None = None, size: int = 50
    ) -> Page[LedgerEntry]:
        """As `history`, in an event loop."""
        wanted = steps(*self._range(month, page, size), decided_at)
        found = await self._atry(
            lambda tables: arun(wanted, lambda ask: tables.history.apage(user_id, ask))
        )
        return self._page(found, "history")

    def audit(
        self, user_id: str, month: str | None = None, page: str | None = None, size: int = 50
    ) -> Page[AuditEntry]:
        """Audit records of a user's data, newest first; arguments and errors as of `history`."""
        wanted = steps(*self._range(month, page, size), accessed_at)
        found = self._try(lambda tables: run(wanted, lambda ask: tables.audit.page(user_id, ask)))
        return self._page(found, "audit")

    async def aaudit(
        self, user_id: str, month: str | None = None, page: str | None = None, size: int = 50
    ) -> Page[AuditEntry]:
        """As `audit`, in an event loop."""
        wanted = steps(*self._range(month, page, size), accessed_at)
        found = await self._atry(
            lambda tables: arun(wanted, lambda ask: tables.audit.apage(user_id, ask))
        )
        return self._page(found, "audit")

    async def adecision(self, decision_id: str) -> list[LedgerEntry]:
        """All entries of a decision in the month of its newest, newest first; [] if unknown.

        Raises:
            StoreError: Cassandra can't be read now.
        """

        async def find(tables: _Tables) -> list[LedgerEntry]:
            place = await tables.history.awhose(decision_id)
            if place is None:
                return []
            entries = await asyncio.to_thread(tables.history.month, *place, self._unreadable)
            return [entry for entry in entries if entry.decision_id == decision_id]

        return await self._atry(find)

    def decision(self, decision_id: str) -> list[LedgerEntry]:
        """As `adecision`, blocking."""

        def find(tables: _Tables) -> list[LedgerEntry]:
            place = tables.history.whose(decision_id)
            entries = tables.history.month(*place, self._unreadable) if place else []
            return [entry for entry in entries if entry.decision_id == decision_id]

        return self._try(find)

    # the reader itself

    @property
    def session(self) -> Session:
        """The session, opened if need be: for `connectors.cassandra.keys.UserKeys`, say.

        Raises:
            StoreError: Cassandra does not answer, or has no such tables yet.
        """
        return self._tables().session

    def states(self) -> dict[str, BreakerState]:
        """How the stores stand, as seen from here."""
        states = {"cassandra": self.breaker.state(self._clock_ms())}
        return states | ({"redis": self.cache.state()} if self.cache else {})

    def close(self) -> None:
        """End the session; the cache is its maker's."""
        self._refreshing.shutdown(cancel_futures=True)
        opened, self._opened = self._opened, None
        if opened is not None:
            close(opened.session)

    # how

    def _load_together(self, user_id: str, cached: Cached | None) -> Found:
        with self._flying_lock:
            flight = self._flying.get(user_id)
            mine = flight is None
            if flight is None:
                flight = self._flying[user_id] = Future()
        if not mine:
            return flight.result()
        try:
            found = self._load(user_id, cached)
        except BaseException as error:
            flight.set_exception(error)
            raise
        else:
            flight.set_result(found)
            return found
        finally:
            with self._flying_lock:
                del self._flying[user_id]

    async def _aload_together(self, user_id: str, cached: Cached | None) -> Found:
        flight = self._aflying.get(user_id)
        if flight is None:
            flight = self._aflying[user_id] = asyncio.create_task(self._aload(user_id, cached))
            flight.add_done_callback(lambda _: self._aflying.pop(user_id, None))
        # one who goes away must not take the others' answer along
        return await asyncio.shield(flight)

    def _load(self, user_id: str, cached: Cached | None) -> Found:
        row = self._try(lambda tables: tables.profiles.newest(user_id))
        found = self._found_in(user_id, row)
        if self.cache and cached and not cached.away:
            self.cache.fill(user_id, found.version, found.raw, cached.epoch)
        return found

    async def _aload(self, user_id: str, cached: Cached | None) -> Found:
        row = await self._atry(lambda tables: tables.profiles.anewest(user_id))
        found = self._found_in(user_id, row)
        if self.cache and cached and not cached.away:
            await self.cache.afill(user_id, found.version, found.raw, cached.epoch)
        return found

    def _refresh(self, user_id: str, cached: Cached) -> None:
        try:
            self._load_together(user_id, cached)
        except (StoreError, UnreadableRecordError):
            return  # what is cached serves on

    async def _arefresh(self, user_id: str, cached: Cached) -> None:
        try:
            await self._aload_together(user_id, cached)
        except (StoreError, UnreadableRecordError):
            return

    def _usable(self, user_id: str, cached: Cached | None, at_least_version: int) -> Found | None:
        try:
            return usable(user_id, cached, at_least_version)
        except UnreadableRecordError as error:
            self._unreadable(str(error), "cache")
            return None  # Cassandra has a copy

    def _found_in(self, user_id: str, row: tuple[int, str] | None) -> Found:
        try:
            return found_in(user_id, row)
        except UnreadableRecordError as error:
            self._unreadable(str(error), "profiles")
            raise

    def _page(self, page: Page[T | Unreadable], table: str) -> Page[T]:
        entries = readable(page.entries, lambda why: self._unreadable(why, table))
        return Page(entries, page.next_page, len(page.entries) - len(entries))

    def _unreadable(self, why: str, table: str = "history") -> None:
        # no id of the record: those of users are personal data
        log.error("a record of %s can't be read: %s", table, why)
        self._on_unreadable(table)

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _range(
        self, month: str | None, page: str | None, size: int
    ) -> tuple[list[str], Cursor | None, int]:
        if not 1 <= size <= MAX_PAGE:
            raise ValueError(f"size: {size} is not in 1..{MAX_PAGE}")
        months = months_kept(self._now_ms()) if month is None else [checked_month(month)]
        return months, Cursor.parse(page) if page else None, size

    def _try(self, work: Callable[[_Tables], T]) -> T:
        tables = self._tables()
        try:
            found = work(tables)
        except Exception as error:
            raise self._failed(error) from error
        self.breaker.succeeded()
        return found

    async def _atry(self, work: Callable[[_Tables], Awaitable[T]]) -> T:
        tables = self._opened
        if tables is None or self.breaker.failures:
            tables = await asyncio.to_thread(self._tables)
        try:
            found = await work(tables)
        except Exception as error:
            raise self._failed(error) from error
        self.breaker.succeeded()
        return found

    def _tables(self) -> _Tables:
        due_ms = self.breaker.due_in_ms(self._clock_ms())
        if due_ms and self.breaker.state(self._clock_ms()) is BreakerState.OPEN:
            raise StoreError(f"Cassandra is away; the next attempt is due in {due_ms} ms.")
        if self._opened is not None:
            return self._opened
        with self._opening:
            if self._opened is None:
                try:
                    session = self._open_session(self._settings)
                except Exception as error:
                    raise self._failed(error) from error
                try:
                    session.set_keyspace(self._settings.keyspace)
                    self._opened = _Tables(
                        session, Profiles(session), History(session), AuditTable(session)
                    )
                except Exception as error:
                    close(session)
                    raise self._failed(error) from error
            return self._opened

    def _failed(self, error: Exception) -> StoreError:
        self.breaker.failed(self._clock_ms())
        return StoreError(f"Cassandra can't be read now: {describe(error)}")
