"""What a user is worth from now on, by annoyance: the price of annoying someone, for the oracle.

Value iteration on a grid of annoyance, half a day a step, discounted without end:

    V(a) = max over sending nothing or on one of the channels of
           utility(a) + stays(a) * beta * V((a + added) * fades)

with the truth's own probabilities; the hour is the best one of an average day, the type an
average of the better ones. `continued` is the right side without a send now.
"""

import numpy as np
import numpy.typing as npt

from tactful.simulator.world.personas import Floats
from tactful.simulator.world.population import Population
from tactful.simulator.world.response import (
    COMPLAIN_BASE,
    COMPLAIN_CHANNEL,
    COMPLAIN_MOST,
    COMPLAIN_SCALE,
    COMPLAIN_SHAPE,
    COST,
    ENGAGED_IRRITATION,
    INTRUSION,
    NEGATIVE_COST,
    SEEN_PRESENT,
    STEEPNESS,
    TOLERANCE,
    UNSUBSCRIBE_BASE,
    UNSUBSCRIBE_MOST,
    UNSUBSCRIBE_SCALE,
    UNSUBSCRIBE_SHAPE,
)

CELL = 0.4
"""The grid's step of annoyance."""
CELLS = 60
_STEP_DAYS = 0.5
_HORIZON_DAYS = 60.0
"""The future counts 1/e less after so many days: as long as a run lasts."""
_ITERATIONS = 400
_ENOUGH = 0.005
_BETTER_TYPES = 3
"""An oracle that may choose among what waits seldom sends one of the lesser half."""
_BATCH = 250


def continued(people: Population, best_seen: Floats, phase: int) -> Floats:
    """By user and cell of annoyance, what is to come when nothing is sent now.

    Args:
        people: the truth.
        best_seen: by phase, user, channel and weekday.
        phase: 0 before the drift, 1 after.
    """
    parts = [
        _continued(people, best_seen[phase], phase, users)
        for users in np.array_split(np.arange(len(people)), -(-len(people) // _BATCH))
    ]
    return np.concatenate(parts)


def _continued(
    people: Population, best_seen: Floats, phase: int, users: npt.NDArray[np.int64]
) -> Floats:
    grid = np.arange(CELLS) * CELL
    seen = best_seen[users].mean(axis=-1)
    # A session in the allowed hours is a chance to be seen for sure.
    sessions = 1.0 - np.exp(-people.sessions_per_day[users] * 0.6 * _STEP_DAYS)
    present = np.maximum(seen, np.array(SEEN_PRESENT))
    seen = sessions[:, None] * present + (1.0 - sessions[:, None]) * seen
    appeal = np.sort(people.appeal[phase][users], axis=-1)[..., -_BETTER_TYPES:].mean(axis=-1)
    seen, appeal = seen[..., None], appeal[..., None]  # user, channel, annoyance
    damped = appeal / (1.0 + (grid / TOLERANCE) ** STEEPNESS)
    engage = seen * (1.0 - np.exp(-damped))
    interest = 1.0 - np.exp(-appeal)
    annoys = (
        people.sensitivity[users][:, None, None]
        * np.array(INTRUSION)[:, None]
        * (1.3 - interest)
        * (1.0 + 0.5 * (1.0 - seen))
    )
    leaves = _leaves(grid + annoys)
    utility = engage - np.array(COST)[:, None] - NEGATIVE_COST * leaves
    utility = np.where(people.reached[users][..., None], utility, -np.inf)
    after = grid + annoys * (1.0 - engage * (1.0 - ENGAGED_IRRITATION))
    fades = np.exp(-_STEP_DAYS / people.memory_days[users])[:, None]
    stays = 1.0 - leaves
    churns = 1.0 - people.churn_per_day[users][:, None] * _STEP_DAYS
    beta = np.exp(-_STEP_DAYS / _HORIZON_DAYS) * churns
    value = np.zeros((len(users), CELLS))
    rest = _Line(grid * fades)
    sent = _Line(after * fades[..., None])
    for _ in range(_ITERATIONS):
        best = (utility + stays * beta[..., None] * sent.of(value)).max(axis=1)
        new = np.maximum(beta * rest.of(value), best)
        done = float(np.abs(new - value).max()) < _ENOUGH
        value = new
        if done:
            break
    return np.asarray(beta * rest.of(value))


def _leaves(annoyance: Floats) -> Floats:
    """By channel along the axis before the last: unsubscribe or complain."""
    unsubscribes = UNSUBSCRIBE_BASE + UNSUBSCRIBE_MOST * (
        1.0 - np.exp(-((annoyance / UNSUBSCRIBE_SCALE) ** UNSUBSCRIBE_SHAPE))
    )
    complains = np.array(COMPLAIN_CHANNEL)[:, None] * (
        COMPLAIN_BASE
        + COMPLAIN_MOST * (1.0 - np.exp(-((annoyance / COMPLAIN_SCALE) ** COMPLAIN_SHAPE)))
    )
    return np.asarray(unsubscribes + complains)


class _Line:
    """Linear interpolation along the grid, with the places worked out once."""

    def __init__(self, annoyance: Floats) -> None:
        at = np.clip(annoyance / CELL, 0.0, CELLS - 1.001)
        self._low = at.astype(np.int64)
        self._part = at - self._low
        self._shape = annoyance.shape

    def of(self, value: Floats) -> Floats:
        low = self._low.reshape(len(value), -1)
        below = np.take_along_axis(value, low, axis=1).reshape(self._shape)
        above = np.take_along_axis(value, low + 1, axis=1).reshape(self._shape)
        return np.asarray(below + self._part * (above - below))
