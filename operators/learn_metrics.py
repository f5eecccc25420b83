"""The learn operator's counts, handed to Flink at each tick."""

from typing import Any

from operators.metrics import GROUP, Counter
from tactful import metrics as declared


class LearnMetrics:
    """All metrics of one operator instance.

    Args:
        group: Flink's metric group of the operator.
    """

    def __init__(self, group: Any) -> None:
        own = group.add_group(GROUP)
        self.examples = Counter(own, declared.LEARNED)
        self.copies = Counter(own, declared.LEARN_COPIES)
        self.late = Counter(own, declared.LEARN_LATE)
        self.failed = Counter(own, declared.LEARN_FAILED)
        self.drifts = Counter(own, declared.DRIFTS)
        self.published = Counter(own, declared.PUBLISHED)
        self.dead_letters = Counter(own, declared.LEARN_DEAD_LETTERS)
        self._all = (
            self.examples,
            self.copies,
            self.late,
            self.failed,
            self.drifts,
            self.published,
            self.dead_letters,
        )

    def flush(self) -> None:
        """Hand all that was counted to Flink."""
        for metric in self._all:
            metric.flush()
