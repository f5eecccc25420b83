"""Daily rhythms: mixtures of von Mises densities over the local hour, working days and weekends.

Where the shapes are taken from stands in docs/simulator.md.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

HOURS = 24
WEEK_H = 168
_WORKDAYS = 5
_FLOOR = 0.03
"""The share of someone's activity that has no rhythm at all."""

Component = tuple[float, float, float]
"""Where a peak lies (local hour), how narrow it is (von Mises kappa), and its weight."""


@dataclass(frozen=True, slots=True)
class Persona:
    """A kind of day: its peaks on working days and on weekends, and how common it is."""

    name: str
    share: float
    workday: tuple[Component, ...]
    weekend: tuple[Component, ...]
    weekend_level: float = 1.0


PERSONAS = (
    Persona(
        "early riser",
        0.13,
        ((6.5, 8.0, 0.40), (12.0, 5.0, 0.20), (18.5, 4.0, 0.40)),
        ((8.0, 5.0, 0.45), (13.0, 2.0, 0.25), (19.0, 4.0, 0.30)),
    ),
    Persona(
        "commuter",
        0.20,
        ((7.8, 14.0, 0.30), (12.7, 8.0, 0.15), (17.8, 12.0, 0.35), (21.3, 6.0, 0.20)),
        ((10.5, 3.0, 0.40), (20.5, 3.0, 0.60)),
        0.9,
    ),
    Persona(
        "office",
        0.17,
        ((9.3, 6.0, 0.25), (12.8, 10.0, 0.40), (16.0, 4.0, 0.15), (20.5, 5.0, 0.20)),
        ((11.0, 3.0, 0.50), (19.5, 3.0, 0.50)),
        0.7,
    ),
    Persona(
        "evening",
        0.26,
        ((8.5, 4.0, 0.10), (13.0, 4.0, 0.15), (20.3, 6.0, 0.75)),
        ((11.5, 3.0, 0.35), (21.0, 4.0, 0.65)),
        1.2,
    ),
    Persona(
        "night owl",
        0.09,
        ((14.0, 3.0, 0.30), (22.8, 5.0, 0.70)),
        ((15.0, 2.0, 0.30), (23.8, 4.0, 0.70)),
        1.3,
    ),
    Persona(
        "at home by day",
        0.10,
        ((10.3, 6.0, 0.50), (14.3, 5.0, 0.30), (21.0, 5.0, 0.20)),
        ((11.0, 2.0, 0.50), (20.5, 3.0, 0.50)),
        0.8,
    ),
    Persona(
        "shift worker",
        0.05,
        ((5.5, 6.0, 0.25), (15.3, 6.0, 0.45), (23.0, 4.0, 0.30)),
        ((13.0, 2.0, 0.60), (22.0, 3.0, 0.40)),
        1.1,
    ),
)
"""Weekends begin later: the social jet lag of about an hour and a half."""

_MAIL_WORKDAY: tuple[Component, ...] = ((9.2, 6.0, 0.50), (13.6, 5.0, 0.20), (20.0, 4.0, 0.30))
_MAIL_WEEKEND: tuple[Component, ...] = ((10.8, 3.0, 0.55), (20.0, 3.0, 0.45))
_WAKING: tuple[Component, ...] = ((15.0, 0.9, 1.0),)


def week_of(
    workday: tuple[Component, ...],
    weekend: tuple[Component, ...],
    weekend_level: float = 1.0,
    shift_h: float = 0.0,
    floor: float = _FLOOR,
) -> Floats:
    """The intensity of each hour of the week, 1 on average.

    >>> week = week_of(((9.0, 4.0, 1.0),), ((11.0, 4.0, 1.0),))
    >>> round(float(week.mean()), 9), int(week[:24].argmax()), int(week[120:144].argmax())
    (1.0, 8, 10)
    """
    day = _day(workday, shift_h)
    rest = _day(weekend, shift_h) * weekend_level
    week = np.concatenate([np.tile(day, _WORKDAYS), np.tile(rest, 7 - _WORKDAYS)])
    return np.asarray((1.0 - floor) * week / week.mean() + floor)


def own_week(persona: Persona, shift_h: float, rng: np.random.Generator) -> Floats:
    """The week of one person: the persona's peaks, shifted, in proportions of their own."""
    return week_of(
        _mixed(persona.workday, rng),
        _mixed(persona.weekend, rng),
        persona.weekend_level,
        shift_h,
    )


def mail_week(shift_h: float) -> Floats:
    """When people look into their mailbox, beyond their other habits."""
    return week_of(_MAIL_WORKDAY, _MAIL_WEEKEND, 0.6, shift_h / 2)


def waking_week(shift_h: float) -> Floats:
    """When people are awake: broad, with its low point at three in the morning."""
    return week_of(_WAKING, _WAKING, 1.0, shift_h)


def _mixed(components: tuple[Component, ...], rng: np.random.Generator) -> tuple[Component, ...]:
    weights = rng.dirichlet([30.0 * weight for _, _, weight in components])
    return tuple(
        (mean, kappa, float(weight))
        for (mean, kappa, _), weight in zip(components, weights, strict=True)
    )


_MIDDLES = np.arange(HOURS) + 0.5


def _day(components: tuple[Component, ...], shift_h: float) -> Floats:
    """A mixture of von Mises densities at the middle of each hour."""
    means, kappas, weights = np.array(components).T[:, :, None]
    heights = weights / np.array([[_normaliser(kappa)] for _, kappa, _ in components])
    angles = 2 * np.pi * (_MIDDLES - means - shift_h) / HOURS
    return np.asarray((heights * np.exp(kappas * np.cos(angles))).sum(axis=0))


@lru_cache(maxsize=256)
def _normaliser(kappa: float) -> float:
    return 2 * np.pi * float(np.i0(kappa))
