"""Stored records that can't be decoded: an error of the record, not of the store that holds it."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import msgspec

T = TypeVar("T")


class UnreadableRecordError(Exception):
    """What is stored can't be decoded; the message holds nothing of its content."""


class Unreadable(NamedTuple):
    """Stands in a page for a row that can't be decoded, so that the rows after it are found."""

    at_ms: int
    why: str


def why_of(error: Exception) -> str:
    """What is wrong, by class and field: the messages of decoders quote values.

    >>> why_of(msgspec.ValidationError("Invalid enum value 'ada@example.org' - at `$.verdict`"))
    'ValidationError at $.verdict'
    """
    _, _, path = str(error).rpartition(" - at `")
    known = path.startswith("$") and path.endswith("`")
    return type(error).__name__ + (f" at {path[:-1]}" if known else "")


def decoded(decode: Callable[[Any], T], rows: Iterable[Any]) -> list[T | Unreadable]:
    """The rows' `raw`, decoded; those without one (erased) are left out. Rows have `at_ms`."""
    found: list[T | Unreadable] = []
    for row in rows:
        if not row.raw:
            continue
        try:
            found.append(decode(row.raw))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            found.append(Unreadable(row.at_ms, why_of(error)))
    return found


def readable(found: Iterable[T | Unreadable], told: Callable[[str], None]) -> list[T]:
    """Without those that can't be decoded; `told` hears why, once for each."""
    kept: list[T] = []
    for each in found:
        if isinstance(each, Unreadable):
            told(each.why)
        else:
            kept.append(each)
    return kept
