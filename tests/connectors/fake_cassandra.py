"""A Cassandra of one table: cells and tombstones with timestamps, and failures on demand."""

import dataclasses
import types
from collections.abc import Callable
from typing import Any

from connectors.cassandra.profiles import _COLUMNS


@dataclasses.dataclass
class Bound:
    kind: str
    values: tuple[Any, ...]


class Prepared:
    def __init__(self, query: str) -> None:
        self.kind = query.split(" ", 1)[0]
        self.is_idempotent = False

    def bind(self, values: tuple[Any, ...]) -> Bound:
        return Bound(self.kind, values)


class Future:
    def __init__(self, error: Exception | None) -> None:
        self.error = error

    def add_callbacks(self, good: Callable[[Any], None], bad: Callable[[Exception], None]) -> None:
        if self.error is None:
            good(None)
        else:
            bad(self.error)


class Result:
    def __init__(self, row: Any) -> None:
        self.row = row

    def one(self) -> Any:
        return self.row


class FakeSession:
    """Last write wins, cell by cell; on a tie a tombstone wins over a value, then the greater."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[str, tuple[int, bool, Any]]] = {}
        self.tombstones: dict[str, int] = {}
        self.error: Exception | None = None
        self.writes = 0
        self.begun = 0
        self.fail_after: int | None = None

    def prepare(self, query: str) -> Prepared:
        if self.error is not None:
            raise self.error
        return Prepared(query)

    def execute_async(self, bound: Bound) -> Future:
        self.begun += 1
        if self.error is not None or self.writes == self.fail_after:
            return Future(self.error or ConnectionError("gone"))
        self.writes += 1
        self.apply(bound)
        return Future(None)

    def apply(self, bound: Bound) -> None:
        if bound.kind == "DELETE":
            timestamp, user = bound.values
            self.tombstones[user] = max(timestamp, self.tombstones.get(user, -1))
            return
        *values, timestamp = bound.values
        row = self.cells.setdefault(values[0], {})
        for name, value in zip(_COLUMNS, values, strict=True):
            new = (timestamp, value is None, "" if value is None else value)
            if name not in row or new > row[name]:
                row[name] = new

    def row(self, user: str) -> dict[str, Any] | None:
        alive = {
            name: None if dead else value
            for name, (timestamp, dead, value) in self.cells.get(user, {}).items()
            if timestamp > self.tombstones.get(user, -1)
        }
        return alive or None

    def execute(self, _prepared: Prepared, values: tuple[str]) -> Result:
        if self.error is not None:
            raise self.error
        row = self.row(values[0])
        return Result(None if row is None else types.SimpleNamespace(**row))
