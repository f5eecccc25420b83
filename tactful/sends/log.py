"""The send log of one user: what caps count, and which outcomes of a send are already known.

Bounded by age (`Knowledge.send_memory_ms`) and number (`MAX_COUNTED_SENDS`). A send that a cap
counts is never dropped while a cap may still count it: when the log is full of such sends, the
constraint `send_log_full` holds the next one back.
"""

import struct
from typing import NamedTuple

from tactful.policy.model import MAX_COUNTED_SENDS, Purpose

_ENTRY = struct.Struct("<QIII6sH")
WIDTH = _ENTRY.size
_MARK_AT = 20
_FLAGS_AT = 26
_FLAGS = struct.Struct("<H")

MAX_CLOCK_STEP_BACK_MS = 600_000
"""Sends are remembered for so much longer than a window, that a clock which steps back by as much
still finds those that an earlier reading of it has left behind."""

COUNTED_BIT = 1
PURPOSE_BIT = {Purpose.MARKETING: 2, Purpose.TRANSACTIONAL: 4}
FIRST_OUTCOME_BIT = 3
DIGEST_BIT = 1 << 12
"""Sent as the digest of a user who wants digests: one a day, or one a week."""


EXPLORED_BIT = 1 << 13
"""Drawn to learn from, though another option was better."""
REMEMBERED_BITS = COUNTED_BIT | EXPLORED_BIT
"""What must not be forgotten early: a cap, or the budget of explorations, counts it."""


class Sent(NamedTuple):
    """One send; `campaign_tag` is 0 without a campaign.

    `flags`: bit 0 counts for caps, 1-2 the purpose, 3-11 the outcomes, 12 a digest, 13 explored.
    """

    at_ms: int
    type_tag: int
    channel_tag: int
    campaign_tag: int
    mark: bytes
    flags: int


def entries(section: bytes) -> list[Sent]:
    """The sends, the oldest first."""
    return [Sent._make(fields) for fields in _ENTRY.iter_unpack(section)]


def appended(section: bytes, sent: Sent, forget_before_ms: int) -> bytes:
    """The log with one more send and without those that nothing can count any more."""
    kept = [entry for entry in _ENTRY.iter_unpack(section) if entry[0] > forget_before_ms]
    if len(kept) >= MAX_COUNTED_SENDS:
        # The constraint keeps counted sends below the bound, so an uncounted one is there to go.
        at = next((i for i, entry in enumerate(kept) if not entry[5] & REMEMBERED_BITS), None)
        if at is None:
            if not sent.flags & REMEMBERED_BITS:
                return b"".join(_ENTRY.pack(*entry) for entry in kept)
            at = 0
        del kept[at]
    kept.append(tuple(sent))
    return b"".join(_ENTRY.pack(*entry) for entry in kept)


def contains(section: bytes, mark: bytes) -> bool:
    """Whether a decision with this mark (`tactful.ids.mark` of its id) was sent."""
    return _offset_of(section, mark) is not None


def note_outcome(section: bytes, mark: bytes, bit: int) -> tuple[bytes, Sent] | None:
    """Mark an outcome of a send as known.

    Returns:
        The new log and the send as it was before, or None when the send is not in the log.
    """
    offset = _offset_of(section, mark)
    if offset is None:
        return None
    sent = Sent._make(_ENTRY.unpack_from(section, offset))
    if sent.flags & bit:
        return section, sent
    changed = bytearray(section)
    _FLAGS.pack_into(changed, offset + _FLAGS_AT, sent.flags | bit)
    return bytes(changed), sent


def uncounted(section: bytes, mark: bytes) -> bytes:
    """The log with one send no longer counted: another attempt takes over its slot."""
    offset = _offset_of(section, mark)
    if offset is None:
        return section
    changed = bytearray(section)
    flags = _FLAGS.unpack_from(section, offset + _FLAGS_AT)[0]
    _FLAGS.pack_into(changed, offset + _FLAGS_AT, flags & ~COUNTED_BIT)
    return bytes(changed)


def _offset_of(section: bytes, mark: bytes) -> int | None:
    at = section.find(mark)
    while at != -1:
        if at % WIDTH == _MARK_AT:
            return at - _MARK_AT
        at = section.find(mark, at + 1)
    return None
