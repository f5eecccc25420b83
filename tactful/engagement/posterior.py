"""The posterior of the engagement rate on a channel: what a smoothed rate and its weight stand for.

The estimate (engaged + kappa p0) / (sent + kappa) is the mean of a Beta distribution whose
parameters add up to sent + kappa (`tactful.engagement.part`). The profile shows that mean p and
the shrinkage weight w = kappa / (sent + kappa), so alpha + beta = kappa / w, alpha = p kappa / w.
"""

from collections.abc import Sequence
from math import exp
from typing import NamedTuple

from scipy.special import betaincinv, betaln, xlog1py, xlogy

_LEAST = 1e-3
"""A parameter of 0 would put all weight on one point; this still draws as a wall there."""


class Posterior(NamedTuple):
    """A Beta distribution of a rate."""

    alpha: float
    beta: float

    @property
    def mean(self) -> float:
        """The smoothed rate."""
        return self.alpha / (self.alpha + self.beta)

    def interval(self, share: float = 0.95) -> tuple[float, float]:
        """The central interval that holds `share` of the probability."""
        tail = (1.0 - share) / 2.0
        return (
            float(betaincinv(self.alpha, self.beta, tail)),
            float(betaincinv(self.alpha, self.beta, 1.0 - tail)),
        )

    def density(self, rates: Sequence[float]) -> list[float]:
        """The density at rates strictly between 0 and 1."""
        norm = betaln(self.alpha, self.beta)
        return [
            exp(float(xlogy(self.alpha - 1, rate) + xlog1py(self.beta - 1, -rate) - norm))
            for rate in rates
        ]


def posterior(engage_prob: float, shrinkage_weight: float, kappa: int) -> Posterior:
    """The distribution behind an estimate.

    Args:
        engage_prob: its mean, 0 to 1.
        shrinkage_weight: the share of the global rate in it, above 0 and at most 1.
        kappa: how many sends the global rate is worth.

    >>> posterior(0.2, 0.5, 10)
    Posterior(alpha=4.0, beta=16.0)
    """
    total = kappa / max(shrinkage_weight, 1e-6)
    return Posterior(max(engage_prob * total, _LEAST), max((1.0 - engage_prob) * total, _LEAST))
