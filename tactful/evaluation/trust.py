"""Whether an off-policy estimate can be trusted: effective sample size, and what casts doubt."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tactful.evaluation.estimate import Floats
from tactful.evaluation.feedback import Feedback, Target


class Doubt(StrEnum):
    """Why an estimate may be wrong by more than its interval says."""

    PROPENSITY_UNUSABLE = "propensity_unusable"
    REWARD_UNUSABLE = "reward_unusable"
    SUPPORT_VIOLATED = "support_violated"
    LOW_SAMPLE_SIZE = "low_sample_size"
    FEW_REWARDS = "few_rewards"
    EXTREME_WEIGHTS = "extreme_weights"
    WEIGHTS_OFF = "weights_off"
    PROPENSITIES_OFF = "propensities_off"
    SHARES_OFF = "shares_off"


@dataclass(frozen=True, slots=True)
class Caution:
    """A doubt, with the numbers that raise it."""

    doubt: Doubt
    message: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Where doubts begin.

    Attributes:
        sample_share: the effective sample size as a share of the rows.
        effective_rewards: how many equally weighted rewards the estimate rests on (see
            `effective`); below it the intervals were found to cover too rarely.
        weight_share: of all weight, in one row.
        unseen_share: of the target's probability, on actions that the log never shows.
        deviations: standard errors between what weights should average to, and do.
        action_rows: effective rows of an action, from which its propensities are checked.
    """

    sample_share: float = 0.1
    effective_rewards: float = 20.0
    weight_share: float = 0.02
    unseen_share: float = 0.001
    deviations: float = 4.0
    action_rows: float = 50.0


LIMITS = Limits()


def effective(weights: Floats) -> float:
    """Kish's effective sample size: so many equal weights would vary as little.

    Source: Kish, 1965, "Survey Sampling", section 8.2; for importance weights Kong, 1992.

    >>> effective(np.array([1.0, 1.0, 1.0]))
    3.0
    >>> effective(np.array([1.0, 0.0, 0.0]))
    1.0
    """
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def of_rows(log: Feedback) -> list[Caution]:
    """What is wrong with single rows; they are left out of the estimates."""
    found = []
    rows = len(log)
    usable = (log.propensities > 0) & (log.propensities <= 1)
    bad = rows - int(usable.sum())
    if bad:
        absent = int(np.isnan(log.propensities).sum())
        zero = int((log.propensities == 0).sum())
        found.append(
            Caution(
                Doubt.PROPENSITY_UNUSABLE,
                f"{bad:,} of {rows:,} rows have no propensity in (0, 1] ({absent:,} missing, "
                f"{zero:,} zero) and are left out; the estimate is biased unless they were lost "
                "by chance",
            )
        )
    unrewarded = int((~np.isfinite(log.rewards)).sum())
    if unrewarded:
        found.append(
            Caution(
                Doubt.REWARD_UNUSABLE,
                f"{unrewarded:,} of {rows:,} rows have no reward and are left out; the estimate is "
                "biased unless they were lost by chance",
            )
        )
    return found


def of_weights(
    log: Feedback, target: Target, weights: Floats, limits: Limits = LIMITS
) -> list[Caution]:
    """What speaks against weighing this log for this target.

    Args:
        log: its usable rows.
        target: at these rows.
        weights: (rows,) the target's probability of what was done over the log's.
        limits: where doubts begin.
    """
    return [
        *_support(log, target, limits),
        *_sizes(log, weights, limits),
        *_averages(log, weights, limits),
    ]


def unseen_share(log: Feedback, target: Target) -> float:
    """The target's probability on what the log never did in that situation, averaged over rows."""
    cells = log.situations
    seen = np.zeros((int(cells.max(initial=0)) + 1, log.action_count), dtype=bool)
    seen[cells, log.actions] = True
    share = 0.0
    for action in range(log.action_count):
        probabilities = target.of(action)
        if probabilities is None:
            return 0.0
        share += float(probabilities[~seen[cells, action]].sum()) / len(log)
    return share


def _support(log: Feedback, target: Target, limits: Limits) -> list[Caution]:
    share = unseen_share(log, target)
    if share <= limits.unseen_share:
        return []
    return [
        Caution(
            Doubt.SUPPORT_VIOLATED,
            f"the target puts {share:.1%} of its probability on actions that the log never shows "
            f"there (more than {limits.unseen_share:.1%}): nothing is known of their rewards",
        )
    ]


def _sizes(log: Feedback, weights: Floats, limits: Limits) -> list[Caution]:
    found = []
    rows, size = len(log), effective(weights)
    if size < limits.sample_share * rows:
        found.append(
            Caution(
                Doubt.LOW_SAMPLE_SIZE,
                f"the effective sample size is {size:,.0f} of {rows:,} rows ({size / rows:.1%}; "
                f"less than {limits.sample_share:.0%}): the policies have little in common",
            )
        )
    rewards = effective(np.abs(weights * log.rewards))
    if rewards < limits.effective_rewards:
        found.append(
            Caution(
                Doubt.FEW_REWARDS,
                f"the estimate rests on {int(np.count_nonzero(weights * log.rewards)):,} rewarded "
                f"rows, worth {rewards:.1f} equally weighted ones (fewer than "
                f"{limits.effective_rewards:g}): its interval may be too narrow",
            )
        )
    total = float(weights.sum())
    top = float(weights.max(initial=0.0))
    if total > 0 and top > limits.weight_share * total:
        found.append(
            Caution(
                Doubt.EXTREME_WEIGHTS,
                f"one row carries {top / total:.1%} of all weight (more than "
                f"{limits.weight_share:.0%}), a weight of {top:,.1f}",
            )
        )
    return found


def _averages(log: Feedback, weights: Floats, limits: Limits) -> list[Caution]:
    """Weights average to one, and so do inverse propensities of each action, if they are true."""
    found = []
    mean, away = _away_from_one(weights)
    if away > limits.deviations:
        found.append(
            Caution(
                Doubt.WEIGHTS_OFF,
                f"the weights average to {mean:.3f} instead of 1, {away:.1f} standard errors away: "
                "the propensities are not those of the policy that wrote the log, or rows are lost",
            )
        )
    inverse = 1 / log.propensities
    off = []
    for action in range(log.action_count):
        shares = np.where(log.actions == action, inverse, 0.0)
        if effective(shares) < limits.action_rows:
            continue
        mean, away = _away_from_one(shares)
        if away > limits.deviations:
            off.append((away, action, mean))
    if off:
        away, action, mean = max(off)
        found.append(
            Caution(
                Doubt.PROPENSITIES_OFF,
                f"{len(off)} of {log.action_count} actions occur more or less often than their "
                f"propensities claim; most so number {action}: {mean:.2f} times as often, "
                f"{away:.1f} standard errors away",
            )
        )
    return found


def _away_from_one(values: Floats) -> tuple[float, float]:
    """The mean, and by how many standard errors it differs from one."""
    mean = float(values.mean())
    error = float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
    if error == 0:
        return mean, 0.0 if abs(mean - 1) < 1e-9 else float("inf")
    return mean, abs(mean - 1) / error
