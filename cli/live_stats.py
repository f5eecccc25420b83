"""What the last minute looked like: counted from ledger and dead letters, without a clock."""

import collections
import dataclasses
from collections.abc import Iterable

from tactful.records import DeadLetter, LedgerEntry, Verdict

WINDOW_S = 60
_MAX_KNOWN = 200_000
_BARS = " ▁▂▃▄▅▆▇█"

Key = tuple[str, str, str]
"""Verdict, reason, channel (`-` when none was chosen)."""


@dataclasses.dataclass
class _Second:
    verdicts: collections.Counter[Key] = dataclasses.field(default_factory=collections.Counter)
    dead: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    decision_lags_ms: list[int] = dataclasses.field(default_factory=list)
    pipeline_lags_ms: list[int] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Lag:
    """Percentiles of a lag in milliseconds, and of how many records."""

    count: int
    p50_ms: int
    p95_ms: int
    p99_ms: int

    def __str__(self) -> str:
        return f"p50 {self.p50_ms} ms, p95 {self.p95_ms} ms, p99 {self.p99_ms} ms"


def percentiles(lags_ms: Iterable[int]) -> Lag | None:
    """The percentiles by nearest rank; None without a record.

    >>> percentiles([1, 2, 3, 4])
    Lag(count=4, p50_ms=2, p95_ms=4, p99_ms=4)
    """
    ordered = sorted(lags_ms)
    if not ordered:
        return None
    n = len(ordered)
    p50, p95, p99 = (ordered[max(0, -(-n * part // 100) - 1)] for part in (50, 95, 99))
    return Lag(n, p50, p95, p99)


def spark(values: Iterable[int]) -> str:
    """Numbers as a line of bars; a number above 0 is never invisible.

    >>> spark([0, 1, 8])
    ' ▁█'
    """
    numbers = list(values)
    top = max(numbers, default=0)
    return "".join(_BARS[-(-v * (len(_BARS) - 1) // top)] if top else " " for v in numbers)


class LiveStats:
    """Counts by second over a window that slides, and totals since it began.

    Seconds are those of Kafka's timestamps, so that a reader that starts late, or reads in
    bursts, draws the same picture.
    """

    def __init__(self, window_s: int = WINDOW_S) -> None:
        self.window_s = window_s
        self.totals: collections.Counter[Key] = collections.Counter()
        self.dead: collections.Counter[str] = collections.Counter()
        self.all_decision_lags_ms: collections.deque[int] = collections.deque(maxlen=_MAX_KNOWN)
        self.all_pipeline_lags_ms: collections.deque[int] = collections.deque(maxlen=_MAX_KNOWN)
        self._seconds: dict[int, _Second] = {}
        self._asked: collections.OrderedDict[str, int] = collections.OrderedDict()
        self._waiting: collections.OrderedDict[str, None] = collections.OrderedDict()
        self._first_seen: collections.OrderedDict[str, None] = collections.OrderedDict()

    def request(self, request_id: str, written_ms: int) -> None:
        """A request was seen in Kafka: its pipeline lag runs from here."""
        self._asked.setdefault(request_id, written_ms)
        _bound(self._asked)

    def ledger(self, entry: LedgerEntry, written_ms: int) -> None:
        """A verdict was seen in Kafka."""
        key = (entry.verdict.value, entry.reason.value, entry.channel or "-")
        second = self._second(written_ms)
        second.verdicts[key] += 1
        self.totals[key] += 1
        if entry.verdict is Verdict.HOLD:
            self._waiting[entry.request_id] = None
            _bound(self._waiting)
        else:
            self._waiting.pop(entry.request_id, None)
        if entry.request_id in self._first_seen:
            return  # a later verdict on a held one says nothing about speed
        self._first_seen[entry.request_id] = None
        _bound(self._first_seen)
        lag_ms = max(0, entry.decided_at_ms - entry.requested_at_ms)
        second.decision_lags_ms.append(lag_ms)
        self.all_decision_lags_ms.append(lag_ms)
        asked_ms = self._asked.pop(entry.request_id, None)
        if asked_ms is not None:
            second.pipeline_lags_ms.append(max(0, written_ms - asked_ms))
            self.all_pipeline_lags_ms.append(max(0, written_ms - asked_ms))

    def dead_letter(self, letter: DeadLetter, written_ms: int) -> None:
        """A dead letter was seen in Kafka."""
        self._second(written_ms).dead[letter.reason.value] += 1
        self.dead[letter.reason.value] += 1

    @property
    def held(self) -> int:
        """How many requests wait, of those seen."""
        return len(self._waiting)

    def window(self, now_ms: int, seconds: int | None = None) -> list[_Second]:
        """The last seconds that are complete, oldest first."""
        last = now_ms // 1000
        span = seconds or self.window_s
        empty = _Second()
        return [self._seconds.get(s, empty) for s in range(last - span, last)]

    def verdicts(self, now_ms: int, seconds: int | None = None) -> collections.Counter[Key]:
        """Verdicts of the last seconds."""
        out: collections.Counter[Key] = collections.Counter()
        for second in self.window(now_ms, seconds):
            out.update(second.verdicts)
        return out

    def per_second(self, now_ms: int) -> list[int]:
        """Verdicts in each second of the window, oldest first."""
        return [second.verdicts.total() for second in self.window(now_ms)]

    def lags(self, now_ms: int, seconds: int | None = None) -> tuple[Lag | None, Lag | None]:
        """Decision lag and pipeline lag of the last seconds."""
        window = self.window(now_ms, seconds)
        return (
            percentiles(lag for s in window for lag in s.decision_lags_ms),
            percentiles(lag for s in window for lag in s.pipeline_lags_ms),
        )

    def forget_before(self, now_ms: int) -> None:
        """Drop the seconds that left the window."""
        oldest = now_ms // 1000 - self.window_s
        for second in [s for s in self._seconds if s < oldest]:
            del self._seconds[second]

    def _second(self, at_ms: int) -> _Second:
        return self._seconds.setdefault(at_ms // 1000, _Second())


def _bound(known: "collections.OrderedDict[str, int] | collections.OrderedDict[str, None]") -> None:
    while len(known) > _MAX_KNOWN:
        known.popitem(last=False)
