"""Scoring by a logistic model from plain numbers, as River does: sigmoid(b + sum w (x - m) / s).

The log-odds are a sum over features, so a grid of channels and moments costs one `part` for what
all its cells share and one small `part` for what each row or column adds.
"""

from collections.abc import Mapping
from math import exp, sqrt

from tactful.models.snapshot import Snapshot


class LogisticModel:
    """A logistic regression made ready for scoring.

    Attributes:
        base: the intercept, log-odds.
        task, version, examples: as the snapshot has them.

    >>> from tactful.models import Form, Task
    >>> model = LogisticModel(
    ...     Snapshot(
    ...         task=Task.ENGAGEMENT, version="1", trained_at_ms=0, examples=9, form=Form.LOGISTIC,
    ...         intercept=-1.0, weights={"rate": 2.0, "hour:9": 0.5},
    ...         means={"rate": 3.0}, variances={"rate": 4.0},
    ...     )
    ... )
    >>> model.part({"rate": 5.0, "unknown": 1.0}), model.part({"hour:9": 1.0})
    (2.0, 0.5)
    >>> model.prob(model.base + 2.0 + 0.5) == model.predict({"hour:9": 1.0, "rate": 5.0})
    True
    """

    __slots__ = ("_terms", "base", "examples", "task", "version")

    def __init__(self, snapshot: Snapshot) -> None:
        self.task = snapshot.task
        self.version = snapshot.version
        self.examples = snapshot.examples
        self.base = snapshot.intercept
        self._terms: dict[str, tuple[float, float]] = {}
        for name, weight in snapshot.weights.items():
            if name in snapshot.means:
                deviation = sqrt(snapshot.variances[name])
                scale = weight / deviation if deviation else 0.0
                self._terms[name] = (scale, snapshot.means[name])
            else:
                self._terms[name] = (weight, 0.0)

    def part(self, features: Mapping[str, float]) -> float:
        """What these features add to the log-odds; an unknown or absent one adds nothing."""
        terms = self._terms
        total = 0.0
        for name, value in features.items():
            term = terms.get(name)
            if term is not None:
                total += term[0] * (value - term[1])
        return total

    def prob(self, log_odds: float) -> float:
        """The probability for log-odds, base included."""
        if -_FAR < log_odds < _FAR:
            return 1.0 / (1.0 + exp(-log_odds))
        return 1.0 if log_odds > 0 else 0.0

    def predict(self, features: Mapping[str, float]) -> float:
        """The probability that the label is 1."""
        return self.prob(self.base + self.part(features))

    def weight(self, name: str) -> float:
        """Log-odds per unit of the feature as it comes, unscaled; 0 for one it does not know."""
        return self._terms.get(name, _NOTHING)[0]

    def top(self, features: Mapping[str, float], number: int) -> list[tuple[str, float]]:
        """The features that move the log-odds most, with what each adds against its mean.

        Args:
            features: all features of the prediction.
            number: how many at most; those that add nothing are left out.
        """
        added = [
            (name, term[0] * (value - term[1]))
            for name, value in features.items()
            if (term := self._terms.get(name)) is not None
        ]
        added.sort(key=_most_first)
        return [pair for pair in added[:number] if pair[1]]


_FAR = 700.0
"""Log-odds beyond which the exponential function leaves the range of numbers."""
_NOTHING = (0.0, 0.0)


def _most_first(pair: tuple[str, float]) -> tuple[float, str]:
    return -abs(pair[1]), pair[0]
