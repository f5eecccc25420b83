"""The user's weekly rhythm: how much likelier than average they are there at an hour.

An event speaks for the hours beside its own too: C(h) is the user's decayed events, smoothed around
the clock by a Gaussian of one hour (kernel density estimation; Mardia & Jupp, "Directional
Statistics", 2000). The density over the 24 hours of a day type (working days, weekend) is then
shrunk twice:
week(h) = (C(h) + kappa alike(h)) / (C + kappa), and
day_type(h) = (C_type(h) + kappa week(h)) / (C_type + kappa),
as in the posterior mean of a Dirichlet prior worth kappa events. alike(h) are the hours of users
alike: the policy's, and once engagements were learned from those of the user's segment
(`tactful.models.Rates.hours`). The rhythm is 24 times that density: 1 is an average hour.
docs/evaluation.md has what the smoothing is worth.
"""

from functools import lru_cache
from math import exp

from tactful.activity.part import histogram
from tactful.policy.model import Timing

HOURS = 24
SIGMA_HOURS = 1.0
_REACH = 3
"""Hours beyond which a Gaussian of one hour has nothing left to say."""
_WORKDAY_BINS = 5 * HOURS


@lru_cache(maxsize=16)
def _global_density(weights: tuple[float, ...]) -> tuple[float, ...]:
    total = sum(weights)
    return tuple(weight / total for weight in weights)


class Rhythm:
    """The rhythm of one user at one moment; each hour is worked out when it is asked for.

    Args:
        activity: the section of the user's state.
        now_ms: the moment, epoch milliseconds.
        timing: of the policy.
        alike: the density of users alike over the 24 local hours; None: the policy's hours.
    """

    __slots__ = ("_alike", "_bins", "_by_hour", "_factor", "_kappa", "_known", "_totals")

    def __init__(
        self,
        activity: bytes,
        now_ms: int,
        timing: Timing,
        alike: tuple[float, ...] | None = None,
    ) -> None:
        self._alike = _global_density(timing.global_hour_weights) if alike is None else alike
        self._kappa = timing.kappa_user
        self._known: dict[int, float] = {}
        self._by_hour: tuple[tuple[float, ...], tuple[float, ...]] | None = None
        found = histogram(activity, now_ms)
        self._bins: tuple[float, ...] | None = None
        if found is not None:
            self._bins, self._factor = found
            workdays = sum(self._bins[:_WORKDAY_BINS])
            weekend = sum(self._bins[_WORKDAY_BINS:])
            self._totals = (workdays * self._factor, weekend * self._factor)

    def at(self, hour_of_week: int) -> float:
        """How many times likelier than at an average hour; 0 and more."""
        weekend, hour = hour_of_week >= _WORKDAY_BINS, hour_of_week % HOURS
        slot = hour + HOURS if weekend else hour
        value = self._known.get(slot)
        if value is None:
            value = self._known[slot] = HOURS * self._density(weekend, hour)
        return value

    @property
    def evidence(self) -> float:
        """The decayed number of the user's events behind the rhythm."""
        return sum(self._totals) if self._bins is not None else 0.0

    def _density(self, weekend: bool, hour: int) -> float:
        if self._bins is None:
            return self._alike[hour]
        if self._by_hour is None:
            self._by_hour = _summed(self._bins[:_WORKDAY_BINS]), _summed(self._bins[_WORKDAY_BINS:])
        factor, kappa = self._factor, self._kappa
        workdays = self._by_hour[0][hour] * factor
        weekends = self._by_hour[1][hour] * factor
        all_days = sum(self._totals)
        week = (workdays + weekends + kappa * self._alike[hour]) / (all_days + kappa)
        own = weekends if weekend else workdays
        return (own + kappa * week) / (self._totals[weekend] + kappa)


def _kernel() -> tuple[float, ...]:
    """What an event says of its own hour, and of each one farther away, on either side."""
    weights = [exp(-0.5 * (apart / SIGMA_HOURS) ** 2) for apart in range(_REACH + 1)]
    total = weights[0] + 2.0 * sum(weights[1:])
    return tuple(weight / total for weight in weights)


_K0, _K1, _K2, _K3 = _kernel()


def _summed(bins: tuple[float, ...]) -> tuple[float, ...]:
    """By hour, over the days, smoothed around the clock."""
    days = (bins[at : at + HOURS] for at in range(0, len(bins), HOURS))
    hours = tuple(map(sum, zip(*days, strict=True)))
    around = hours[-_REACH:] + hours + hours[:_REACH]
    return tuple(
        _K0 * around[at]
        + _K1 * (around[at - 1] + around[at + 1])
        + _K2 * (around[at - 2] + around[at + 2])
        + _K3 * (around[at - 3] + around[at + 3])
        for at in range(_REACH, HOURS + _REACH)
    )
