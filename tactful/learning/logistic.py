"""Learns a yes-or-no task from examples: predict, measure, step; faster for a while after drift."""

from collections.abc import Mapping
from typing import Any

from tactful.learning.census import Census
from tactful.learning.gauges import Gauges
from tactful.learning.pipeline import Learner
from tactful.learning.tasks import LOGISTIC
from tactful.models import Form, Snapshot, Task
from tactful.models.snapshot import Bin
from tactful.records import Example

LARGEST = 1e6
"""A feature beyond it is taken for a fault, and its example is refused."""
MIN_EXAMPLES = 100
"""A model that has seen fewer, or only one answer, is not published."""


class LogisticTrainer:
    """What is learned of one logistic task.

    Attributes:
        settings: the task's.
        census: what it has learned from.
        gauges: how well it predicts.
    """

    def __init__(self, task: Task) -> None:
        self.settings = LOGISTIC[task]
        self.census = Census()
        self.gauges = Gauges()
        of = self.settings
        self._learner = Learner(
            lr=of.lr,
            eps=of.eps,
            intercept_lr=of.intercept_lr,
            l2=of.l2,
            floor=of.floor,
            intercept=of.intercept,
            prior=of.prior,
            max_features=of.max_features,
        )
        self._boosted_until_ms = 0

    @property
    def ready(self) -> bool:
        """Whether it has seen enough of both answers to be worth publishing."""
        scored = self.gauges
        return scored.rows >= MIN_EXAMPLES and 0 < scored.positives < scored.rows

    def learn(self, example: Example) -> bool:
        """One example, or the correction of one.

        Returns:
            Whether drift was found.
        """
        features = self._features(example)
        if features is None:
            self.census.refused += 1
            return False
        of = self.settings
        label = of.label(example.labels)
        learner = self._learner
        learner.speed(of.boost if example.labelled_at_ms < self._boosted_until_ms else 1.0)
        if example.corrects is not None:
            before = of.label(example.corrects)
            self.census.seen(example)
            if label is not before:
                self.census.corrections += 1
                learner.relearn(features, label, before)
            return False
        prob = learner.learn(features, label)
        drifted = self.gauges.update(label, prob, example.labelled_at_ms)
        self.census.count(example)
        if drifted:
            self._boosted_until_ms = example.labelled_at_ms + of.boost_ms
        return drifted

    def predict(self, features: Mapping[str, float]) -> float:
        """The probability of a yes, by River's pipeline as it stands."""
        return self._learner.predict(self._used(features))

    def fill(self, version: str, now_ms: int) -> Snapshot:
        """The snapshot as of now."""
        intercept, weights, means, variances = self._learner.plain()
        return Snapshot(
            task=self.settings.task,
            version=version,
            trained_at_ms=now_ms,
            examples=self.census.examples,
            form=Form.LOGISTIC,
            intercept=intercept,
            weights=weights,
            means=means,
            variances=variances,
            metrics=self.gauges.told(),
            calibration=tuple(Bin(*each) for each in self.gauges.calibration()),
            card={
                "question": self.settings.question,
                "data": self.census.told(),
                "learning": self.settings.settings() | {"boosted_until_ms": self._boosted_until_ms},
            },
        )

    def numbers(self) -> dict[str, Any]:
        """The whole state."""
        return {
            "learner": self._learner.numbers(),
            "census": self.census.numbers(),
            "gauges": self.gauges.numbers(),
            "boosted_until_ms": self._boosted_until_ms,
        }

    def restore(self, numbers: dict[str, Any]) -> None:
        """Go on from `numbers`."""
        self._learner.restore(numbers["learner"])
        self.census.restore(numbers["census"])
        self.gauges.restore(numbers["gauges"])
        self._boosted_until_ms = numbers["boosted_until_ms"]

    def _features(self, example: Example) -> dict[str, float] | None:
        features: Mapping[str, float] = example.features
        for value in features.values():
            if not -LARGEST <= value <= LARGEST:  # nor for what is no number
                return None
        return self._learner.known(self._used(features))

    def _used(self, features: Mapping[str, float]) -> Mapping[str, float]:
        uses = self.settings.uses
        if uses is None:
            return features
        return {name: value for name, value in features.items() if uses(name)}
