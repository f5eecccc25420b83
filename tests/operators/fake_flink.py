"""Flink's state, timers and metrics for one operator, in memory and under the test's control."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from operators.crossing import Arrived, Emitted, seal
from operators.deciding import Deciding


class Value:
    """Keyed value state: bytes, as Flink keeps them; a descriptor's name tells states apart."""

    def __init__(self, backend: "FakeFlink") -> None:
        self._backend = backend
        self.by_key: dict[str, bytes] = {}

    def value(self) -> bytes | None:
        return self.by_key.get(self._backend.key)

    def update(self, value: bytes) -> None:
        assert type(value) is bytes
        self.by_key[self._backend.key] = value


class Map:
    """Keyed map state."""

    def __init__(self, backend: "FakeFlink") -> None:
        self._backend = backend
        self.by_key: dict[str, dict[Any, bytes]] = defaultdict(dict)

    def get(self, key: Any) -> bytes | None:
        return self.by_key[self._backend.key].get(key)

    def put(self, key: Any, value: bytes) -> None:
        assert type(value) is bytes
        self.by_key[self._backend.key][key] = value

    def remove(self, key: Any) -> None:
        del self.by_key[self._backend.key][key]


class List:
    """Keyed list state."""

    def __init__(self, backend: "FakeFlink") -> None:
        self._backend = backend
        self.by_key: dict[str, list[bytes]] = defaultdict(list)

    def get(self) -> list[bytes]:
        return list(self.by_key[self._backend.key])

    def add(self, value: bytes) -> None:
        assert type(value) is bytes
        self.by_key[self._backend.key].append(value)

    def update(self, values: list[bytes]) -> None:
        self.by_key[self._backend.key] = list(values)


class Broadcast(dict[str, bytes]):
    """Broadcast state."""

    def put(self, key: str, value: bytes) -> None:
        self[key] = value


class Group:
    """A metric group; all counters end in one dictionary by path."""

    def __init__(self, counts: dict[tuple[str, ...], int], path: tuple[str, ...] = ()) -> None:
        self._counts = counts
        self._path = path

    def add_group(self, name: str, extra: str | None = None) -> "Group":
        assert type(name) is str
        assert extra is None or type(extra) is str, "the JVM takes no subclass of str"
        return Group(self._counts, (*self._path, name) + (() if extra is None else (extra,)))

    def counter(self, name: str) -> "Group":
        self._counts.setdefault((*self._path, name), 0)
        return Group(self._counts, (*self._path, name))

    def inc(self, number: int) -> None:
        self._counts[self._path] += number


class FakeFlink:
    """Runs one operator: sets the key, keeps the state, fires timers in order.

    A new one with the `snapshot` of another is what Flink makes of a restore.
    """

    def __init__(self, operator: Deciding, snapshot: "FakeFlink | None" = None) -> None:
        self.key = ""
        self.watermark_ms = -(1 << 63)
        self.processing: set[tuple[int, str]] = set()
        self.event: set[tuple[int, str]] = set()
        self.values = Value(self)
        self.maps = Map(self)
        self.broadcast = Broadcast()
        self.counts: dict[tuple[str, ...], int] = {}
        if snapshot is not None:
            self.processing |= snapshot.processing
            self.event |= snapshot.event
            self.values.by_key |= snapshot.values.by_key
            self.maps.by_key |= {key: dict(found) for key, found in snapshot.maps.by_key.items()}
            self.broadcast |= snapshot.broadcast
        self.operator = operator
        operator.open(self)

    # What the operator asks for

    def get_metrics_group(self) -> Group:
        return Group(self.counts)

    def get_state(self, descriptor: Any) -> Value:  # noqa: ARG002 - Flink's signature
        return self.values

    def get_map_state(self, descriptor: Any) -> Map:  # noqa: ARG002
        return self.maps

    def get_broadcast_state(self, descriptor: Any) -> Broadcast:  # noqa: ARG002
        return self.broadcast

    def get_index_of_this_subtask(self) -> int:
        return 0

    def get_current_key(self) -> str:
        return self.key

    def timer_service(self) -> "FakeFlink":
        return self

    def current_watermark(self) -> int:
        return self.watermark_ms

    def register_processing_time_timer(self, at_ms: int) -> None:
        self.processing.add((at_ms, self.key))

    def register_event_time_timer(self, at_ms: int) -> None:
        self.event.add((at_ms, self.key))

    # What a test does

    def arrive(self, arrived: Arrived) -> list[Emitted]:
        self.key = arrived.key.decode(errors="replace")
        return list(self.operator.process_element(seal(arrived), self))

    def know(self, arrived: Arrived) -> list[Emitted]:
        row = (arrived.key.decode(), seal(arrived))
        return list(self.operator.process_broadcast_element(row, self))

    def fire_processing(self, until_ms: int) -> list[Emitted]:
        """Fire the processing-time timers due; those they set anew stay for the next time."""
        due = sorted(timer for timer in self.processing if timer[0] <= until_ms)
        self.processing -= set(due)
        return [out for timer in due for out in self._fire(timer)]

    def advance(self, watermark_ms: int) -> list[Emitted]:
        """Advance the watermark and fire event-time timers, those they set anew included."""
        self.watermark_ms = watermark_ms
        emitted: list[Emitted] = []
        while due := [timer for timer in self.event if timer[0] <= watermark_ms]:
            first = min(due)
            self.event.remove(first)
            emitted.extend(self._fire(first))
        return emitted

    def _fire(self, timer: tuple[int, str]) -> Iterable[Emitted]:
        at_ms, self.key = timer
        return list(self.operator.on_timer(at_ms, self))
