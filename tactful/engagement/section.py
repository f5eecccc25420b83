"""The engagement section in bytes: one entry a channel, found by its name."""

import struct
from collections.abc import Iterator
from typing import Any

from tactful.records import Outcome

MAX_CHANNELS = 16
"""Channels kept per user; a further one is not counted."""

OUTCOMES = tuple(Outcome)
_MAX_COUNT = 0xFFFF

# sent, one count an outcome (saturating), decayed sends and engagements, times
_ENTRY = struct.Struct(f"<I{len(OUTCOMES)}HffQQQ")


class ChannelCounts:
    """What is known of one channel.

    `sent_weight` and `engaged_weight` are decayed up to `weighed_at_ms`.
    """

    __slots__ = (
        "engaged_weight",
        "last_engaged_ms",
        "last_sent_ms",
        "outcomes",
        "sent",
        "sent_weight",
        "weighed_at_ms",
    )

    def __init__(self) -> None:
        self.sent = 0
        self.outcomes = [0] * len(OUTCOMES)
        self.sent_weight = 0.0
        self.engaged_weight = 0.0
        self.weighed_at_ms = 0
        self.last_sent_ms = 0
        self.last_engaged_ms = 0

    def decay_to(self, at_ms: int, half_life_ms: int) -> None:
        """Bring the weights to a moment; an earlier one leaves them."""
        if at_ms > self.weighed_at_ms:
            factor = decay(self.weighed_at_ms, at_ms, half_life_ms)
            self.sent_weight *= factor
            self.engaged_weight *= factor
            self.weighed_at_ms = at_ms

    def count(self, outcome: Outcome) -> None:
        """One more of an outcome."""
        index = OUTCOMES.index(outcome)
        self.outcomes[index] = min(self.outcomes[index] + 1, _MAX_COUNT)


def decay(from_ms: int, to_ms: int, half_life_ms: int) -> float:
    """2^(-(to - from) / half-life), 1 when `to` is not later."""
    return 1.0 if to_ms <= from_ms else 0.5 ** ((to_ms - from_ms) / half_life_ms)


def entries(section: bytes) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The channels' names and raw fields (sent, outcomes, weights, times) as they are stored."""
    at = 0
    while at < len(section):
        start = at + 1
        end = start + section[at]
        yield section[start:end].decode(), _ENTRY.unpack_from(section, end)
        at = end + _ENTRY.size


def unpack(section: bytes) -> dict[str, ChannelCounts]:
    """The channels in the order they were first used."""
    channels = {}
    for name, fields in entries(section):
        counts = channels[name] = ChannelCounts()
        (
            counts.sent,
            *counts.outcomes,
            counts.sent_weight,
            counts.engaged_weight,
            counts.weighed_at_ms,
            counts.last_sent_ms,
            counts.last_engaged_ms,
        ) = fields
    return channels


def pack(channels: dict[str, ChannelCounts]) -> bytes:
    """The bytes of a section."""
    pieces: list[bytes] = []
    for name, counts in channels.items():
        encoded = name.encode()
        pieces += (
            bytes((len(encoded),)),
            encoded,
            _ENTRY.pack(
                counts.sent,
                *counts.outcomes,
                counts.sent_weight,
                counts.engaged_weight,
                counts.weighed_at_ms,
                counts.last_sent_ms,
                counts.last_engaged_ms,
            ),
        )
    return b"".join(pieces)
