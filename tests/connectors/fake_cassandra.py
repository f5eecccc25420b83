"""A Cassandra of a few tables: cells and tombstones with timestamps, and failures on demand."""

import dataclasses
import re
import types
from collections.abc import Callable
from typing import Any

KEYS = {
    "profiles": ("user_id",),
    "history_by_user": ("user_id", "month", "decided_at", "decision_id", "verdict"),
    "user_by_decision": ("decision_id",),
    "erasures": ("user_mark",),
    "audit_by_user": ("user_id", "month", "at", "id"),
}
"""The primary keys; a delete may name the first of their columns only."""


@dataclasses.dataclass
class Bound:
    prepared: "Prepared"
    values: tuple[Any, ...]


class Prepared:
    def __init__(self, query: str) -> None:
        found = re.search(r"(?:INTO|FROM|UPDATE) (\w+)", query)
        assert found is not None, query
        self.table = found[1]
        self.kind = query.split(" ", 1)[0]
        inserted = re.search(r"INTO \w+ \(([^)]*)\)", query)
        named = inserted[1] if inserted else ""
        self.columns = [name.strip() for name in named.split(",")]
        self.where = re.findall(r"(\w+) (?:=|<=) \?", query.partition(" WHERE ")[2])
        self.is_idempotent = False

    def bind(self, values: tuple[Any, ...]) -> Bound:
        return Bound(self, values)


class Future:
    def __init__(self, error: Exception | None, rows: list[Any]) -> None:
        self.error = error
        self.rows = rows

    def add_callbacks(
        self,
        good: Callable[..., None],
        bad: Callable[..., None],
        callback_args: tuple[Any, ...] = (),
        errback_args: tuple[Any, ...] = (),
    ) -> None:
        if self.error is None:
            good(self.rows, *callback_args)
        else:
            bad(self.error, *errback_args)


class Result:
    def __init__(self, rows: list[Any]) -> None:
        self.current_rows = rows
        self.paging_state = None

    def __iter__(self) -> Any:
        return iter(self.current_rows)

    def one(self) -> Any:
        return self.current_rows[0] if self.current_rows else None


Cell = tuple[int, bool, Any]


class FakeSession:
    """Last write wins, cell by cell; on a tie a tombstone wins over a value, then the greater."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[tuple[Any, ...], dict[str, Cell]]] = {}
        self.tombstones: dict[str, dict[tuple[Any, ...], int]] = {}
        self.error: Exception | None = None
        self.writes = 0
        self.begun = 0
        self.fail_after: int | None = None

    def prepare(self, query: str) -> Prepared:
        if self.error is not None:
            raise self.error
        return Prepared(query)

    def execute_async(self, bound: Bound, paging_state: bytes | None = None) -> Future:
        del paging_state
        if bound.prepared.kind == "SELECT":
            return Future(self.error, [] if self.error else self.select(bound))
        self.begun += 1
        if self.error is not None or self.writes == self.fail_after:
            return Future(self.error or ConnectionError("gone"), [])
        self.writes += 1
        self.apply(bound)
        return Future(None, [])

    def apply(self, bound: Bound) -> None:
        prepared, table = bound.prepared, bound.prepared.table
        if prepared.kind == "DELETE":
            timestamp, *key = bound.values
            known = self.tombstones.setdefault(table, {})
            known[tuple(key)] = max(timestamp, known.get(tuple(key), -1))
            return
        named = dict(zip(prepared.columns, bound.values, strict=False))
        timestamp = bound.values[len(prepared.columns)]
        key = tuple(named[name] for name in KEYS[table])
        row = self.cells.setdefault(table, {}).setdefault(key, {})
        for name, value in named.items():
            new = (timestamp, value is None, "" if value is None else value)
            if name not in row or new > row[name]:
                row[name] = new

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What is alive in a table."""
        found = []
        for key, cells in self.cells.get(table, {}).items():
            dead_through = max(
                (
                    at
                    for prefix, at in self.tombstones.get(table, {}).items()
                    if key[: len(prefix)] == prefix
                ),
                default=-1,
            )
            alive = {
                name: None if dead else value
                for name, (timestamp, dead, value) in cells.items()
                if timestamp > dead_through
            }
            if alive:
                found.append(alive)
        return found

    def row(self, user: str) -> dict[str, Any] | None:
        """A user's profile."""
        return next((row for row in self.rows("profiles") if row["user_id"] == user), None)

    def select(self, bound: Bound) -> list[Any]:
        prepared = bound.prepared
        wanted = dict(zip(prepared.where, bound.values, strict=False))
        return [
            types.SimpleNamespace(**row, at_ms=row.get("decided_at", row.get("at")))
            for row in self.rows(prepared.table)
            if all(
                row[name] == value
                for name, value in wanted.items()
                if name not in ("decided_at", "at")
            )
        ]

    def execute(
        self, prepared: Prepared | Bound, values: tuple[Any, ...] = (), **_options: Any
    ) -> Result:
        if self.error is not None:
            raise self.error
        bound = prepared if isinstance(prepared, Bound) else prepared.bind(values)
        return Result(self.select(bound))
