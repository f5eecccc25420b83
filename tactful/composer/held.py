"""Requests of one user that wait, or whose last attempt is watched: the next due moment first.

The held queue and the watched attempts are stored alike, a section each.
"""

import struct
from typing import Any, NamedTuple

import msgspec

from tactful.records import DigestItem, Priority, Reason, Request

# version, next due (0: none), how many, the policy they were decided under, whether one is eager
_HEAD = struct.Struct("<BQHI?")
_VERSION = 1

_PRIORITIES = (Priority.CRITICAL, Priority.HIGH, Priority.NORMAL, Priority.LOW)
RANK = {priority: rank for rank, priority in enumerate(_PRIORITIES)}


class Held(NamedTuple):
    """One request that waits.

    Attributes:
        request: what was asked, its priority settled.
        first_ms: when it was first seen; the wait for a better hour counts from here.
        due_ms: when it is decided again; of a watched attempt: when it escalates or ends.
        score: its worth at its last decision.
        holds: how often it was held.
        free_ms: the earliest moment of any channel; before `due_ms` while it waits for a better
            hour.
        attempt: which attempt waits; of a watched one: which was sent.
        tried: the channels of the attempts before; of a watched one, its own too.
        why: what a further attempt is for (`failover`, `escalation`); of a watched one:
            `escalation` if that is what its moment brings, None if it ends then.
        until_ms: when it ends, if that is before the request expires.
        merged: what a further attempt carries from its digest.
        own: the priority that the request itself names; a new policy settles it anew.
        told: a hash of what the ledger was last told of a hold.
        drawn_channel: the channel that was drawn to learn from; None for the best option.
        drawn_ms: the moment drawn with it.
        propensity: how likely the draw was, 1 where nothing was drawn.
    """

    request: Request
    first_ms: int
    due_ms: int = 0
    score: float = 0.0
    holds: int = 0
    free_ms: int = 0
    attempt: int = 1
    tried: tuple[str, ...] = ()
    why: Reason | None = None
    until_ms: int | None = None
    merged: tuple[DigestItem, ...] = ()
    own: Priority | None = None
    told: int = 0
    drawn_channel: str | None = None
    drawn_ms: int = 0
    propensity: float = 1.0

    @property
    def eager(self) -> bool:
        """Whether it waits for a better hour though it might go before."""
        return self.free_ms < self.due_ms


class _Stored(msgspec.Struct, array_like=True, frozen=True, omit_defaults=True):
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
    free_ms: int = 0
    attempt: int = 1
    tried: tuple[str, ...] = ()
    why: Reason | None = None
    until_ms: int | None = None
    merged: tuple[DigestItem, ...] = ()
    own: Priority | None = None
    told: int = 0
    drawn_channel: str | None = None
    drawn_ms: int = 0
    propensity: float = 1.0


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
            stored.free_ms,
            stored.attempt,
            stored.tried,
            stored.why,
            stored.until_ms,
            stored.merged,
            stored.own,
            stored.told,
            stored.drawn_channel,
            stored.drawn_ms,
            stored.propensity,
        )
        for stored in _decoder.decode(section[_HEAD.size :])
    ]


def pack(queue: list[Held], policy_mark: int = 0) -> bytes:
    """The bytes of a queue; an empty one takes none.

    Args:
        queue: in the order of arrival.
        policy_mark: `Knowledge.policy_mark` of the policy they were decided under.
    """
    if not queue:
        return b""
    stored = [
        _Stored(
            held.first_ms,
            held.due_ms,
            held.score,
            held.holds,
            held.request.id,
            held.request.type,
            rank(held.request),
            held.request.at_ms,
            held.request.channels,
            held.request.not_before_ms,
            held.request.expires_at_ms,
            held.request.batch_key,
            held.request.campaign,
            held.request.data,
            held.free_ms,
            held.attempt,
            held.tried,
            held.why,
            held.until_ms,
            held.merged,
            held.own,
            held.told,
            held.drawn_channel,
            held.drawn_ms,
            held.propensity,
        )
        for held in queue
    ]
    due_ms = min((held.due_ms for held in queue if held.due_ms), default=0)
    eager = any(held.eager for held in queue)
    return _HEAD.pack(_VERSION, due_ms, len(queue), policy_mark, eager) + _encoder.encode(stored)


class Head(NamedTuple):
    """What is read of a queue at each record, without decoding the rest."""

    due_ms: int
    size: int
    policy_mark: int
    eager: bool


def head(section: bytes) -> Head:
    """The head of a queue that is not empty."""
    return Head._make(_HEAD.unpack_from(section)[1:])


def next_due_ms(section: bytes) -> int | None:
    """When the first of the queue is due, None for an empty queue or one where nothing is."""
    return (int(_HEAD.unpack_from(section)[1]) or None) if section else None


def size(section: bytes) -> int:
    """How many wait."""
    return int(_HEAD.unpack_from(section)[2]) if section else 0


def contains(section: bytes, request_id: str) -> bool:
    """Whether a request is in the queue."""
    if request_id.encode() not in section:
        return False
    return any(held.request.id == request_id for held in unpack(section, ""))


def rank(request: Request) -> int:
    """The place of a request's priority, 0 for the most urgent."""
    return RANK[request.priority or Priority.NORMAL]


def urgency(held: Held) -> tuple[int, float, int, str]:
    """Sort key: who goes first where only one can, by priority, then worth, then age."""
    return (rank(held.request), -held.score, held.request.at_ms, held.request.id)
