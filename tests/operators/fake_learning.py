"""Flink for the learn operator: several states a key, told apart by their names, and timers."""

from collections.abc import Callable
from typing import Any

from fake_flink import Group, List, Value

from operators.crossing import Arrived, Emitted, seal
from operators.learning import Learning
from tactful.models import Task

START_MS = 1_000_000_000


class FakeLearnFlink:
    """Runs the operator; a new one with the `snapshot` of another is a restore."""

    def __init__(
        self, make: Callable[["FakeLearnFlink"], Learning], snapshot: "FakeLearnFlink | None" = None
    ) -> None:
        self.key = ""
        self.now_ms = START_MS if snapshot is None else snapshot.now_ms
        self.values: dict[str, Value] = {}
        self.lists: dict[str, List] = {}
        self.timers: set[tuple[int, str]] = set() if snapshot is None else set(snapshot.timers)
        self.counts: dict[tuple[str, ...], int] = {}
        self._old = snapshot
        self.operator = make(self)
        self.operator.open(self)

    # What the operator asks for

    def get_metrics_group(self) -> Group:
        return Group(self.counts)

    def get_state(self, descriptor: Any) -> Value:
        name = descriptor.get_name()
        state = self.values[name] = Value(self)  # type: ignore[arg-type]
        if self._old is not None:
            state.by_key |= self._old.values[name].by_key
        return state

    def get_list_state(self, descriptor: Any) -> List:
        name = descriptor.get_name()
        state = self.lists[name] = List(self)  # type: ignore[arg-type]
        if self._old is not None:
            state.by_key.update(
                {key: list(found) for key, found in self._old.lists[name].by_key.items()}
            )
        return state

    def get_current_key(self) -> str:
        return self.key

    def timer_service(self) -> "FakeLearnFlink":
        return self

    def register_processing_time_timer(self, at_ms: int) -> None:
        self.timers.add((at_ms, self.key))

    # What a test does

    def arrive(self, arrived: Arrived, *tasks: Task) -> list[Emitted]:
        """A record, fanned out to the tasks (all of them, if none is named)."""
        emitted: list[Emitted] = []
        for task in tasks or tuple(Task):
            self.key = task.value
            emitted += self.operator.process_element(seal(arrived), self)
        return emitted

    def until(self, now_ms: int) -> list[Emitted]:
        """Let time go on, and fire the timers due, those they set anew included."""
        emitted: list[Emitted] = []
        while due := sorted(timer for timer in self.timers if timer[0] <= now_ms):
            self.timers.remove(due[0])
            self.now_ms, self.key = max(self.now_ms, due[0][0]), due[0][1]
            emitted += self.operator.on_timer(due[0][0], self)
        self.now_ms = now_ms
        return emitted
