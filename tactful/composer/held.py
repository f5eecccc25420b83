"""The held queue of one user: requests that wait, the next due moment first in the bytes."""

import struct

import msgspec

from tactful.records import Priority, Reason, Request

_HEAD = struct.Struct("<BQH")  # version, next due, how many
_VERSION = 1

RANK = {Priority.CRITICAL: 0, Priority.HIGH: 1, Priority.NORMAL: 2, Priority.LOW: 3}


class Held(msgspec.Struct, array_like=True, frozen=True):
    """One request that waits. New fields go to the end, with a default."""

    request: Request
    first_ms: int
    due_ms: int
    reason: Reason
    score: float
    holds: int


_decoder = msgspec.msgpack.Decoder(list[Held])
_encoder = msgspec.msgpack.Encoder()


def unpack(section: bytes) -> list[Held]:
    """The queue in the order of arrival."""
    return _decoder.decode(section[_HEAD.size :]) if section else []


def pack(queue: list[Held]) -> bytes:
    """The bytes of a queue; an empty one takes none."""
    if not queue:
        return b""
    due_ms = min(held.due_ms for held in queue)
    return _HEAD.pack(_VERSION, due_ms, len(queue)) + _encoder.encode(queue)


def next_due_ms(section: bytes) -> int | None:
    """When the first of the queue is due, None for an empty queue."""
    return int(_HEAD.unpack_from(section)[1]) if section else None


def size(section: bytes) -> int:
    """How many wait."""
    return int(_HEAD.unpack_from(section)[2]) if section else 0


def contains(section: bytes, request_id: str) -> bool:
    """Whether a request is in the queue."""
    if request_id.encode() not in section:
        return False
    return any(held.request.id == request_id for held in unpack(section))


def urgency(held: Held) -> tuple[int, float, int, str]:
    """Sort key: who goes first where only one can, by priority, then worth, then age."""
    return (RANK[held.request.priority], -held.score, held.request.at_ms, held.request.id)
