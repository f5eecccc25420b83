"""Models of the reward that doubly robust leans on: means per action, ridge, logistic.

Each is fitted on some rows of a log and asked for the others: no row judges itself.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.optimize import minimize

from tactful.evaluation.estimate import Floats
from tactful.evaluation.faults import EvaluationError
from tactful.evaluation.feedback import Feedback
from tactful.evaluation.targets import Mask

FOLDS = 5
_PRIORS = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5)


class FittedRewards(Protocol):
    """What a model expects, after it has learned."""

    def expected(self, action: int) -> Floats:
        """(rows,) the reward expected of an action at each row of the whole log."""
        ...


class RewardModel(Protocol):
    """A way to learn rewards."""

    def fit(self, log: Feedback, rows: Mask) -> FittedRewards:
        """Learn from these rows of the log."""
        ...


@dataclass(frozen=True, slots=True)
class _MeansTable:
    table: Floats
    cells: np.ndarray[tuple[int], np.dtype[np.int64]]

    def expected(self, action: int) -> Floats:
        return np.asarray(self.table[self.cells, action])


@dataclass(frozen=True, slots=True)
class ActionMeans:
    """The mean reward per situation and action, drawn towards the mean of all.

    With rare rewards a mean of few rows is mostly chance, and an off-policy estimate that leans on
    it is worse than without: it is weighed most where the log was seldom.

    Attributes:
        prior_rows: as many rows of the overall mean are added to each. None: what foretells each
            row best from the others (the squared error of leaving one out), of 1, 10, ... 100,000.
    """

    prior_rows: float | None = None

    def fit(self, log: Feedback, rows: Mask) -> FittedRewards:
        """Learn from these rows of the log."""
        cells = log.situations
        shape = (int(cells.max(initial=0)) + 1, log.action_count)
        sums, counts = np.zeros(shape), np.zeros(shape)
        np.add.at(sums, (cells[rows], log.actions[rows]), log.rewards[rows])
        np.add.at(counts, (cells[rows], log.actions[rows]), 1)
        overall = float(log.rewards[rows].mean())
        prior = self.prior_rows
        if prior is None:
            here = cells[rows], log.actions[rows]
            prior = _best_prior(log.rewards[rows], sums[here], counts[here], overall)
        table = (sums + prior * overall) / (counts + prior)
        return _MeansTable(table, cells)


def _best_prior(rewards: Floats, sums: Floats, counts: Floats, overall: float) -> float:
    """The prior with the least squared error of each row, foretold from the others of its cell."""

    def error(prior: float) -> float:
        foretold = (sums - rewards + prior * overall) / (counts - 1 + prior)
        return float(((rewards - foretold) ** 2).sum())

    # of equals the largest: what shows no differences gets none
    return min(reversed(_PRIORS), key=error)


@dataclass(frozen=True, slots=True)
class _Linear:
    base: Floats
    of_action: Floats
    logistic: bool

    def expected(self, action: int) -> Floats:
        score = self.base + self.of_action[action]
        return _sigmoid(score) if self.logistic else score


@dataclass(frozen=True, slots=True)
class RidgeRewards:
    """Ridge regression: a weight per feature and one per action, drawn towards zero.

    Attributes:
        features: (rows, features) of the whole log, known at decision time.
        penalty: on the squared weights, of features scaled to unit variance; above 0.
    """

    features: Floats
    penalty: float = 1.0

    def fit(self, log: Feedback, rows: Mask) -> FittedRewards:
        """Learn from these rows of the log."""
        design = _design(self.features, log, rows)
        x, y = design[rows], log.rewards[rows]
        penalties = _penalties(self.penalty, x.shape[1])
        weights = np.linalg.solve(x.T @ x + np.diag(penalties), x.T @ y)
        return _linear(design, weights, log, logistic=False)


@dataclass(frozen=True, slots=True)
class LogisticRewards:
    """Logistic regression for rewards of 0 and 1, with the weights of `RidgeRewards`.

    Attributes:
        features: (rows, features) of the whole log, known at decision time.
        penalty: on the squared weights, of features scaled to unit variance; above 0.
    """

    features: Floats
    penalty: float = 1.0

    def fit(self, log: Feedback, rows: Mask) -> FittedRewards:
        """Learn from these rows of the log.

        Raises:
            EvaluationError: If a reward is neither 0 nor 1.
        """
        if not np.isin(log.rewards[rows], (0.0, 1.0)).all():
            raise EvaluationError(
                "rewards: found values besides 0 and 1, allowed with a logistic model: 0, 1"
            )
        design = _design(self.features, log, rows)
        x, y = design[rows], log.rewards[rows]
        penalties = _penalties(self.penalty, x.shape[1])

        def loss(weights: Floats) -> tuple[float, Floats]:
            score = x @ weights
            value = np.logaddexp(0, score).sum() - y @ score + penalties @ weights**2 / 2
            return float(value), x.T @ (_sigmoid(score) - y) + penalties * weights

        found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B")
        return _linear(design, found.x, log, logistic=True)


def _sigmoid(score: Floats) -> Floats:
    return np.asarray(0.5 * (1 + np.tanh(score / 2)))


def _design(features: Floats, log: Feedback, rows: Mask) -> Floats:
    """A column of ones, the scaled features, and a column per action."""
    if len(features) != len(log):
        raise EvaluationError(
            f"features: found {len(features)} rows, allowed: {len(log)}, as of the log"
        )
    if not np.isfinite(features).all():
        raise EvaluationError("features: found values that are no numbers, allowed: numbers")
    scale = features[rows].std(axis=0)
    scaled = (features - features[rows].mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    chosen = np.eye(log.action_count)[log.actions]
    return np.concatenate([np.ones((len(log), 1)), scaled, chosen], axis=1)


def _penalties(penalty: float, columns: int) -> Floats:
    """The intercept goes free, or rare rewards would be expected to be rarer still."""
    if not penalty > 0:
        raise EvaluationError(f"penalty: found {penalty}, allowed: above 0")
    penalties = np.full(columns, penalty)
    penalties[0] = 0.0
    return penalties


def _linear(design: Floats, weights: Floats, log: Feedback, *, logistic: bool) -> _Linear:
    first = design.shape[1] - log.action_count
    return _Linear(design[:, :first] @ weights[:first], weights[first:], logistic)
