"""What of a model goes out: the live snapshot, and a bounded history to go back to."""

import msgspec

from tactful.knowledge import MODEL_KEY
from tactful.learning.trainer import Trainer
from tactful.local_time import HOUR_MS
from tactful.models import encode_snapshot
from tactful.models.keys import history_key

KEPT = 24
"""Versions of a task that one can go back to."""
HISTORY_MS = HOUR_MS
"""A version is added to them at most this often."""

Record = tuple[str, bytes]
"""Key and value of a knowledge record; an empty value takes the key back."""


class Shelf(msgspec.Struct):
    """What was published of a task.

    Attributes:
        live: the version published last.
        pinned: whether another one was made live by hand.
        kept: the versions in the history, the oldest first.
        kept_at_ms: when the newest of them was added.
    """

    live: str = ""
    pinned: bool = False
    kept: list[str] = []
    kept_at_ms: int = 0

    def pin(self, value: bytes) -> None:
        """Take in a pin, or its removal. After that the next publication goes out in any case."""
        self.pinned = bool(value)
        if not self.pinned:
            self.live = ""

    def publish(self, trainer: Trainer, now_ms: int) -> list[Record]:
        """The records that make the trainer's snapshot live; none if nothing is new.

        Args:
            trainer: the task's.
            now_ms: the clock, epoch milliseconds; only the history goes by it.
        """
        if not trainer.ready:
            return []
        snapshot = trainer.snapshot(trainer.labelled_at_ms)
        if snapshot.version == self.live:
            return []
        value = encode_snapshot(snapshot)
        records: list[Record] = []
        if not self.pinned:
            self.live = snapshot.version
            records.append((MODEL_KEY + trainer.task, value))
        if snapshot.version not in self.kept and now_ms - self.kept_at_ms >= HISTORY_MS:
            self.kept.append(snapshot.version)
            self.kept_at_ms = now_ms
            records.append((history_key(trainer.task, snapshot.version), value))
            while len(self.kept) > KEPT:
                records.append((history_key(trainer.task, self.kept.pop(0)), b""))
        return records
