"""The held queue of one user: requests that wait, the next due moment first in the bytes."""

import struct
from typing import Any, NamedTuple

import msgspec

from tactful.records import Priority, Request

_HEAD = struct.Struct("<BQH")  # version, next due, how many
_VERSION = 1

_PRIORITIES = (Priority.CRITICAL, Priority.HIGH, Priority.NORMAL, Priority.LOW)
RANK = {priority: rank for rank, priority in enumerate(_PRIORITIES)}


class Held(NamedTuple):
    """One request that waits.

    Attributes:
        request: what was asked.
        first_ms: when it was first seen; the wait for a better hour counts from here.
        due_ms: when it is decided again.
        score: its worth at its last decision.
        holds: how often it was held.
    """

    request: Request
    first_ms: int
    due_ms: int
    score: float
    holds: int


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    """The same without the names of fields. New fields go to the end, with a default."""

    first_ms: int
    due_ms: int
    score: float
    holds: int
    id: str
    type: str
    rank: int
    at_ms: int
    channels: list[str] | None
    not_before_ms: int | None
    expires_at_ms: int | None
    batch_key: str | None
    campaign: str | None
    data: dict[str, Any] | None


_decoder = msgspec.msgpack.Decoder(list[_Stored])
_encoder = msgspec.msgpack.Encoder()


def unpack(section: bytes, user_id: str) -> list[Held]:
    """The queue in the order of arrival."""
    if not section:
        return []
    return [
        Held(
            Request(
                id=stored.id,
                user_id=user_id,
                type=stored.type,
                priority=_PRIORITIES[stored.rank],
                at_ms=stored.at_ms,
                channels=stored.channels,
                not_before_ms=stored.not_before_ms,
                expires_at_ms=stored.expires_at_ms,
                batch_key=stored.batch_key,
                campaign=stored.campaign,
                data=stored.data,
            ),
            stored.first_ms,
            stored.due_ms,
            stored.score,
            stored.holds,
        )
        for stored in _decoder.decode(section[_HEAD.size :])
    ]


def pack(queue: list[Held]) -> bytes:
    """The bytes of a queue; an empty one takes none."""
    if not queue:
        return b""
    due_ms = min(held.due_ms for held in queue)
    stored = [
        _Stored(
            held.first_ms,
            held.due_ms,
            held.score,
            held.holds,
            held.request.id,
            held.request.type,
            RANK[held.request.priority],
            held.request.at_ms,
            held.request.channels,
            held.request.not_before_ms,
            held.request.expires_at_ms,
            held.request.batch_key,
            held.request.campaign,
            held.request.data,
        )
        for held in queue
    ]
    return _HEAD.pack(_VERSION, due_ms, len(queue)) + _encoder.encode(stored)


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
    return any(held.request.id == request_id for held in unpack(section, ""))


def urgency(held: Held) -> tuple[int, float, int, str]:
    """Sort key: who goes first where only one can, by priority, then worth, then age."""
    return (RANK[held.request.priority], -held.score, held.request.at_ms, held.request.id)
