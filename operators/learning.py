"""The learn operator: one task a key; examples wait in the state and are folded into the model.

Every task gets every example, for the clocks of the partitions, and keeps those of its kind. At
each tick what is complete (`tactful.learning.order`) is learned in its one order, and the model,
what still waits, and the ids seen are written together. A crash between two ticks loses nothing:
the examples are in the checkpoint, or are read again. So a run that was killed ends with the
weights of one that was not.
"""

import logging
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from pyflink.datastream import KeyedProcessFunction, RuntimeContext
from pyflink.datastream.state import ListStateDescriptor, ValueStateDescriptor

from operators.crossing import Arrived, Emitted, unseal
from operators.deciding import BYTES, clock_ms
from operators.desk import letter
from operators.learn_metrics import LearnMetrics
from schemas.codec import decode_record, encode
from schemas.errors import DecodeError
from tactful import topics
from tactful.faults import without_values
from tactful.learning import Trainer, TrainerError
from tactful.learning.order import Clocks, Seen, Waiting, dump_waiting, load_waiting
from tactful.learning.publishing import Shelf
from tactful.learning.tasks import fault_of, of_kind
from tactful.models import Task
from tactful.records import DeadLetter, DeadLetterReason, Example

LOG = logging.getLogger(__name__)

FIRST = next(iter(Task))
"""The task that reports what all tasks find wrong."""

FOLD_MS = 5_000
"""Time between two ticks."""
PUBLISH_MS = 30_000
"""A task's snapshot goes out at most this often, and when nothing waits any more."""
MAX_FOLD = 10_000
"""Examples learned in one tick; the rest has the next, so that a backlog stops no checkpoint."""
IDLE_MS = 30_000
"""A partition that gave nothing for so long is not waited for."""


class Learning(KeyedProcessFunction):
    """Learns the task that is its key.

    Args:
        partitions: how many the topic of examples has.
        prefix: the first part of all topics' names.
        fold_ms, publish_ms, idle_ms: see the constants of these names.
        clock: gives the time, epoch milliseconds.
    """

    def __init__(
        self,
        partitions: int,
        prefix: str = topics.DEFAULT_PREFIX,
        *,
        fold_ms: int = FOLD_MS,
        publish_ms: int = PUBLISH_MS,
        idle_ms: int = IDLE_MS,
        clock: Callable[[], int] = clock_ms,
    ) -> None:
        self._partitions = partitions
        self._prefix = prefix
        self._fold_ms = fold_ms
        self._publish_ms = publish_ms
        self._idle_ms = idle_ms
        self._clock = clock

    def open(self, runtime_context: RuntimeContext) -> None:
        """Bind state and metrics; what is kept at hand dies with this instance."""
        self._metrics = LearnMetrics(runtime_context.get_metrics_group())
        self._model = runtime_context.get_state(ValueStateDescriptor("model", BYTES))
        self._marks = runtime_context.get_state(ValueStateDescriptor("seen", BYTES))
        self._clock_state = runtime_context.get_state(ValueStateDescriptor("clocks", BYTES))
        self._shelf_state = runtime_context.get_state(ValueStateDescriptor("shelf", BYTES))
        self._waiting = runtime_context.get_list_state(ListStateDescriptor("waiting", BYTES))
        self._knowledge = topics.name_of(topics.KNOWLEDGE, self._prefix)
        self._dead_letters = topics.name_of(topics.DEAD_LETTERS, self._prefix)
        self._tasks: dict[Task, _AtHand] = {}
        self._given_ms = dict.fromkeys(range(self._partitions), self._clock())

    def close(self) -> None:
        """Hand on the last counts."""
        self._metrics.flush()

    def process_element(self, value: bytes, ctx: Any) -> Iterable[Emitted]:
        """Let an example wait, or take in a pin."""
        arrived = unseal(value)
        task = Task(ctx.get_current_key())
        now_ms = self._clock()
        if arrived.topic == self._knowledge:
            return self._pin(task, arrived, now_ms, ctx)
        self._given_ms[arrived.partition] = now_ms
        example = _read(arrived)
        if isinstance(example, DeadLetter):
            return [self._dead(example, arrived, now_ms)] if task is FIRST else ()
        mine = self._at_hand(task)
        before = mine.clocks.at_ms.get(arrived.partition)
        place = mine.clocks.place(arrived.partition, example.labelled_at_ms)
        if place != before:
            self._clock_state.update(mine.clocks.dumps())
        if of_kind(task, example):
            if place < mine.learned_before:
                self._metrics.late.count((task.value,))
            self._waiting.add(
                dump_waiting(Waiting(place, example.labelled_at_ms, example.id, arrived.value))
            )
            self._tick(mine, now_ms, ctx)
        return ()

    def on_timer(self, timestamp: int, ctx: Any) -> Iterable[Emitted]:
        """Learn what is complete, and publish when it is time."""
        task = Task(ctx.get_current_key())
        now_ms = max(self._clock(), timestamp)
        mine = self._at_hand(task)
        mine.tick_ms = 0
        left = self._fold(task, mine, now_ms)
        emitted: list[Emitted] = []
        due = now_ms - mine.published_ms >= self._publish_ms
        if mine.news and (due or not left):
            emitted = self._publish(mine, now_ms)
        if left or mine.news:
            self._tick(mine, now_ms, ctx)
        self._metrics.flush()
        return emitted

    def _fold(self, task: Task, mine: "_AtHand", now_ms: int) -> int:
        """Learn all that is complete; returns how many still wait."""
        waiting = sorted(load_waiting(each) for each in self._waiting.get() or ())
        awake = [
            partition
            for partition, given_ms in self._given_ms.items()
            if now_ms - given_ms < self._idle_ms
        ]
        before = mine.clocks.complete_before(awake)
        number = 0 if before is None else bisect_left(waiting, before, key=_place)
        complete, left = waiting[:MAX_FOLD][:number], waiting[min(number, MAX_FOLD) :]
        if not complete:
            return len(left)
        for each in complete:
            if mine.seen.first_time(each.id):
                self._learn(task, mine.trainer, each)
            else:
                self._metrics.copies.count((task.value,))
        mine.learned_before = complete[-1].place
        mine.news = True
        # All of it in one go: a checkpoint has either everything of this fold or nothing.
        self._waiting.update([dump_waiting(each) for each in left])
        self._marks.update(mine.seen.dumps())
        self._model.update(mine.trainer.dumps())
        return len(left)

    def _learn(self, task: Task, trainer: Trainer, waiting: Waiting) -> None:
        example = decode_record(Example, waiting.value)
        try:
            learned = trainer.learn([example])
        except MemoryError:
            raise  # a restart is the cure
        except Exception as error:  # noqa: BLE001 - one example must not stop the job
            # The same example would fail after each restart, and the task would never go on.
            told = without_values(error, frames=None)
            LOG.error("task %s could not learn from an example: %s", task, told)  # noqa: TRY400
            self._metrics.failed.count((task.value,))
            return
        self._metrics.examples.count((task.value,))
        for _ in range(learned.drifts):
            self._metrics.drifts.count((task.value,))
            LOG.warning("task %s: drift; steps are larger for a while", task)

    def _publish(self, mine: "_AtHand", now_ms: int) -> list[Emitted]:
        records = mine.shelf.publish(mine.trainer, now_ms)
        mine.news = False
        mine.published_ms = now_ms
        if records:
            self._shelf_state.update(msgspec.msgpack.encode(mine.shelf))
            self._metrics.published.count((mine.trainer.task.value,))
        return [(self._knowledge, key.encode(), value) for key, value in records]

    def _pin(self, task: Task, arrived: Arrived, now_ms: int, ctx: Any) -> Iterable[Emitted]:
        mine = self._at_hand(task)
        if mine.shelf.pinned is not bool(arrived.value):
            mine.shelf.pin(arrived.value)
            self._shelf_state.update(msgspec.msgpack.encode(mine.shelf))
            mine.news = True
            self._tick(mine, now_ms, ctx)
        return ()

    def _tick(self, mine: "_AtHand", now_ms: int, ctx: Any) -> None:
        if not mine.tick_ms:
            mine.tick_ms = now_ms + self._fold_ms
            ctx.timer_service().register_processing_time_timer(mine.tick_ms)

    def _at_hand(self, task: Task) -> "_AtHand":
        """The state of the current key, read once."""
        mine = self._tasks.get(task)
        if mine is None:
            model = self._model.value()
            shelf = self._shelf_state.value()
            mine = self._tasks[task] = _AtHand(
                Clocks.loads(self._clock_state.value()),
                Seen(self._marks.value() or b""),
                _trainer(task, model),
                msgspec.msgpack.decode(shelf, type=Shelf) if shelf else Shelf(),
            )
            mine.news = model is not None  # what was learned but not published before a crash
        return mine

    def _dead(self, found: DeadLetter, arrived: Arrived, now_ms: int) -> Emitted:
        found = msgspec.structs.replace(found, topic=arrived.topic, seen_at_ms=now_ms)
        self._metrics.dead_letters.count((found.reason.value,))
        self._metrics.flush()
        return self._dead_letters, arrived.key, encode(found)


class _AtHand:
    """A task's state, kept in memory and written at each change."""

    __slots__ = (
        "clocks",
        "learned_before",
        "news",
        "published_ms",
        "seen",
        "shelf",
        "tick_ms",
        "trainer",
    )

    def __init__(self, clocks: Clocks, seen: Seen, trainer: Trainer, shelf: Shelf) -> None:
        self.clocks = clocks
        self.seen = seen
        self.trainer = trainer
        self.shelf = shelf
        self.learned_before = 0
        self.news = False
        self.published_ms = 0
        self.tick_ms = 0


def _place(waiting: Waiting) -> int:
    return waiting.place


def _trainer(task: Task, model: bytes | None) -> Trainer:
    if model is None:
        return Trainer(task)
    try:
        return Trainer.loads(model)
    except TrainerError:
        LOG.exception("task %s: its state can't be read, so nothing is learned over it", task)
        raise


def _read(arrived: Arrived) -> Example | DeadLetter:
    try:
        example = decode_record(Example, arrived.value)
    except DecodeError as error:
        return letter(arrived, DeadLetterReason.UNDECODABLE, str(error), error.field)
    fault = fault_of(example)
    if fault is not None:
        detail = f"example {example.id!r}: {fault}"
        return letter(arrived, DeadLetterReason.UNDECODABLE, detail, fault.split(":")[0])
    return example
