"""Asking a condition about a request, the profile and an event."""

from collections.abc import Mapping
from typing import Any

from rule_engine import errors

from tactful.conditions.language import compiled
from tactful.records import Event, Request


class _Names(Mapping[str, Any]):
    """The names of a condition: first the spaces, then the first layer that has the name."""

    def __init__(self, spaces: dict[str, Any], layers: tuple[Mapping[str, Any], ...]) -> None:
        self._spaces = spaces
        self._layers = layers

    def __getitem__(self, name: str) -> Any:
        if name in self._spaces:
            return self._spaces[name]
        for layer in self._layers:
            if name in layer:
                return layer[name]
        return None

    def __iter__(self) -> Any:
        return iter(self._spaces)

    def __len__(self) -> int:
        return len(self._spaces)


def holds(condition: str, request: Request, attributes: Mapping[str, Any]) -> bool:
    """Whether a condition holds for a request of a user with these attributes."""
    data = request.data or {}
    spaces = {"data": data, "profile": attributes, "request": _of(request)}
    return _matches(condition, _Names(spaces, (data, attributes)))


def cancels(condition: str | None, event: Event, request: Request) -> bool:
    """Whether an event cancels a request, by the condition beside it (absent: always)."""
    if condition is None:
        return True
    data = request.data or {}
    attributes = event.attributes or {}
    spaces = {"data": data, "event": attributes, "request": _of(request)}
    return _matches(condition, _Names(spaces, (data,)))


def _of(request: Request) -> dict[str, Any]:
    return {
        "type": request.type,
        "priority": None if request.priority is None else request.priority.value,
        "campaign": request.campaign,
        "batch_key": request.batch_key,
    }


def _matches(condition: str, names: _Names) -> bool:
    try:
        return bool(compiled(condition).matches(names))
    except (errors.EngineError, ArithmeticError, TypeError, ValueError, RecursionError):
        # What can't be said of this user does not hold.
        return False
