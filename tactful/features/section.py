"""The features section in bytes: what labelled sends have taught, and how much was sent lately.

An exponential average over sends begins from nothing and takes a share (1 - d) of each new label
y, d = 2^(-1 / half-life):

    s(n) = d s(n - 1) + (1 - d) y(n),  s(0) = 0

Kept are n and s. The prior comes in when the average is read (`tactful.features.values.average`),
as one more label, and may have learnt since.
"""

import struct

MAX_CHANNELS = 16
"""Channels remembered per user; the one whose labels are oldest gives way to a further one."""

MAX_TYPES = 24
"""Notification types remembered per user, likewise."""

_VERSION = 1
# version, labels, three averages, dosage, its moment, first send, numbers of types and channels
_HEAD = struct.Struct("<BIddddQQBB")
# tag, average, labels
_ENTRY = struct.Struct("<IfI")


class Evidence:
    """The section taken apart.

    Attributes:
        labels: how many sends were labelled.
        slow, fast: averages of "engaged", without their priors.
        negative: average of "dismissed, unsubscribed or complained", without its prior.
        dosage: the sends, each halved at each half-life, as of `dosage_at_ms`.
        first_sent_ms: the first send, 0 for none.
        types, channels: by tag the average of "engaged" and its number of labels, the one updated
            longest ago first.
    """

    __slots__ = (
        "channels",
        "dosage",
        "dosage_at_ms",
        "fast",
        "first_sent_ms",
        "labels",
        "negative",
        "slow",
        "types",
    )

    def __init__(self) -> None:
        self.labels = 0
        self.slow = 0.0
        self.fast = 0.0
        self.negative = 0.0
        self.dosage = 0.0
        self.dosage_at_ms = 0
        self.first_sent_ms = 0
        self.types: dict[int, tuple[float, int]] = {}
        self.channels: dict[int, tuple[float, int]] = {}


def unpack(section: bytes) -> Evidence:
    """The evidence; an empty section is a user to whom nothing was sent."""
    found = Evidence()
    if not section:
        return found
    (
        _,
        found.labels,
        found.slow,
        found.fast,
        found.negative,
        found.dosage,
        found.dosage_at_ms,
        found.first_sent_ms,
        types,
        _,
    ) = _HEAD.unpack_from(section)
    for place, (tag, average, labels) in enumerate(_ENTRY.iter_unpack(section[_HEAD.size :])):
        table = found.types if place < types else found.channels
        table[tag] = average, labels
    return found


def pack(evidence: Evidence) -> bytes:
    """The bytes of a section."""
    pieces = [
        _HEAD.pack(
            _VERSION,
            evidence.labels,
            evidence.slow,
            evidence.fast,
            evidence.negative,
            evidence.dosage,
            evidence.dosage_at_ms,
            evidence.first_sent_ms,
            len(evidence.types),
            len(evidence.channels),
        )
    ]
    for table in (evidence.types, evidence.channels):
        pieces += (_ENTRY.pack(tag, *entry) for tag, entry in table.items())
    return b"".join(pieces)
