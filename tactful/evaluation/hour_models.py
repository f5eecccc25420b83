"""Ways to predict the hour of a user's next open, for `tactful.evaluation.hours.score`.

`GlobalHours` and `ShrunkHours` are the baselines; `VisitRhythm` is the better one, and
`visit_rhythm` its formula on a histogram of 168 decayed hours of the week.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import msgspec
import numpy as np

from tactful.activity.part import noted
from tactful.evaluation.estimate import Floats
from tactful.evaluation.hours import HOURS, HOURS_OF_WEEK, Past, Predict
from tactful.policy import Timing
from tactful.timing import Rhythm

PRIOR_OPENS = 24.0
"""All users' opens are mixed with so many that know no hour: one for each."""
BASELINE = "own hours, shrunk"
"""The name of the way that better ones must beat."""
_DAY_MS = 86_400_000
_WEEKDAYS = 5


def everyones(counts: Floats, prior: float = PRIOR_OPENS) -> Floats:
    """(24,) the hours of all users' opens, the days of the week together.

    (N(h) + prior / 24) / (N + prior).
    """
    by_hour = counts.reshape(7, HOURS).sum(axis=0)
    return np.asarray((by_hour + prior / HOURS) / (by_hour.sum() + prior))


@dataclass(frozen=True, slots=True)
class GlobalHours:
    """Everyone's hours, whoever it is."""

    prior: float = PRIOR_OPENS

    def __call__(self, past: Past, weekday: int) -> Floats:  # noqa: ARG002
        """See `everyones`."""
        return everyones(past.everyone, self.prior)


@dataclass(frozen=True, slots=True)
class ShrunkHours:
    """The user's own hours, shrunk to everyone's.

    (C(h) + kappa g(h)) / (C + kappa), with C the user's opens: the posterior mean under a Dirichlet
    prior worth kappa opens.
    """

    kappa: float = 20.0
    prior: float = PRIOR_OPENS

    def __call__(self, past: Past, weekday: int) -> Floats:  # noqa: ARG002
        """The posterior mean."""
        own = np.bincount(np.asarray(past.hours_of_week, dtype=np.int64) % HOURS, minlength=HOURS)
        shared = everyones(past.everyone, self.prior)
        return np.asarray((own + self.kappa * shared) / (own.sum() + self.kappa))


@dataclass(frozen=True, slots=True)
class RhythmSettings:
    """The numbers of `visit_rhythm`; `docs/evaluation.md` tells how they were chosen.

    Attributes:
        sigma_hours: how far an open speaks for the hours beside its own.
        kappa_week: how many of the user's visits weigh as much as everyone's rhythm.
        kappa_day_type: how many on such days weigh as much as the user's whole week.
        kappa_everyone: how many of all users' visits on such days weigh as much as their week.
    """

    sigma_hours: float = 1.0
    kappa_week: float = 15.0
    kappa_day_type: float = 20.0
    kappa_everyone: float = 200.0


SETTINGS = RhythmSettings()


def visit_rhythm(
    bins: Floats, shared: Floats, weekday: int, settings: RhythmSettings = SETTINGS
) -> Floats:
    """(24,) the hours at which a user's next visit begins, on this day of the week.

    With S the bins smoothed around the clock by K, and D the days of the weekday's type (working
    days or weekend):
    week(h) = (S_all(h) + kappa_week shared(h)) / (S_all + kappa_week),
    p(h) = (S_D(h) + kappa_day_type week(h)) / (S_D + kappa_day_type).

    Args:
        bins: (168,) the user's visits by hour of the week, decayed up to their last one.
        shared: (24,) everyone's hours on such a day.
        weekday: 0 for Monday.
        settings: the numbers.
    """
    days = (bins.reshape(7, HOURS) @ kernel(settings.sigma_hours)).reshape(7, HOURS)
    whole, own = days.sum(axis=0), _alike(days, weekday)
    week = _shrunk(whole, shared, settings.kappa_week)
    return _shrunk(own, week, settings.kappa_day_type)


def shared_rhythm(
    counts: Floats, weekday: int, settings: RhythmSettings = SETTINGS, prior: float = PRIOR_OPENS
) -> Floats:
    """(24,) everyone's hours on such a day, smoothed, shrunk to those of all days."""
    days = counts.reshape(7, HOURS) @ kernel(settings.sigma_hours)
    week = _shrunk(days.sum(axis=0), np.full(HOURS, 1 / HOURS), prior)
    return _shrunk(_alike(days, weekday), week, settings.kappa_everyone)


@lru_cache(maxsize=16)
def kernel(sigma_hours: float) -> Floats:
    """(24, 24) a Gaussian around the clock, each row summing to one; none of it for sigma 0."""
    if sigma_hours == 0:
        return np.eye(HOURS)
    apart = np.abs(np.arange(HOURS)[:, None] - np.arange(HOURS))
    apart = np.minimum(apart, HOURS - apart)
    weights = np.exp(-0.5 * (apart / sigma_hours) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class VisitRhythm:
    """`visit_rhythm` of the user's past visits, with decay.

    Attributes:
        half_life_days: after which a visit counts half, measured up to the user's last one.
        settings: of the formula.
    """

    half_life_days: float = 224.0
    settings: RhythmSettings = SETTINGS

    def __call__(self, past: Past, weekday: int) -> Floats:
        """The rhythm on such a day."""
        shared = shared_rhythm(past.everyone_visits, weekday, self.settings)
        return visit_rhythm(self._bins(past), shared, weekday, self.settings)

    def _bins(self, past: Past) -> Floats:
        if not past.at_ms:
            return np.zeros(HOURS_OF_WEEK)
        at_ms = np.asarray(past.at_ms, dtype=np.float64)
        weights = np.where(
            past.begins_visit, 2.0 ** ((at_ms - at_ms[-1]) / (self.half_life_days * _DAY_MS)), 0.0
        )
        return np.asarray(
            np.bincount(past.hours_of_week, weights=weights, minlength=HOURS_OF_WEEK),
            dtype=np.float64,
        )


@dataclass(frozen=True, slots=True)
class DecisionRhythm:
    """The rhythm that decisions use (`tactful.timing.Rhythm`), from the same bytes of state."""

    timing: Timing = field(default_factory=Timing)

    def __call__(self, past: Past, weekday: int) -> Floats:
        """The hours of such a day, as of the user's last open."""
        shared = tuple(everyones(past.everyone).tolist())
        timing = msgspec.structs.replace(self.timing, global_hour_weights=shared)
        section = b""
        for at_ms, hour in zip(past.at_ms, past.hours_of_week, strict=True):
            section = noted(section, int(at_ms), int(hour))
        rhythm = Rhythm(section, int(past.at_ms[-1]) if past.at_ms else 0, timing)
        return np.array([rhythm.at(weekday * HOURS + hour) for hour in range(HOURS)]) / HOURS


@dataclass(frozen=True, slots=True)
class Staying:
    """Another way, for a next open that may still belong to the user's last visit.

    p(h) = s v(h) + (1 - s) other(h): s is the share of the user's opens that went on with a visit,
    shrunk to everyone's share by `kappa` opens; v is the last open's hour, or the hour after it.

    Attributes:
        other: the hours of a new visit.
        kappa: how many of the user's opens weigh as much as everyone's share.
        same_hour_prob: that a visit goes on within the hour.
    """

    other: Predict
    kappa: float = 5.0
    same_hour_prob: float = 0.9

    def __call__(self, past: Past, weekday: int) -> Floats:
        """The mixture."""
        fresh = self.other(past, weekday)
        if not past.at_ms:
            return fresh
        everyone, visits = past.everyone.sum(), past.everyone_visits.sum()
        usual = (everyone - visits + 1) / (everyone + 2)
        own = len(past.at_ms)
        share = (own - sum(past.begins_visit) + self.kappa * usual) / (own + self.kappa)
        last = past.hours_of_week[-1] % HOURS
        mixed = (1 - share) * fresh
        mixed[last] += share * self.same_hour_prob
        mixed[(last + 1) % HOURS] += share * (1 - self.same_hour_prob)
        return np.asarray(mixed)


def named(kappa: float) -> dict[str, Predict]:
    """The ways that `tactful evaluate hours` compares."""
    return {
        "global hours": GlobalHours(),
        BASELINE: ShrunkHours(kappa),
        "rhythm of the decisions": DecisionRhythm(),
        "visit rhythm": VisitRhythm(),
        "visit rhythm, or still there": Staying(VisitRhythm()),
    }


def _alike(days: Floats, weekday: int) -> Floats:
    """(24,) the sum over the days of the weekday's type."""
    return np.asarray((days[:_WEEKDAYS] if weekday < _WEEKDAYS else days[_WEEKDAYS:]).sum(axis=0))


def _shrunk(counts: Floats, towards: Floats, kappa: float) -> Floats:
    return np.asarray((counts + kappa * towards) / (counts.sum() + kappa))
