"""What can be wrong with a mapping or with a row, each naming the field, the found, the allowed."""

from collections.abc import Iterable, Mapping
from typing import Any


class MappingError(ValueError):
    """The mapping can't be used; the message names the place in the file.

    >>> str(MappingError("records[0].kind", "requets", "event, request"))
    "records[0].kind: found 'requets', allowed: event, request"
    """

    def __init__(self, path: str, found: Any, allowed: str) -> None:
        what = "nothing" if found is None else repr(found)
        super().__init__(f"{path}: found {what}, allowed: {allowed}")
        self.path = path


class LogError(ValueError):
    """The file can't be read as what it should be."""


class SkippedRow(Exception):  # noqa: N818 - a row left out is a result, not a failure
    """A row gives no record; `reason` groups rows, `found` is this row's value."""

    def __init__(self, reason: str, found: str = "") -> None:
        super().__init__(f"{reason}: found {found!r}" if found else reason)
        self.reason = reason
        self.found = found


def only_keys(path: str, given: Mapping[str, Any], allowed: Iterable[str]) -> None:
    """Refuse keys that mean nothing here, so that a typing error is not silently ignored.

    Raises:
        MappingError: For the first key that is not allowed.
    """
    names = tuple(allowed)
    for key in given:
        if key not in names:
            raise MappingError(f"{path}.{key}", key, ", ".join(names))


def a_map(path: str, found: Any, what: str) -> dict[str, Any]:
    """The value as a map with string keys.

    Raises:
        MappingError: If it is something else.
    """
    if not isinstance(found, dict) or not found:
        raise MappingError(path, found, what)
    return {str(key): value for key, value in found.items()}


def one_of(path: str, found: Any, allowed: Iterable[str]) -> str:
    """The value, if it is one of the words allowed.

    Raises:
        MappingError: If it is another.
    """
    names = tuple(allowed)
    if found not in names:
        raise MappingError(path, found, ", ".join(names))
    return str(found)
