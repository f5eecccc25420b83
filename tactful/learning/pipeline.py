"""The River pipeline of a logistic task: a scaler with a floor, and a regression that has a prior.

Two things are added to River's own classes, and both were found by experiment
(docs/decisions/0009-model-choice.md):

- A variance has a floor. A feature that was nearly constant so far has nearly no variance, and the
  first other value would be hundreds of deviations away: one campaign five days after another,
  where all had been a month apart, was predicted at 0.2 % with an AUC of 0.50.
- Some features have a weight from the start, unscaled: those that are an estimate of the answer
  already, as log-odds; their weights add up to 1. Before any example the model says what the user's
  own rates say, and learns only where that is wrong.
"""

from collections.abc import Mapping
from typing import Any

from river import compose, linear_model, optim, preprocessing, utils

PRIOR = ":prior"
"""The feature in the pipeline that carries the prior features, weighted; its own weight is 1."""


class FlooredScaler(preprocessing.StandardScaler):
    """Scales numeric features; indicators (with a colon in the name) pass as they are.

    Args:
        floor: no variance counts as less, in squares of the feature's unit.
        prior: the features whose log-odds go into `PRIOR`, with their weights.
    """

    def __init__(self, floor: float, prior: Mapping[str, float]) -> None:
        super().__init__()
        self.floor = floor
        self.prior = dict(prior)

    def learn_one(self, x: Mapping[str, float]) -> None:  # type: ignore[override]
        """Take the numeric features into means and variances."""
        super().learn_one({name: value for name, value in x.items() if ":" not in name})

    def transform_one(self, x: Mapping[str, float]) -> dict[str, float]:  # type: ignore[override]
        """(x - mean) / sqrt(max(variance, floor)), and the prior."""
        means, variances, floor = self.means, self.vars, self.floor
        scaled = {}
        for name, value in x.items():
            if ":" in name:
                scaled[name] = value
            else:
                variance = variances[name]
                scaled[name] = (value - means[name]) / (max(floor, variance)) ** 0.5
        if self.prior:
            # What is absent is taken as average, as in `tactful.models.LogisticModel`.
            scaled[PRIOR] = sum(
                weight * x.get(name, means[name]) for name, weight in self.prior.items()
            )
        return scaled


class PriorRegression(linear_model.LogisticRegression):
    """River's logistic regression, in which the weight of `PRIOR` stays 1."""

    def __init__(
        self,
        optimizer: optim.base.Optimizer,
        intercept_init: float,
        intercept_lr: float,
        l2: float,
        *,
        prior: bool,
    ) -> None:
        super().__init__(
            optimizer=optimizer,
            intercept_init=intercept_init,
            intercept_lr=intercept_lr,
            l2=l2,
        )
        self.prior = prior
        if prior:
            self._weights = utils.VectorDict({PRIOR: 1.0})

    def learn_one(  # type: ignore[override]
        self, x: dict[str, float], y: bool, w: float = 1.0
    ) -> None:
        """One gradient step; a negative weight takes one back."""
        super().learn_one(x, y, w)
        if self.prior:
            self._weights[PRIOR] = 1.0


class Learner:
    """A pipeline whose whole state is numbers.

    Args:
        lr: the step size of AdaGrad.
        eps: what AdaGrad's sum of squared gradients starts from: the larger, the less the first
            examples of a feature move it.
        intercept_lr: the step size of the intercept.
        l2: the pull of the weights to 0.
        floor: of the variances.
        intercept: log-odds before any example.
        prior: see `FlooredScaler`.
        max_features: names beyond this many are not learned.
    """

    def __init__(
        self,
        *,
        lr: float,
        eps: float,
        intercept_lr: float,
        l2: float,
        floor: float,
        intercept: float,
        prior: Mapping[str, float],
        max_features: int,
    ) -> None:
        self._lr, self._intercept_lr, self._speed = lr, intercept_lr, 1.0
        self._max_features = max_features
        self.scaler = FlooredScaler(floor, prior)
        self.optimizer = optim.AdaGrad(lr, eps)
        self.regression = PriorRegression(
            self.optimizer, intercept, intercept_lr, l2, prior=bool(prior)
        )
        self.pipeline = compose.Pipeline(self.scaler, self.regression)
        self._names = set(prior)

    def speed(self, factor: float) -> None:
        """Multiply both step sizes, as against those given at the start."""
        if factor == self._speed:
            return
        self._speed = factor
        self.optimizer.lr = optim.schedulers.Constant(self._lr * factor)
        self.regression.intercept_lr = optim.schedulers.Constant(self._intercept_lr * factor)

    def known(self, features: Mapping[str, float]) -> dict[str, float]:
        """The features in the order of their names, without those there is no room for."""
        names = self._names
        for name in sorted(features.keys() - names):
            if len(names) < self._max_features:
                names.add(name)
        return {name: features[name] for name in sorted(features) if name in names}

    def predict(self, features: Mapping[str, float]) -> float:
        """The probability of a label of 1, by River's pipeline; unknown features do nothing."""
        names = self._names
        kept = {name: features[name] for name in sorted(features) if name in names}
        return float(self.pipeline.predict_proba_one(kept)[True])

    def learn(self, features: Mapping[str, float], label: bool) -> float:
        """One example: scaler, then a step; returns what was predicted before."""
        scaler, regression = self.scaler, self.regression
        prob = regression.predict_proba_one(scaler.transform_one(features))[True]
        scaler.learn_one(features)
        regression.learn_one(scaler.transform_one(features), label)
        return float(prob)

    def relearn(self, features: Mapping[str, float], label: bool, before: bool) -> None:
        """An example whose label was told wrong: a step with the new one, the old one taken back.

        The scaler has seen these features.
        """
        scaled = self.scaler.transform_one(features)
        self.regression.learn_one(scaled, label)
        self.regression.learn_one(scaled, before, -1.0)

    def numbers(self) -> dict[str, Any]:
        """All that was learned."""
        return {
            "names": sorted(self._names),
            "counts": dict(self.scaler.counts),
            "means": dict(self.scaler.means),
            "variances": dict(self.scaler.vars),
            "weights": self.regression.weights,
            "intercept": self.regression.intercept,
            "squares": dict(self.optimizer.g2),
            "steps": self.optimizer.n_iterations,
        }

    def restore(self, numbers: Mapping[str, Any]) -> None:
        """Go on from `numbers`."""
        self._names = set(numbers["names"])
        self.scaler.counts.update(numbers["counts"])
        self.scaler.means.update(numbers["means"])
        self.scaler.vars.update(numbers["variances"])
        self.regression._weights = utils.VectorDict(dict(numbers["weights"]))  # noqa: SLF001 - no setter
        self.regression.intercept = numbers["intercept"]
        self.optimizer.g2.update(numbers["squares"])
        self.optimizer.n_iterations = numbers["steps"]

    def plain(self) -> tuple[float, dict[str, float], dict[str, float], dict[str, float]]:
        """Intercept, weights, means and variances as a snapshot has them: the prior folded in."""
        scaler = self.scaler
        weights = {
            name: weight for name, weight in self.regression.weights.items() if name != PRIOR
        }
        intercept = float(self.regression.intercept)
        means = {name: float(scaler.means[name]) for name in weights if ":" not in name}
        variances = {name: max(float(scaler.vars[name]), scaler.floor) for name in means}
        for name, weight in scaler.prior.items():
            mean = float(scaler.means.get(name, 0.0))
            means[name] = mean
            variances[name] = max(float(scaler.vars.get(name, 0.0)), scaler.floor)
            weights[name] = weights.get(name, 0.0) + weight * variances[name] ** 0.5
            intercept += weight * mean
        return intercept, {name: float(value) for name, value in weights.items()}, means, variances
