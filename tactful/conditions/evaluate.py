"""Asking a condition about a request, the profile and an event."""

from collections.abc import Mapping
from typing import Any

from tactful.conditions.language import ConditionError, compiled
from tactful.records import Event, Request


def holds(condition: str, request: Request, attributes: Mapping[str, Any]) -> bool:
    """Whether a condition holds for a request of a user with these attributes."""
    data = request.data or {}
    spaces = {"data": data, "profile": attributes, "request": _of(request)}
    return _holds(condition, spaces, data, attributes)


def cancels(condition: str | None, event: Event, request: Request) -> bool:
    """Whether an event cancels a request, by the condition beside it (absent: always)."""
    if condition is None:
        return True
    data = request.data or {}
    spaces = {"data": data, "event": event.attributes or {}, "request": _of(request)}
    return _holds(condition, spaces, data)


def _of(request: Request) -> dict[str, Any]:
    return {
        "type": request.type,
        "priority": None if request.priority is None else request.priority.value,
        "campaign": request.campaign,
        "batch_key": request.batch_key,
    }


def _holds(condition: str, spaces: dict[str, Any], *layers: Any) -> bool:
    """A name is that of a space, else of the first layer that has it."""
    from tactful.conditions.grammar import Names  # noqa: PLC0415 - see `language.compiled`

    try:
        found = compiled(condition)
    except ConditionError:
        return False
    return found.holds(Names(spaces, *layers))
