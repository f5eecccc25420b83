"""Binds the declared metrics to Flink's metric group.

Plain ints are counted in Python and handed to the JVM once a second: a call there for each record
would cost more than the decision's bookkeeping. A histogram is counters with a label `le`, as
Prometheus has them, so that the histograms of all TaskManagers add up; PyFlink's own distribution
keeps only the last value in thread mode, and a Python gauge would be called from another thread.
"""

from bisect import bisect_left
from typing import Any

from tactful import metrics as declared

GROUP = "tactful"
FLUSH_INTERVAL_MS = 1_000


class Counter:
    """Counts by labels, handed on in `flush`."""

    def __init__(self, group: Any, metric: declared.Metric) -> None:
        self._group = group
        self._metric = metric
        self._pending: dict[tuple[str, ...], int] = {}
        self._bound: dict[tuple[str, ...], Any] = {}
        if not metric.labels:
            self._bind(())

    def count(self, labels: tuple[str, ...] = ()) -> None:
        """One more, with these label values."""
        self._pending[labels] = self._pending.get(labels, 0) + 1

    @property
    def pending(self) -> bool:
        """Whether anything was counted since the last flush."""
        return bool(self._pending)

    def flush(self) -> None:
        """Hand what was counted since the last time to Flink."""
        for labels, number in self._pending.items():
            (self._bound.get(labels) or self._bind(labels)).inc(number)
        self._pending.clear()

    def _bind(self, labels: tuple[str, ...]) -> Any:
        group = self._group
        for name, value in zip(self._metric.labels, labels, strict=True):
            group = group.add_group(name, str(value))
        counter = self._bound[labels] = group.counter(self._metric.name)
        return counter


class Histogram:
    """Counts values by bucket, handed on in `flush`."""

    def __init__(self, group: Any, metric: declared.Metric) -> None:
        self._bounds = metric.buckets
        self._counts = [0] * (len(metric.buckets) + 1)
        self._sum = 0
        self._buckets = [
            group.add_group("le", bound).counter(f"{metric.name}_bucket")
            for bound in (*map(str, metric.buckets), "+Inf")
        ]
        self._count_of_all = group.counter(f"{metric.name}_count")
        self._sum_of_all = group.counter(f"{metric.name}_sum")

    def record(self, value: int) -> None:
        """Count a value; one on a bound belongs to that bound's bucket."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._sum += value

    @property
    def pending(self) -> bool:
        """Whether anything was counted since the last flush."""
        return any(self._counts)

    def flush(self) -> None:
        """Hand on what was counted since the last time; a bucket includes the smaller ones."""
        total = 0
        for number, bucket in zip(self._counts, self._buckets, strict=True):
            total += number
            if total:
                bucket.inc(total)
        if total:
            self._count_of_all.inc(total)
            self._sum_of_all.inc(self._sum)
            self._counts = [0] * len(self._counts)
            self._sum = 0


class Metrics:
    """All metrics of one operator instance.

    Args:
        group: Flink's metric group of the operator.
    """

    def __init__(self, group: Any) -> None:
        own = group.add_group(GROUP)
        self._verdicts = Counter(own, declared.VERDICTS)
        self._dead_letters = Counter(own, declared.DEAD_LETTERS)
        self.duplicates = Counter(own, declared.DUPLICATES)
        self.wakeups = Counter(own, declared.WAKEUPS)
        self.knowledge_updates = Counter(own, declared.KNOWLEDGE_UPDATES)
        self.decision_time_us = Histogram(own, declared.DECISION_TIME)
        self.lag_ms = Histogram(own, declared.LAG)
        self.state_size_bytes = Histogram(own, declared.STATE_SIZE)
        self._all = (
            self._verdicts,
            self._dead_letters,
            self.duplicates,
            self.wakeups,
            self.knowledge_updates,
            self.decision_time_us,
            self.lag_ms,
            self.state_size_bytes,
        )
        self._flushed_ms = 0

    def verdict(self, labels: tuple[str, str, str]) -> None:
        """Count an entry of the ledger by verdict, reason and channel."""
        self._verdicts.count(labels)

    def dead_letter(self, reason: str) -> None:
        """Count a dead letter."""
        self._dead_letters.count((reason,))

    def flush_if_due(self, now_ms: int) -> bool:
        """Hand on what was counted if a second has gone since the last time, and say so."""
        if now_ms - self._flushed_ms < FLUSH_INTERVAL_MS:
            return False
        self.flush(now_ms)
        return True

    @property
    def pending(self) -> bool:
        """Whether anything was counted since the last flush."""
        return any(metric.pending for metric in self._all)

    def flush(self, now_ms: int) -> None:
        """Hand all that was counted to Flink."""
        self._flushed_ms = now_ms
        for metric in self._all:
            metric.flush()
