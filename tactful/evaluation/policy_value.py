"""The value of a policy estimated from the log of another: IPS, SNIPS, doubly robust."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tactful.evaluation.estimate import (
    CONFIDENCE,
    RESAMPLES,
    Estimate,
    Floats,
    Ints,
    Method,
    ratio,
)
from tactful.evaluation.faults import EvaluationError
from tactful.evaluation.feedback import Feedback, Target
from tactful.evaluation.rewards import FOLDS, RewardModel
from tactful.evaluation.trust import LIMITS, Caution, Limits, effective, of_rows, of_weights


class Estimator(StrEnum):
    """Which estimator."""

    IPS = "ips"
    SNIPS = "snips"
    DOUBLY_ROBUST = "doubly_robust"


@dataclass(frozen=True, slots=True)
class Report:
    """What a log says about a policy.

    Attributes:
        rows: of the log.
        used_rows: those with a usable propensity and reward.
        logged: the value of the log's own policy: the mean reward.
        estimates: of the target's value.
        sample_size: the effective one, after weighing.
        effective_rewards: how many equally weighted rewards the estimate rests on.
        largest_weight: of a row.
        mean_weight: 1 in expectation.
        cautions: why not to trust it.
    """

    rows: int
    used_rows: int
    logged: Estimate
    estimates: dict[Estimator, Estimate]
    sample_size: float
    effective_rewards: float
    largest_weight: float
    mean_weight: float
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class Intervals:
    """How intervals are made; see `tactful.evaluation.estimate.ratio`.

    The bootstrap (BCa) is the default: with rare rewards and unequal weights the estimate is skewed
    to the right, and the normal interval then lies too low and misses too often.
    """

    method: Method = Method.BOOTSTRAP
    confidence: float = CONFIDENCE
    resamples: int = RESAMPLES
    seed: int = 0

    def of(self, numerators: Floats, denominators: Floats, units: Ints | None) -> Estimate:
        """The ratio of two sums, with its interval."""
        return ratio(
            numerators,
            denominators,
            units=units,
            method=self.method,
            confidence=self.confidence,
            resamples=self.resamples,
            seed=self.seed,
        )


INTERVALS = Intervals()


def weights_of(log: Feedback, target: Target) -> Floats:
    """(rows,) the target's probability of what was done over the log's.

    Raises:
        EvaluationError: If a propensity is not in (0, 1], a reward no number, or no row has weight.
    """
    if not len(log):
        raise EvaluationError("log: found no rows, allowed: 2 or more")
    unusable = int((~log.usable()).sum())
    if unusable:
        raise EvaluationError(
            f"log: found {unusable} rows without a propensity in (0, 1] or a reward, "
            "allowed: usable rows, as `Feedback.usable` tells"
        )
    weights = np.asarray(target.of_logged / log.propensities)
    if not weights.sum() > 0:
        raise EvaluationError(
            "target: found probability 0 for everything the log did, allowed: some in common"
        )
    return weights


def ips(log: Feedback, target: Target, intervals: Intervals = INTERVALS) -> Estimate:
    """Inverse propensity score: the mean of the weighted rewards.

    Unbiased where the propensities are true and the log does all that the target may. Source:
    Horvitz and Thompson, 1952, JASA 47; for policies Li et al., 2011, WSDM.
    """
    return intervals.of(weights_of(log, target) * log.rewards, np.ones(len(log)), log.units)


def snips(log: Feedback, target: Target, intervals: Intervals = INTERVALS) -> Estimate:
    """Self-normalised IPS: the weighted mean of the rewards.

    It stays within the rewards' range and varies less than IPS, for a bias that fades with the
    rows. Source: Swaminathan and Joachims, 2015, NIPS 28.
    """
    weights = weights_of(log, target)
    return intervals.of(weights * log.rewards, weights, log.units)


def doubly_robust(
    log: Feedback,
    target: Target,
    model: RewardModel,
    intervals: Intervals = INTERVALS,
    folds: int = FOLDS,
) -> Estimate:
    """What a model expects of the target, corrected by the weighted errors of the model.

    Right where either the propensities or the model are. Each row is judged by a model that has
    learned from other folds (cross-fitting), so an overfitted model does not flatter itself; the
    interval takes the models as given. Sources: Dudik, Langford, Li, 2011, ICML; cross-fitting:
    Chernozhukov et al., 2018, Econometrics Journal 21.

    Raises:
        EvaluationError: If the target knows only the probability of what was logged.
    """
    weights = weights_of(log, target)
    numerators = np.zeros(len(log))
    for fold in _folds(log, folds, intervals.seed):
        fitted = model.fit(log, ~fold)
        for action in range(log.action_count):
            probabilities = target.of(action)
            if probabilities is None:
                raise EvaluationError(
                    "target: found the probabilities of logged actions alone, "
                    "allowed for doubly robust: a target that knows each action's"
                )
            expected = fitted.expected(action)
            numerators[fold] += (probabilities * expected)[fold]
            done = fold & (log.actions == action)
            numerators[done] += (weights * (log.rewards - expected))[done]
    return intervals.of(numerators, np.ones(len(log)), log.units)


def evaluate(
    log: Feedback,
    target: Target,
    model: RewardModel | None = None,
    intervals: Intervals = INTERVALS,
    limits: Limits = LIMITS,
) -> Report:
    """All estimators on the usable rows of a log, and why they may not be trusted.

    Args:
        log: with all its rows; those without a usable propensity or reward are left out and told.
        target: the policy asked about, at each row of `log`.
        model: of the reward, over the rows of `log` that are usable; None leaves doubly robust out.
        intervals: how they are made.
        limits: where doubts begin.

    Raises:
        EvaluationError: If nothing can be estimated.
    """
    cautions = of_rows(log)
    usable = log.usable()
    if int(usable.sum()) < 2:
        raise EvaluationError(
            f"log: found {int(usable.sum())} of {len(log)} rows with a propensity in (0, 1] and a "
            "reward, allowed: 2 or more"
        )
    kept, wanted = log.take(usable), target.take(usable)
    weights = weights_of(kept, wanted)
    cautions += of_weights(kept, wanted, weights, limits)
    estimates = {
        Estimator.IPS: ips(kept, wanted, intervals),
        Estimator.SNIPS: snips(kept, wanted, intervals),
    }
    if model is not None:
        estimates[Estimator.DOUBLY_ROBUST] = doubly_robust(kept, wanted, model, intervals)
    return Report(
        rows=len(log),
        used_rows=len(kept),
        logged=intervals.of(kept.rewards, np.ones(len(kept)), kept.units),
        estimates=estimates,
        sample_size=effective(weights),
        effective_rewards=effective(np.abs(weights * kept.rewards)),
        largest_weight=float(weights.max()),
        mean_weight=float(weights.mean()),
        cautions=tuple(cautions),
    )


def _folds(
    log: Feedback, folds: int, seed: int
) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Rows of each fold; a unit's rows stay together."""
    units = np.arange(len(log)) if log.units is None else log.units
    count = int(units.max()) + 1
    if not 2 <= folds <= count:
        raise EvaluationError(f"folds: found {folds}, allowed: 2 to {count}, the units of the log")
    shuffled = np.random.default_rng(seed).permutation(count)
    return [(shuffled[units] % folds) == fold for fold in range(folds)]
