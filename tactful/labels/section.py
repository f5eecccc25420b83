"""The labels section in bytes: a head that each record reads, windows of one width, their words.

    head | windows, the oldest first | words: 2 bytes of length and UTF-8 each

A window is found by its decision's id and changed in place; the words that several windows share
(names, versions) stand once, and leave with the last window that uses them.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from tactful.features import NUMERIC

SEND, CHURN, HOLDBACK = range(3)
"""What a window waits for: the answer to a send, another event, the event of a holdback."""

CLOSED = 1
"""The window was told, and is kept for what comes late."""
CONTROL = 2
"""Of a holdback: the user was held back."""
OF_TYPE = 4
OF_CHANNEL = 8
"""The indicators of the window's own type and channel are among its features."""

MAX_NUMERIC = 16
NO_HOUR = 255

HAS_CHURN, CAME_BACK, HAS_HOLDBACK, HAS_CHURNED = 1, 2, 4, 8
"""Flags of the head: a churn window is open; an event came since it was opened; a holdback waits
for its event, even late; a churn window that was told as churned is kept for a late event."""

_VERSION = 1
# version, flags, churned in a row, windows, words, next due, when the churn window was opened
_HEAD = struct.Struct("<BBBHHQQ")
read_head = _HEAD.unpack_from
_FLAGS_AT = 1

_WINDOW = struct.Struct("<16sBBBBH7HQQdIIII16f")
WIDTH = _WINDOW.size
_STATUS = struct.Struct("<BBBBH")
_STATUS_AT = 16
_TEXTS = struct.Struct("<7H")
_TEXTS_AT = 22
_PLACES = struct.Struct("<III")
_PLACES_AT = 60
_DUE = struct.Struct("<Q")
_DUE_AT = 44
_SIZE = struct.Struct("<H")
_MAX_WORD_BYTES = 0xFFFF

assert len(NUMERIC) <= MAX_NUMERIC


class Words(NamedTuple):
    """The texts of a window.

    Attributes:
        policy: the version it was decided under.
        models: the versions it was decided with, as JSON; empty for none.
        segment: the user's.
        type, channel: of the notification; empty for none.
        event: what a holdback waits for.
        extras: further features, as JSON; empty for none.
    """

    policy: str
    models: str
    segment: str
    type: str = ""
    channel: str = ""
    event: str = ""
    extras: str = ""


class Window(NamedTuple):
    """One window, taken apart.

    Attributes:
        key: the 16 bytes of the decision's id; zeros for churn.
        kind: `SEND`, `CHURN` or `HOLDBACK`.
        flags: `CLOSED`, `CONTROL`, `OF_TYPE`, `OF_CHANNEL`.
        hour: the local hour among the features, `NO_HOUR` without one.
        revision: how often it was told again.
        seen: the outcomes that came (`tactful.labels.outcomes`); 1 when the event did.
        words: its texts.
        opened_ms, due_ms: epoch milliseconds.
        propensity: of the choice.
        places: which label of user, type and channel it was; zeros before it was told.
        known: a bit for each of `NUMERIC` that has a value.
        values: the features that are numbers, in the order of `NUMERIC`.
    """

    key: bytes
    kind: int
    flags: int
    hour: int
    revision: int
    seen: int
    words: Words
    opened_ms: int
    due_ms: int
    propensity: float
    places: tuple[int, int, int]
    known: int
    values: tuple[float, ...]


class Status(NamedTuple):
    """The part of a window that changes."""

    kind: int
    flags: int
    hour: int
    revision: int
    seen: int


class Windows:
    """A section being changed; the windows are told apart by where they begin in `data`.

    Attributes:
        flags: those of the head.
        churned: churn windows in a row that were told as churned.
        due_ms: when the first open window is due, 0 for never.
        churn_opened_ms: when the open churn window was opened.
        data: the windows.
    """

    __slots__ = ("_words", "churn_opened_ms", "churned", "data", "due_ms", "flags")

    def __init__(self, section: bytes) -> None:
        self._words: list[bytes] = []
        self.data = bytearray()
        self.flags = self.churned = self.due_ms = self.churn_opened_ms = 0
        if not section:
            return
        _, self.flags, self.churned, count, words, self.due_ms, self.churn_opened_ms = read_head(
            section
        )
        at = _HEAD.size + count * WIDTH
        self.data += section[_HEAD.size : at]
        for _ in range(words):
            start = at + _SIZE.size
            at = start + _SIZE.unpack_from(section, at)[0]
            self._words.append(section[start:at])

    def __len__(self) -> int:
        return len(self.data) // WIDTH

    def starts(self) -> range:
        """Where the windows begin, the oldest first."""
        return range(0, len(self.data), WIDTH)

    def status(self, start: int) -> Status:
        """What a window has come to."""
        return Status._make(_STATUS.unpack_from(self.data, start + _STATUS_AT))

    def change(self, start: int, status: Status) -> None:
        """Put another status in its place."""
        _STATUS.pack_into(self.data, start + _STATUS_AT, *status)

    def due_of(self, start: int) -> int:
        """When a window is due, or was."""
        return int(_DUE.unpack_from(self.data, start + _DUE_AT)[0])

    def place(self, start: int, places: tuple[int, int, int]) -> None:
        """Note which label it was."""
        _PLACES.pack_into(self.data, start + _PLACES_AT, *places)

    def window(self, start: int) -> Window:
        """A window, taken apart."""
        fields = _WINDOW.unpack_from(self.data, start)
        words = self._words
        return Window._make(
            (
                *fields[:6],
                Words._make(words[index - 1].decode() if index else "" for index in fields[6:13]),
                *fields[13:16],
                fields[16:19],
                fields[19],
                fields[20:],
            )
        )

    def append(self, window: Window) -> None:
        """Add the newest."""
        self.data += _WINDOW.pack(
            *window[:6],
            *(self._index(word) for word in window.words),
            window.opened_ms,
            window.due_ms,
            window.propensity,
            *window.places,
            window.known,
            *window.values,
        )
        if not self.due_ms or window.due_ms < self.due_ms:
            self.due_ms = window.due_ms

    def remove(self, starts: Iterable[int]) -> None:
        """Take windows out, and the words that no other uses."""
        gone = sorted(starts, reverse=True)
        if not gone:
            return
        for start in gone:
            del self.data[start : start + WIDTH]
        used = {
            index
            for start in self.starts()
            for index in _TEXTS.unpack_from(self.data, start + _TEXTS_AT)
            if index
        }
        if len(used) == len(self._words):
            return
        places = {index: place for place, index in enumerate(sorted(used), start=1)}
        places[0] = 0
        for start in self.starts():
            at = start + _TEXTS_AT
            _TEXTS.pack_into(
                self.data, at, *(places[index] for index in _TEXTS.unpack_from(self.data, at))
            )
        self._words = [self._words[index - 1] for index in sorted(used)]

    def packed(self) -> bytes:
        """The bytes of the section."""
        head = _HEAD.pack(
            _VERSION,
            self.flags,
            self.churned,
            len(self),
            len(self._words),
            self.due_ms,
            self.churn_opened_ms,
        )
        words = [piece for word in self._words for piece in (_SIZE.pack(len(word)), word)]
        return b"".join((head, self.data, *words))

    def _index(self, word: str) -> int:
        """The place of a word among all, from 1 on; 0 for the empty one."""
        if not word:
            return 0
        encoded = word.encode()
        if len(encoded) > _MAX_WORD_BYTES:
            encoded = encoded[:_MAX_WORD_BYTES].decode(errors="ignore").encode()
        try:
            return self._words.index(encoded) + 1
        except ValueError:
            self._words.append(encoded)
            return len(self._words)


def find(section: bytes, key: bytes) -> int | None:
    """Where the window of a send's decision begins among the windows, None if there is none."""
    if not section:
        return None
    end = _HEAD.size + read_head(section)[3] * WIDTH
    at = section.find(key, _HEAD.size, end)
    while at != -1:
        start, rest = divmod(at - _HEAD.size, WIDTH)
        if not rest and section[at + _STATUS_AT] == SEND:
            return start * WIDTH
        at = section.find(key, at + 1, end)
    return None


def status_of(section: bytes, start: int) -> Status:
    """What a window has come to, read without the others."""
    return Status._make(_STATUS.unpack_from(section, _HEAD.size + start + _STATUS_AT))


def due_of(section: bytes, start: int) -> int:
    """When a window is due, or was."""
    return int(_DUE.unpack_from(section, _HEAD.size + start + _DUE_AT)[0])


def noted(section: bytes, start: int, status: Status) -> bytes:
    """The section with another status of one window."""
    changed = bytearray(section)
    _STATUS.pack_into(changed, _HEAD.size + start + _STATUS_AT, *status)
    return bytes(changed)


def note_return(section: bytes) -> bytes:
    """The section after the first event since the churn window was opened."""
    changed = bytearray(section)
    changed[_FLAGS_AT] |= CAME_BACK
    return bytes(changed)
