"""How well a task predicts, measured on each example before it is learned; and whether it drifts.

River's metrics: RollingROCAUC over the last `AUC_WINDOW` examples, LogLoss over all, EWMean for the
recent one, ADWIN (Bifet and Gavalda, 2007, SIAM) on the log loss for drift. The base is the log
loss of predicting the share of ones seen so far. River has no calibration: the bins are counts.
"""

from bisect import bisect_right
from math import log
from typing import Any

from river import drift, metrics, stats
from river.__version__ import __version__ as river_version

from tactful.learning import pickles

AUC_WINDOW = 5000
RECENT = 1000
"""The recent log loss is an exponential average over about so many examples."""
WORST = 5.0
"""Nats; ADWIN is told a larger loss as this, as its bound is for values within a range."""
ADWIN_DELTA = 0.0001
EDGES = (0.001, 0.003, 0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85)
MAX_BINNED = 20_000
"""Counts are halved when there are more, so that old predictions give way."""

_GAUGES = ("_auc", "_loss", "_base_loss", "_recent", "_recent_base", "_adwin")


class Gauges:
    """Metrics of predictions, in the order in which they were made."""

    def __init__(self) -> None:
        self.rows = 0
        self.positives = 0
        self.drifts = 0
        self.drifted_at_ms = 0
        self.bins = [[0.0, 0.0, 0.0] for _ in range(len(EDGES) + 1)]
        self._begin()

    def _begin(self) -> None:
        self._auc = metrics.RollingROCAUC(window_size=AUC_WINDOW)
        self._loss = metrics.LogLoss()
        self._base_loss = metrics.LogLoss()
        self._recent = stats.EWMean(1.0 / RECENT)
        self._recent_base = stats.EWMean(1.0 / RECENT)
        self._adwin = drift.ADWIN(delta=ADWIN_DELTA)

    def update(self, label: bool, prob: float, at_ms: int) -> bool:
        """Take in a prediction and its answer.

        Returns:
            Whether the loss has risen for good: drift.
        """
        base = (self.positives + 1.0) / (self.rows + 2.0)
        self.rows += 1
        self.positives += label
        self._auc.update(label, prob)
        self._loss.update(label, prob)
        self._base_loss.update(label, base)
        loss = _loss(label, prob)
        self._recent.update(loss)
        self._recent_base.update(_loss(label, base))
        self._bin(label, prob)
        before = self._adwin.estimation
        self._adwin.update(min(loss, WORST) / WORST)
        if not self._adwin.drift_detected or self._adwin.estimation <= before:
            return False  # a loss that fell is no drift but learning
        self.drifts += 1
        self.drifted_at_ms = at_ms
        return True

    def _bin(self, label: bool, prob: float) -> None:
        found = self.bins[bisect_right(EDGES, prob)]
        found[0] += prob
        found[1] += label
        found[2] += 1.0
        if self.rows % 1000 == 0 and sum(each[2] for each in self.bins) > MAX_BINNED:
            self.bins = [[value / 2 for value in each] for each in self.bins]

    def told(self) -> dict[str, float]:
        """The metrics, by the names of a snapshot's."""
        found = {
            "examples_scored": float(self.rows),
            "positives": float(self.positives),
            "base_rate": self.positives / self.rows if self.rows else 0.0,
            "drifts": float(self.drifts),
        }
        if self.rows:
            found |= {
                "log_loss": float(self._loss.get()),
                "base_log_loss": float(self._base_loss.get()),
                "recent_log_loss": float(self._recent.get()),
                "recent_base_log_loss": float(self._recent_base.get()),
            }
        if 0 < self.positives < self.rows:
            found["auc"] = float(self._auc.get())
        if self.drifted_at_ms:
            found["drifted_at_ms"] = float(self.drifted_at_ms)
        return found

    def calibration(self) -> tuple[tuple[float, float, float], ...]:
        """Mean prediction, share of ones and weight of each bin that has any."""
        return tuple(
            (min(1.0, total / rows), min(1.0, ones / rows), rows)
            for total, ones, rows in self.bins
            if rows
        )

    def numbers(self) -> dict[str, Any]:
        """All that was measured. River's own objects have no other form than a pickle."""
        return {
            "rows": self.rows,
            "positives": self.positives,
            "drifts": self.drifts,
            "drifted_at_ms": self.drifted_at_ms,
            "bins": self.bins,
            "river": river_version,
            "objects": [pickles.dumps(getattr(self, name)) for name in _GAUGES],
        }

    def restore(self, numbers: dict[str, Any]) -> None:
        """Go on from `numbers`; under another version of River its objects begin anew.

        Raises:
            PickleError: an object is none of those that `numbers` gives.
        """
        self.rows, self.positives = numbers["rows"], numbers["positives"]
        self.drifts, self.drifted_at_ms = numbers["drifts"], numbers["drifted_at_ms"]
        self.bins = numbers["bins"]
        if numbers["river"] == river_version:
            for name, found in zip(_GAUGES, numbers["objects"], strict=True):
                setattr(self, name, pickles.loads(found, type(getattr(self, name))))


def _loss(label: bool, prob: float) -> float:
    return -log(max(prob if label else 1.0 - prob, 1e-15))
