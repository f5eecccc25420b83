"""The kinds of records, and the field types they share."""

import enum
from typing import Annotated, Protocol

import msgspec

MAX_TIME_MS = 253_402_300_799_999
"""The last millisecond of the year 9999 (UTC): the largest time a record may carry."""

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
Hour = Annotated[int, msgspec.Meta(ge=0, le=23)]
LocalTime = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A local time of day, "HH:MM"."""
TimeMs = Annotated[int, msgspec.Meta(ge=0, le=MAX_TIME_MS)]


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
