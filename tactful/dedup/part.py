"""Part: drop a record that this user's state has already taken in.

Kept: marks (48-bit hashes) of the last `REQUESTS` request ids and of the last `OTHERS` other
record ids. The bound means: a copy is recognised as long as fewer than that many newer records of
its sort came in between. A request that is held, or was sent within the send log's memory, is
recognised however many came in between; and `decision_id` is the same for a copy, so a provider can
always tell.
"""

import struct

from tactful.composer import held
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.ids import MARK_BYTES, decision_id, mark
from tactful.records import Event, Feedback, Input, ProfileUpdate, Request
from tactful.sends import log

HANDLES: tuple[type, ...] = (Event, Request, Feedback, ProfileUpdate)

REQUESTS = 32
OTHERS = 32

_HEAD = struct.Struct("<BIH")  # version, duplicates seen, number of request hashes
_VERSION = 1
_WIDTH = MARK_BYTES
_EMPTY = _HEAD.pack(_VERSION, 0, 0)
_START = _HEAD.size
_SPACES = {Event: "e", Request: "r", Feedback: "f", ProfileUpdate: "p"}


def handle(context: Context, record: Input) -> bool:
    """Remember the record, or end the line for one already seen."""
    kind = type(record)
    own = mark(_SPACES[kind] + record.id)  # type: ignore[union-attr]
    section = context.sections[Section.DEDUP] or _EMPTY
    version, duplicates, count = _HEAD.unpack_from(section)
    middle = _START + count * _WIDTH
    if kind is Request:
        known = _contains(section, own, _START, middle) or _decided(context, record.id)  # type: ignore[union-attr]
    else:
        known = _contains(section, own, middle, len(section))
    if known:
        context.duplicate = True
        total = min(duplicates + 1, 0xFFFFFFFF)
        context.write(Section.DEDUP, _HEAD.pack(version, total, count) + section[_START:])
        return False
    if kind is Request:
        first = _START + _WIDTH if count == REQUESTS else _START
        count = min(count + 1, REQUESTS)
        value = (
            _HEAD.pack(version, duplicates, count) + section[first:middle] + own + section[middle:]
        )
    elif len(section) - middle >= OTHERS * _WIDTH:
        value = section[:middle] + section[middle + _WIDTH :] + own
    else:
        value = section + own
    context.write(Section.DEDUP, value)
    return True


def next_wakeup_ms(sections: list[bytes]) -> int | None:
    """Never: marks leave when newer ones come."""
    del sections
    return None


def duplicates_seen(sections: list[bytes]) -> int:
    """How many copies were dropped for this user."""
    section = sections[Section.DEDUP]
    return int(_HEAD.unpack_from(section)[1]) if section else 0


def _contains(section: bytes, own: bytes, start: int, end: int) -> bool:
    at = section.find(own, start, end)
    while at != -1:
        if (at - start) % _WIDTH == 0:
            return True
        at = section.find(own, at + 1, end)
    return False


def _decided(context: Context, request_id: str) -> bool:
    """Whether the request was sent or is held, beyond what the ring remembers."""
    sends = context.sections[Section.SENDS]
    if sends and log.contains(sends, mark(decision_id(context.user_id, request_id))):
        return True
    queue = context.sections[Section.HELD]
    return bool(queue) and held.contains(queue, request_id)
