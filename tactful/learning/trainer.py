"""`Trainer`: one task's learning, whatever its form, with a state that is bytes."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol
from zlib import crc32

import msgspec

from tactful.learning.census import Census
from tactful.learning.logistic import LogisticTrainer
from tactful.learning.pickles import PickleError
from tactful.learning.rates import RatesTrainer
from tactful.learning.tasks import LOGISTIC, of_kind
from tactful.learning.uplift import UpliftTrainer
from tactful.models import Snapshot, Task, encode_snapshot
from tactful.records import Example

_MAGIC = b"TL"
_VERSION = 1
_START = _MAGIC + bytes((_VERSION,))


class TrainerError(ValueError):
    """Bytes that are no trainer's state: what was found, what is allowed."""


class Inner(Protocol):
    """What a trainer of one form does."""

    census: Census

    @property
    def ready(self) -> bool:
        """Whether its snapshot is of use."""
        ...

    def learn(self, example: Example) -> bool:
        """Learn from one example; whether drift was found."""
        ...

    def fill(self, version: str, now_ms: int) -> Snapshot:
        """The snapshot."""
        ...

    def numbers(self) -> dict[str, Any]:
        """The whole state."""
        ...

    def restore(self, numbers: dict[str, Any]) -> None:
        """Go on from `numbers`."""
        ...


class Learned(NamedTuple):
    """What became of examples.

    Attributes:
        taken: those that the task learned from, corrections included.
        drifts: how often drift was found.
    """

    taken: int
    drifts: int


class Trainer:
    """Learns one task from examples; pure: the same examples in order give the same bytes.

    Args:
        task: which one.

    >>> trainer = Trainer("engagement")
    >>> trainer.snapshot(now_ms=0).task, trainer.ready
    (<Task.ENGAGEMENT: 'engagement'>, False)
    """

    def __init__(self, task: str) -> None:
        self.task = Task(task)
        self._inner: Inner = TASKS[self.task]()

    @property
    def ready(self) -> bool:
        """Whether it has seen enough for its snapshot to be of use."""
        return self._inner.ready

    @property
    def examples(self) -> int:
        """How many it has learned from; corrections are not counted."""
        return self._inner.census.examples

    @property
    def labelled_at_ms(self) -> int:
        """When the newest label it has learned was known, epoch milliseconds; 0 before any."""
        return self._inner.census.labelled_at_ms

    def learn(self, examples: Iterable[Example]) -> Learned:
        """Learn from examples, one after the other in the order given.

        Each is predicted and measured before it is learned. Those of another kind than the task's
        are passed over. A correction takes one step with the new label and takes one with the old
        label back.
        """
        inner, task = self._inner, self.task
        taken = drifts = 0
        for example in examples:
            if of_kind(task, example):
                drifts += inner.learn(example)
                taken += 1
        return Learned(taken, drifts)

    def predict(self, features: Mapping[str, float]) -> float:
        """The probability of a yes by River's own pipeline, as it stands; logistic tasks only."""
        if not isinstance(self._inner, LogisticTrainer):
            raise TypeError(f"{self.task} gives no probability")
        return self._inner.predict(features)

    def snapshot(self, now_ms: int) -> Snapshot:
        """What decisions need, as plain numbers.

        The version names the task, the number of examples, and a sum over all numbers.

        Args:
            now_ms: as of when, epoch milliseconds; it becomes the snapshot's `trained_at_ms`.
        """
        found = self._inner.fill("none", now_ms)
        mark = crc32(encode_snapshot(found))
        version = f"{self.task}-{found.examples:06d}-{mark:08x}"
        return msgspec.structs.replace(found, version=version)

    def dumps(self) -> bytes:
        """The whole state; `loads` goes on from it as if nothing had been."""
        body = msgspec.msgpack.encode([self.task.value, self._inner.numbers()])
        return _START + crc32(body).to_bytes(4, "little") + body

    @classmethod
    def loads(cls, value: bytes) -> "Trainer":
        """The trainer that `dumps` gave.

        Raises:
            TrainerError: these are no such bytes, damaged ones, those of a newer version, or ones
                that would run code.
        """
        if not value.startswith(_START):
            raise TrainerError(
                f"trainer: found {value[:3]!r}, allowed: {_MAGIC + b'%c' % _VERSION!r}"
            )
        body = value[7:]
        if crc32(body).to_bytes(4, "little") != value[3:7]:
            raise TrainerError("trainer: found damaged bytes, allowed: as they were written")
        task, numbers = msgspec.msgpack.decode(body)
        trainer = cls(task)
        try:
            trainer._inner.restore(numbers)
        except PickleError as error:
            raise TrainerError(f"trainer of {task}: {error}") from error
        return trainer


TASKS: dict[Task, Callable[[], Inner]] = {
    **{task: partial(LogisticTrainer, task) for task in LOGISTIC},
    Task.RATES: RatesTrainer,
    Task.UPLIFT: UpliftTrainer,
}
"""What makes a blank trainer of each task."""

assert set(TASKS) == set(Task)
