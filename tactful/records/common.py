"""The kinds of records, and the field types they share."""

import enum
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import msgspec

MAX_TIME_MS = 253_402_300_799_999
"""The last millisecond of the year 9999 (UTC): the largest time a record may carry."""

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Hour = Annotated[int, msgspec.Meta(ge=0, le=23)]
LocalTime = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A local time of day, "HH:MM"."""
TimeMs = Annotated[int, msgspec.Meta(ge=0, le=MAX_TIME_MS)]

MAX_NESTING = 8
"""How deep lists and objects may stand inside one free-form value."""

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


def _json_value(nesting: int) -> Any:
    """Build the type of a free-form value with lists and objects up to `nesting` deep."""
    value: Any = None | bool | Int64 | float | str
    for _ in range(nesting):
        value = None | bool | Int64 | float | str | list[value] | dict[str, value]
    return value


if TYPE_CHECKING:
    JsonValue = Any
else:
    # Spelled out level by level, so that the decoder itself refuses, at no cost, what no encoder
    # could write again: numbers beyond 64 bits, and nesting beyond the stack.
    JsonValue = _json_value(MAX_NESTING)

JsonObject = dict[str, JsonValue]


class RecordKind(enum.StrEnum):
    """The kinds of records that come in; the value is the last word of the topic's name."""

    EVENT = "events"
    REQUEST = "requests"
    FEEDBACK = "feedback"
    PROFILE_UPDATE = "profile-updates"


class Identified(Protocol):
    """What all records that come in have in common."""

    id: str
    user_id: str
    at_ms: int
