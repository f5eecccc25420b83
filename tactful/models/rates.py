"""Rates by segment, shrunk to everyone's and to what the policy says: for users with no past yet.

A chain of Beta priors, each the mean of the wider group (empirical Bayes; Efron and Morris, 1975,
JASA 70; Gelman et al., Bayesian Data Analysis, chapter 5):

    everyone = (engaged + kappa * prior) / (sent + kappa)
    segment  = (engaged_s + kappa * everyone) / (sent_s + kappa)
"""

from collections.abc import Mapping
from typing import NamedTuple

from tactful.models.snapshot import Pair, Snapshot

KAPPA = 20.0
"""How many sends the wider group's rate is worth."""
HOUR_KAPPA = 48.0
"""How many engagements the wider group's hours are worth: two an hour."""


class Estimate(NamedTuple):
    """A rate in [0, 1] and the shares that its sources have in it; the shares add up to 1."""

    prob: float
    segment_weight: float
    global_weight: float
    prior_weight: float


class Rates:
    """Engagement rates of channels and types, and hours, by segment.

    Attributes:
        task, version, examples: as the snapshot has them.
    """

    __slots__ = ("_channel", "_densities", "_hour", "_type", "examples", "task", "version")

    def __init__(self, snapshot: Snapshot) -> None:
        assert snapshot.rates is not None
        self.task = snapshot.task
        self.version = snapshot.version
        self.examples = snapshot.examples
        self._channel = snapshot.rates.channel
        self._type = snapshot.rates.type
        self._hour = snapshot.rates.hour
        self._densities: dict[tuple[str, tuple[float, ...]], tuple[float, ...]] = {}

    def channel(self, segment: str, name: str, prior: float, kappa: float = KAPPA) -> Estimate:
        """The engagement rate of a channel in a segment.

        Args:
            segment: the user's (`tactful.features.segments`); "" for everyone.
            name: the channel's name.
            prior: the rate that holds without any data (the policy's `engage_prob`).
            kappa: how many sends the wider group's rate is worth.
        """
        return _estimate(self._channel, segment, name, prior, kappa)

    def type(self, segment: str, name: str, prior: float, kappa: float = KAPPA) -> Estimate:
        """The engagement rate of a notification type in a segment; see `channel`."""
        return _estimate(self._type, segment, name, prior, kappa)

    def overall(self, prior: float, kappa: float = KAPPA) -> Estimate:
        """The engagement rate of everyone on all channels."""
        pairs = self._channel.get("", {}).values()
        whole = Pair(sum(each.sent for each in pairs), sum(each.engaged for each in pairs))
        return _estimate({"": {"": whole}}, "", "", prior, kappa)

    def hours(self, segment: str, usual: tuple[float, ...]) -> tuple[float, ...]:
        """The density of engagements over the 24 local hours; adds up to 1.

        The segment's hours shrunk to everyone's, and these to the usual ones.

        Args:
            segment: the user's; "" for everyone.
            usual: weights of the hours that hold without any data (the policy's); not all 0.
        """
        key = segment if segment in self._hour else "", usual
        found = self._densities.get(key)
        if found is None:
            total = sum(usual)
            found = _shrunk(self._hour.get(""), tuple(weight / total for weight in usual))
            if key[0]:
                found = _shrunk(self._hour.get(segment), found)
            self._densities[key] = found
        return found


def _estimate(
    table: Mapping[str, Mapping[str, Pair]], segment: str, name: str, prior: float, kappa: float
) -> Estimate:
    everyone = table.get("", {}).get(name, _NONE)
    total = everyone.sent + kappa
    prob, prior_weight = (everyone.engaged + kappa * prior) / total, kappa / total
    own = table.get(segment, {}).get(name, _NONE) if segment else _NONE
    total = own.sent + kappa
    rest = kappa / total
    return Estimate(
        (own.engaged + kappa * prob) / total,
        own.sent / total,
        rest * (1.0 - prior_weight),
        rest * prior_weight,
    )


def _shrunk(weights: tuple[float, ...] | None, wider: tuple[float, ...]) -> tuple[float, ...]:
    if weights is None:
        return wider
    total = sum(weights) + HOUR_KAPPA
    return tuple(
        (weight + HOUR_KAPPA * before) / total
        for weight, before in zip(weights, wider, strict=True)
    )


_NONE = Pair(0.0, 0.0)
