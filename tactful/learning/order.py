"""One order of examples, in whatever order their partitions are read; and each of them once.

An example's place is its time of label, or that of a record before it in its partition if that was
later: so places never fall along a partition, and what a partition has still to give lies at or
after the place of what it gave last. What lies before the least such place over all partitions is
complete, and is learned in the order of (place, time of label, id). Nothing in this depends on when
records arrive, so a run that is read again from a checkpoint learns the same examples in the same
order; only a partition that was given up as idle, and then has old examples after all, can differ.
"""

from collections.abc import Iterable
from hashlib import blake2b

import msgspec

SEEN = 16_384
"""Ids remembered: copies come when the decide job reads again what it had since a checkpoint."""
MARK_BYTES = 8


class Clocks:
    """How far each partition has got, epoch milliseconds of labels."""

    def __init__(self, at_ms: dict[int, int] | None = None) -> None:
        self.at_ms = at_ms or {}

    def place(self, partition: int, labelled_at_ms: int) -> int:
        """The place of a partition's next record, which moves its clock."""
        placed = max(labelled_at_ms, self.at_ms.get(partition, labelled_at_ms))
        self.at_ms[partition] = placed
        return placed

    def complete_before(self, partitions: Iterable[int]) -> int | None:
        """Nothing before this place can come any more from these partitions.

        None if one of them has given nothing yet. Without any partition, everything is complete.
        """
        least = FOREVER
        for partition in partitions:
            at_ms = self.at_ms.get(partition)
            if at_ms is None:
                return None
            least = min(least, at_ms)
        return least

    def dumps(self) -> bytes:
        """The state."""
        return msgspec.msgpack.encode(self.at_ms)

    @classmethod
    def loads(cls, value: bytes | None) -> "Clocks":
        """What `dumps` gave; None is a blank one."""
        return cls(msgspec.msgpack.decode(value, type=dict[int, int]) if value else None)


FOREVER = (1 << 63) - 1


class Waiting(msgspec.Struct, frozen=True, array_like=True, order=True):
    """An example that waits until all before it are known; they sort in the order of learning.

    Attributes:
        place: see above.
        labelled_at_ms: when its label was known.
        id: the example's.
        value: the record's bytes.
    """

    place: int
    labelled_at_ms: int
    id: str
    value: bytes


_waiting = msgspec.msgpack.Decoder(Waiting)


def dump_waiting(waiting: Waiting) -> bytes:
    """One that waits, as the state has it."""
    return msgspec.msgpack.encode(waiting)


def load_waiting(value: bytes) -> Waiting:
    """What `dump_waiting` gave."""
    return _waiting.decode(value)


class Seen:
    """The ids met last, by a hash of eight bytes.

    Args:
        marks: what `dumps` gave.
        most: how many are remembered.
    """

    def __init__(self, marks: bytes = b"", most: int = SEEN) -> None:
        self._most = most
        # A dict keeps the order in which they came.
        self._marks = dict.fromkeys(
            marks[at : at + MARK_BYTES] for at in range(0, len(marks), MARK_BYTES)
        )

    def first_time(self, name: str) -> bool:
        """Whether an id is new; from now on it is not."""
        mark = blake2b(name.encode(), digest_size=MARK_BYTES).digest()
        if mark in self._marks:
            return False
        self._marks[mark] = None
        if len(self._marks) > self._most:
            del self._marks[next(iter(self._marks))]
        return True

    def dumps(self) -> bytes:
        """The state."""
        return b"".join(self._marks)
