"""Pages over months: every row once, in order, whatever the size of a page."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.cassandra.history import KEPT_MS, months_kept
from connectors.cassandra.paging import Ask, Cursor, checked_month, month_of, run, steps

NOW = 1_780_000_000_000
DAY_MS = 86_400_000
Row = tuple[int, int]


class Table:
    """Rows by month, newest first, as the table keeps them."""

    def __init__(self, moments: list[int]) -> None:
        self.months: dict[str, list[Row]] = defaultdict(list)
        for number, at_ms in enumerate(moments):
            self.months[month_of(at_ms)].append((at_ms, number))
        for rows in self.months.values():
            rows.sort(key=lambda row: (-row[0], row[1]))
        self.asked = 0

    def fetch(self, ask: Ask) -> list[Row]:
        self.asked += 1
        assert ask.limit > 0
        rows = self.months.get(ask.month, [])
        return [row for row in rows if ask.upto_ms is None or row[0] <= ask.upto_ms][: ask.limit]


def at_of(row: Row) -> int:
    return row[0]


@given(
    days_ago=st.lists(st.integers(0, 90).map(lambda day: day // 3 * 3), max_size=30),
    size=st.integers(1, 7),
)
def test_pages_give_every_row_once_and_in_order(days_ago: list[int], size: int) -> None:
    # many rows of one moment, as a burst of verdicts gives
    table = Table([NOW - day * DAY_MS for day in days_ago])
    months, found, page = months_kept(NOW), [], None
    while True:
        cursor = Cursor.parse(page) if page else None
        got = run(steps(months, cursor, size, at_of), table.fetch)
        found += got.entries
        assert len(got.entries) == size or got.next_page is None
        if got.next_page is None:
            break
        page = got.next_page
    assert sorted(found) == sorted(row for rows in table.months.values() for row in rows)
    assert [at for at, _ in found] == sorted((at for at, _ in found), reverse=True)


def test_the_last_page_says_that_it_is_the_last() -> None:
    table = Table([NOW] * 4)
    got = run(steps(months_kept(NOW), None, 4, at_of), table.fetch)
    assert (len(got.entries), got.next_page) == (4, None)


def test_the_months_kept_cover_the_time_to_live() -> None:
    months = months_kept(NOW)
    assert months[0] == month_of(NOW)
    assert months[-1] == month_of(NOW - KEPT_MS)
    assert months == sorted(set(months), reverse=True)
    assert len(months) in (24, 25)
    assert months_kept(0) == ["1970-01"]


@pytest.mark.parametrize(
    "text", ["", "x", "2026-13.1.1", "2026-01.1", "2026-01.-1.0", "2026-01.1.0;DROP", "9" * 999]
)
def test_a_cursor_that_was_not_handed_out_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^page: "):
        Cursor.parse(text)


@pytest.mark.parametrize("text", ["2026", "2026-00", "2026-1", "2026-01 ", "../2026-01"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^month: "):
        checked_month(text)
