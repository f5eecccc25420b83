"""The driver's futures awaited in an event loop, or many of them at once in a thread."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cassandra.cluster import ResponseFuture, Session
from cassandra.query import BoundStatement


class Rows(NamedTuple):
    """One page of an answer; `state` asks for the next, None at the end."""

    rows: list[Any]
    state: bytes | None


async def fetch(session: Session, statement: BoundStatement, state: bytes | None = None) -> Rows:
    """One page, without blocking the event loop.

    Raises:
        Exception: what the driver says when no answer came.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Rows] = loop.create_future()

    def settle(outcome: Rows | Exception) -> None:
        if answer.done():  # given up meanwhile
            return
        if isinstance(outcome, Exception):
            answer.set_exception(outcome)
        else:
            answer.set_result(outcome)

    def good(rows: Sequence[Any] | None) -> None:
        loop.call_soon_threadsafe(settle, Rows(list(rows or ()), _state_of(future)))

    def bad(error: Exception) -> None:
        loop.call_soon_threadsafe(settle, error)

    future = session.execute_async(statement, paging_state=state)
    future.add_callbacks(good, bad)
    return await answer


def fetch_now(session: Session, statement: BoundStatement, state: bytes | None = None) -> Rows:
    """One page, blocking this thread."""
    found = session.execute(statement, paging_state=state)
    return Rows(list(found.current_rows), found.paging_state)


def fetch_all(
    session: Session, statements: Iterable[BoundStatement], in_flight: int = 128
) -> list[list[Any]]:
    """The first page of each statement's answer, in order, with so many on the way at once.

    Raises:
        Exception: the first failure, after those on the way have come in.
    """
    wanted = list(statements)
    found: list[list[Any]] = [[] for _ in wanted]
    free = threading.Semaphore(in_flight)
    errors: list[Exception] = []

    def good(rows: Sequence[Any] | None, at: int) -> None:
        found[at] = list(rows or ())
        free.release()

    def bad(error: Exception, _at: int) -> None:
        errors.append(error)
        free.release()

    for at, statement in enumerate(wanted):
        free.acquire()
        if errors:
            free.release()
            break
        try:
            future = session.execute_async(statement)
        except Exception as error:  # noqa: BLE001 - told below, as any other
            bad(error, at)
            break
        future.add_callbacks(good, bad, callback_args=(at,), errback_args=(at,))
    for _ in range(in_flight):
        free.acquire()
    if errors:
        raise errors[0]
    return found


def _state_of(future: ResponseFuture) -> bytes | None:
    state: bytes | None = future._paging_state  # noqa: SLF001 - the driver has no other way
    return state
