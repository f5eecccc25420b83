"""What happens whatever is sent: users open the app, and upstream teams ask for notifications.

All policies meet the same streams. Teams ask for far more than is good for anyone.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.simulator.world.clock import Clock
from tactful.simulator.world.population import Population
from tactful.simulator.world.response import TYPES

Times = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_SESSIONS, _REQUESTS, _DRAWS = 11, 12, 13
_SESSION_MIN = (4.0, 0.8)
"""Median minutes of a session, and the sigma of its logarithm."""
_LONGEST_MIN = 30.0
DRAWS = 12
"""How many random numbers decide what comes of one send."""

TTL_MS = {
    "promotion": 3 * DAY_MS,
    "recommendation": 2 * DAY_MS,
    "newsletter": 7 * DAY_MS,
    "social_activity": DAY_MS,
    "cart_reminder": 2 * DAY_MS,
    "tip": 7 * DAY_MS,
}
"""How long a request of a type is worth sending."""
TTLS_MS = tuple(TTL_MS[name] for name in TYPES)

_CAMPAIGN_PROB, _RECOMMENDED_PROB, _CART_PROB = 0.8, 0.9, 0.12
_SOCIAL_PER_DAY, _TIPS_PER_DAY = 0.6, 0.25
_NEWSLETTER_DAYS = (1, 4)
_PROMOTION, _RECOMMENDATION, _NEWSLETTER, _SOCIAL, _CART, _TIP = range(len(TYPES))


@dataclass(frozen=True)
class Stream:
    """One user's exogenous life.

    Attributes:
        sessions: when the app is opened, in order, epoch milliseconds.
        session_ends: when each of them ends.
        asked: when each request is made, in order.
        types: the number of each request's type in `TYPES`.
        draws: by request, `DRAWS` numbers: uniform, the last three normal.
    """

    sessions: list[int]
    session_ends: list[int]
    asked: list[int]
    types: list[int]
    draws: Floats = field(repr=False)


def stream_of(people: Population, user: int, clock: Clock, drift_ms: int | None) -> Stream:
    """What happens to one user: a function of the population's seed and the user alone."""
    seed = people.seed
    sessions, ends = _sessions(
        people, user, clock, drift_ms, np.random.default_rng((seed, _SESSIONS, user))
    )
    asked, types = _requests(
        clock,
        people.zone[user].item(),
        sessions,
        np.random.default_rng((seed, _REQUESTS, user)),
    )
    rng = np.random.default_rng((seed, _DRAWS, user))
    draws = rng.random((len(asked), DRAWS))
    draws[:, -3:] = rng.normal(size=(len(asked), 3))
    return Stream(sessions.tolist(), ends.tolist(), asked.tolist(), types.tolist(), draws)


def _sessions(
    people: Population, user: int, clock: Clock, drift_ms: int | None, rng: np.random.Generator
) -> tuple[Times, Times]:
    """A Poisson process whose rate follows the user's week, hour by hour."""
    hours = clock.start_ms + np.arange(clock.days * 24, dtype=np.int64) * HOUR_MS
    zone = people.zone[user].item()
    weekly = np.array([int(clock.week_hour(zone, at)) for at in hours.tolist()])
    rates = people.own[0, user][weekly]
    if drift_ms is not None and people.drifts[user]:
        rates = np.where(hours < drift_ms, rates, people.own[1, user][weekly])
    counts = rng.poisson(rates * people.sessions_per_day[user] / 24.0)
    starts = np.repeat(hours, counts)
    starts = np.sort(starts + (rng.random(len(starts)) * HOUR_MS).astype(np.int64))
    median, sigma = _SESSION_MIN
    minutes = np.minimum(rng.lognormal(np.log(median), sigma, len(starts)), _LONGEST_MIN)
    return starts, starts + (minutes * MINUTE_MS).astype(np.int64)


def _requests(
    clock: Clock, zone: int, sessions: Times, rng: np.random.Generator
) -> tuple[Times, Times]:
    """Each team by its own plan: batches at a fixed hour of UTC, or when something happens."""
    days = clock.days
    midnights = clock.start_ms + np.arange(days, dtype=np.int64) * DAY_MS
    found: list[tuple[Times, int]] = []

    def batch(kind: int, on: npt.NDArray[np.bool_], hour: float, width_h: float) -> None:
        jitter = hour + width_h * rng.random(days)
        at = midnights + (jitter * HOUR_MS).astype(np.int64)
        found.append((at[on], kind))

    batch(_PROMOTION, rng.random(days) < _CAMPAIGN_PROB, 10.0, 1.0)
    batch(_RECOMMENDATION, rng.random(days) < _RECOMMENDED_PROB, 5.0, 2.0)
    batch(_NEWSLETTER, np.isin(np.arange(days) % 7, _NEWSLETTER_DAYS), 8.0, 0.5)
    for kind, per_day in ((_SOCIAL, _SOCIAL_PER_DAY), (_TIP, _TIPS_PER_DAY)):
        count = int(rng.poisson(per_day * days))
        # Others are awake by day: between eight and midnight, local time.
        wall = rng.integers(0, days, count) * DAY_MS + (
            (8.0 + 16.0 * rng.random(count)) * HOUR_MS
        ).astype(np.int64)
        at = clock.start_ms + wall - clock.offset(zone, clock.start_ms)
        found.append((at, kind))
    carts = sessions[rng.random(len(sessions)) < _CART_PROB] + HOUR_MS
    found.append((carts, _CART))
    asked = np.concatenate([at for at, _ in found])
    types = np.concatenate([np.full(len(at), kind, dtype=np.int64) for at, kind in found])
    inside = (asked >= clock.start_ms) & (asked < clock.end_ms)
    order = np.argsort(asked[inside], kind="stable")
    return asked[inside][order], types[inside][order]
