"""A log lived through `step` and learned from on the way, each send predicted as of its moment.

The same functions run as in production: `step` decides and sends, waits for the answer and emits
the example; trainers learn from examples in the order of their labels; a snapshot goes back into
the knowledge, and a send is predicted from the snapshot of its moment. Only the clock is the log's.
"""

import heapq
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import msgspec

from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.ids import decision_id
from tactful.knowledge import MODEL_KEY, Knowledge
from tactful.learning.trainer import Trainer
from tactful.local_time import HOUR_MS
from tactful.models import LogisticModel, Task, encode_snapshot
from tactful.policy import (
    ChannelPolicy,
    ConsentMode,
    NotificationType,
    Policy,
    Purpose,
    Timing,
)
from tactful.policy.model import Limits
from tactful.records import (
    Decision,
    Event,
    Example,
    ExampleKind,
    Feedback,
    ProfileUpdate,
    Request,
    Wakeup,
)
from tactful.records.common import MAX_TIME_MS

REFRESH_MS = HOUR_MS
"""New snapshots are taken into use at most this often, in the log's time."""

_SLACK_MS = 1
"""A window ends this long after its last label is told."""


Lived = Event | Request | Feedback | ProfileUpdate


class Scored(NamedTuple):
    """A send of the log: what was predicted at its moment, and what came of it.

    Attributes:
        user_id: whose.
        at_ms: when it was sent.
        sends: how many sends of the user the log had before.
        prob: the probability of an engagement, from the snapshot of that moment.
        engaged: what came of it.
        sent_before: how many examples that snapshot had learned from.
    """

    user_id: str
    at_ms: int
    sends: int
    prob: float
    engaged: bool
    sent_before: int


class Lesson(NamedTuple):
    """What a replay gave.

    Attributes:
        rows: the sends in the order of their times.
        trainers: as they were at the end.
        unsent: requests that were not sent at their moment.
    """

    rows: list[Scored]
    trainers: dict[Task, Trainer]
    unsent: int


def as_logged(records: Iterable[Lived], labels_after_ms: int) -> Policy:
    """A policy that sends each request of a log at once: what was sent was sent.

    Args:
        records: the log.
        labels_after_ms: how long after a send its label is known.
    """
    types: dict[str, dict[str, None]] = {}
    for record in records:
        if isinstance(record, Request):
            types.setdefault(record.type, {}).update(dict.fromkeys(record.channels or ("any",)))
    channels = {name for names in types.values() for name in names}
    return Policy(
        version="as-logged",
        types={
            name: NotificationType(Purpose.MARKETING, tuple(names)) for name, names in types.items()
        },
        channels={
            name: ChannelPolicy(label_window_ms=labels_after_ms + _SLACK_MS)
            for name in sorted(channels)
        },
        consent=dict.fromkeys(Purpose, ConsentMode.OPT_OUT),
        quiet_hours=None,
        caps=(),
        timing=Timing(best_time_within_ms={}),
        limits=Limits(label_windows=256),
    )


def delayed(records: Iterable[Lived], labels_after_ms: int) -> list[Lived]:
    """The log with each answer told when its label is old enough, not before.

    Args:
        records: in any order.
        labels_after_ms: the age of a label at which it may be used.
    """
    lived = list(records)
    sent_ms = {
        decision_id(each.user_id, each.id): each.at_ms
        for each in lived
        if isinstance(each, Request)
    }
    return [
        msgspec.structs.replace(each, at_ms=sent_ms[each.decision_id] + labels_after_ms)
        if isinstance(each, Feedback) and each.decision_id in sent_ms
        else each
        for each in lived
    ]


class _Replay:
    """One pass over a log."""

    def __init__(self, policy: Policy, tasks: Sequence[Task], refresh_ms: int) -> None:
        self.knowledge = Knowledge(policy)
        self.trainers = {task: Trainer(task) for task in tasks}
        self.rows: list[Scored] = []
        self.sent = 0
        self._refresh_ms = refresh_ms
        self._refreshed_ms = 0
        self._news = False
        self._model = self._snapshot(0)
        self._users: dict[str, UserState] = {}
        self._due: list[tuple[int, str]] = []
        self._waiting: dict[str, tuple[int, LogisticModel]] = {}
        self._sends: dict[str, int] = {}

    def until(self, at_ms: int) -> None:
        """Wake everyone who is due before a moment, in the order of their dues."""
        while self._due and self._due[0][0] < at_ms:
            due_ms, user_id = heapq.heappop(self._due)
            state = self._users[user_id]
            if state.wakeup_ms is not None and state.wakeup_ms <= due_ms:
                self._step(state, Wakeup(), due_ms)

    def take(self, record: Lived) -> None:
        """One record."""
        state = self._users.get(record.user_id) or UserState(record.user_id)
        self._step(state, record, record.at_ms)

    def _step(self, state: UserState, record: Lived | Wakeup, now_ms: int) -> None:
        if self._news and now_ms - self._refreshed_ms >= self._refresh_ms:
            self._refresh(now_ms)
        effects = step(state, record, now_ms, self.knowledge)
        after = effects.state
        self._users[state.user_id] = after
        if after.wakeup_ms is not None and after.wakeup_ms != state.wakeup_ms:
            heapq.heappush(self._due, (after.wakeup_ms, state.user_id))
        for output in effects.outputs:
            if isinstance(output, Decision):
                before = self._sends.get(state.user_id, 0)
                self._sends[state.user_id] = before + 1
                self._waiting[output.decision_id] = before, self._model
                self.sent += 1
            elif isinstance(output, Example):
                self._learn(output)

    def _learn(self, example: Example) -> None:
        if example.kind is ExampleKind.SEND and example.decision_id in self._waiting:
            sends, model = self._waiting.pop(example.decision_id)
            self.rows.append(
                Scored(
                    example.user_id,
                    example.at_ms,
                    sends,
                    model.predict(example.features),
                    bool(example.labels["engaged"]),
                    model.examples,
                )
            )
        for trainer in self.trainers.values():
            trainer.learn([example])
        self._news = True

    def _refresh(self, now_ms: int) -> None:
        self._news, self._refreshed_ms = False, now_ms
        self._model = self._snapshot(now_ms)
        rates = self.trainers.get(Task.RATES)
        if rates is not None:
            # The features lean on it. The other models would move the sends, which are the log's.
            value = encode_snapshot(rates.snapshot(now_ms))
            self.knowledge = self.knowledge.with_update(MODEL_KEY + Task.RATES, value)

    def _snapshot(self, now_ms: int) -> LogisticModel:
        return LogisticModel(self.trainers[Task.ENGAGEMENT].snapshot(now_ms))


def replay(
    records: Iterable[Lived],
    *,
    labels_after_ms: int,
    tasks: Sequence[Task] = (Task.ENGAGEMENT, Task.RATES),
    refresh_ms: int = REFRESH_MS,
    progress: Callable[[float], None] = lambda _part: None,
) -> Lesson:
    """Live through a log, learn from it, and say what was predicted of each of its sends.

    Args:
        records: in any order; each request stands for a send at its `at_ms`.
        labels_after_ms: no label younger than this is used, neither in features nor by a model.
        tasks: what to learn; `engagement` must be among them.
        refresh_ms: how often new snapshots are taken into use.
        progress: told the part done, 0 to 1.
    """
    lived = delayed(records, labels_after_ms)
    lived.sort(key=_place)
    run = _Replay(as_logged(lived, labels_after_ms), tasks, refresh_ms)
    requests = 0
    for number, record in enumerate(lived):
        if number % 1000 == 0:
            progress(number / len(lived))
        run.until(record.at_ms)
        run.take(record)
        requests += isinstance(record, Request)
    run.until(MAX_TIME_MS)
    run.rows.sort(key=lambda row: (row.at_ms, row.user_id))
    progress(1.0)
    return Lesson(run.rows, run.trainers, requests - run.sent)


_ORDER = {ProfileUpdate: 0, Event: 1, Feedback: 2, Request: 3}


def _place(record: Lived) -> tuple[int, int, str]:
    return record.at_ms, _ORDER[type(record)], record.id
