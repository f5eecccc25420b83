"""What a timeline shows, before it is drawn: rows of bands and marks over hours of local time."""

import dataclasses
import enum

from tactful.local_time import Zone
from tactful.records import Reason


class Look(enum.Enum):
    """How a band is painted. Its label says what it is; the colour only helps."""

    QUIET = "quiet"
    CAP = "cap"
    WISH = "wish"
    PAUSE = "pause"
    COLLECT = "collect"
    OTHER = "other"
    OPEN = "open"
    LIFE = "life"


class Sign(enum.Enum):
    """The shape of a mark."""

    ASKED = "asked"
    EVENT = "event"
    HELD = "held"
    EARLIEST = "earliest"
    CHOSEN = "chosen"
    SENT = "sent"
    SILENT = "silent"
    EXPIRY = "expiry"
    NOW = "now"


@dataclasses.dataclass(frozen=True)
class Band:
    """A span of time in a row."""

    from_ms: int
    to_ms: int
    look: Look
    label: str = ""


@dataclasses.dataclass(frozen=True)
class Mark:
    """A moment in a row; `number` leads to the note of the same number."""

    at_ms: int
    sign: Sign
    number: int | None = None


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the picture, with its label above it."""

    label: str
    bands: tuple[Band, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclasses.dataclass(frozen=True)
class Note:
    """A sentence below the picture, with its number."""

    number: int
    text: str


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A whole picture: what a reader who can't see it is told are `title`, `about` and the notes.

    Times are epoch milliseconds; hours are those of `zone`.
    """

    title: str
    about: str
    zone: Zone
    from_ms: int
    to_ms: int
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()


_LOOKS = {
    Reason.QUIET_HOURS: Look.QUIET,
    Reason.HOLIDAY: Look.QUIET,
    Reason.PREFERENCE_HOURS: Look.WISH,
    Reason.DIGEST_HOUR: Look.WISH,
    Reason.PAUSED: Look.PAUSE,
    Reason.NOT_BEFORE: Look.PAUSE,
    Reason.BATCH: Look.COLLECT,
    Reason.CONFLICT: Look.COLLECT,
    Reason.GAP: Look.CAP,
    Reason.COOL_DOWN: Look.CAP,
    Reason.SEND_LOG_FULL: Look.CAP,
    Reason.BEST_TIME: Look.OPEN,
}


def look_of(reason: Reason) -> Look:
    """How the band of a reason is painted."""
    return Look.CAP if reason.value.startswith("cap_") else _LOOKS.get(reason, Look.OTHER)
