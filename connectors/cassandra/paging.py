"""Pages over rows that stand by month, newest first, with a cursor that anyone may hold.

The cursor names a moment and how many rows of that very moment were given already; it holds no
state of Cassandra, so a forged one leads nowhere but to other rows of the same user.
"""

import datetime as dt
import re
from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")
_FORM = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))\.(\d{1,15})\.(\d{1,6})")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def month_of(at_ms: int) -> str:
    """The UTC month of a moment: the partition its row stands in.

    >>> month_of(1_700_000_000_000)
    '2023-11'
    """
    return dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC).strftime("%Y-%m")


class Cursor(NamedTuple):
    """Where the next page begins."""

    month: str
    at_ms: int
    skip: int

    def __str__(self) -> str:
        return f"{self.month}.{self.at_ms}.{self.skip}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """From its text.

        Raises:
            ValueError: it is none of ours.

        >>> Cursor.parse("2026-11.1795000000000.2").skip
        2
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError(f"page: {text[:64]!r} is not a cursor that was handed out")
        return cls(match[1], int(match[2]), int(match[3]))


class Page(NamedTuple, Generic[T]):
    """Some rows, newest first; `next_page` asks for those after them, None: that was all.

    `unreadable` rows among them could not be decoded, and are left out.
    """

    entries: list[T]
    next_page: str | None
    unreadable: int = 0


class Ask(NamedTuple):
    """Rows of a month up to a moment (None: all), at most so many."""

    month: str
    upto_ms: int | None
    limit: int


Fetch = Callable[[Ask], Sequence[T]]
Steps = Generator[Ask, Sequence[T], Page[T]]


def checked_month(month: str) -> str:
    """The month, if it is one.

    Raises:
        ValueError: it is not `YYYY-MM`.
    """
    if _MONTH.fullmatch(month) is None:
        raise ValueError(f"month: {month[:32]!r} is not YYYY-MM")
    return month


def steps(
    months: Sequence[str], cursor: Cursor | None, size: int, at_of: Callable[[T], int]
) -> Steps[T]:
    """What to ask, one after another, to fill a page; returns the page.

    Args:
        months: newest first.
        cursor: where to begin; None: with the newest.
        size: rows on a page, 1 or more.
        at_of: the moment of a row, epoch ms.
    """
    found: list[T] = []
    for month in months:
        upto_ms, skip = None, 0
        if cursor is not None:
            if month > cursor.month:
                continue
            if month == cursor.month:
                upto_ms, skip = cursor.at_ms, cursor.skip
        # one more than wanted tells whether there is another page
        rows = yield Ask(month, upto_ms, size - len(found) + skip + 1)
        found += rows[skip:]
        if len(found) > size:
            break
    if len(found) <= size:
        return Page(found, None)
    page = found[:size]
    last_ms = at_of(page[-1])
    given = sum(at_of(row) == last_ms for row in page)
    if cursor is not None and cursor.at_ms == last_ms:
        given += cursor.skip
    return Page(page, str(Cursor(month_of(last_ms), last_ms, given)))


def run(asked: Steps[T], fetch: Fetch[T]) -> Page[T]:
    """Carry out the steps, blocking."""
    rows: Sequence[T] | None = None
    while True:
        try:
            ask = next(asked) if rows is None else asked.send(rows)
        except StopIteration as done:
            page: Page[T] = done.value
            return page
        rows = fetch(ask)


async def arun(asked: Steps[T], fetch: Callable[[Ask], Awaitable[Sequence[T]]]) -> Page[T]:
    """Carry out the steps in an event loop."""
    rows: Sequence[T] | None = None
    while True:
        try:
            ask = next(asked) if rows is None else asked.send(rows)
        except StopIteration as done:
            page: Page[T] = done.value
            return page
        rows = await fetch(ask)
