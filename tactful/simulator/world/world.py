"""A world: its people, their streams, and look-ups of the truth, shared by all policies."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from tactful.local_time import DAY_MS
from tactful.simulator.world.clock import DEFAULT_START_MS, Clock
from tactful.simulator.world.personas import Floats
from tactful.simulator.world.population import ZONES, Population, population
from tactful.simulator.world.response import CHANNELS, COST
from tactful.simulator.world.streams import Stream, stream_of

_HOURS = 24


@dataclass(frozen=True)
class Plan:
    """What world to make.

    Attributes:
        seed: another seed, another world.
        users: how many.
        days: how long.
        drift_day: on which day a share of the users changes; None: never.
        start_ms: the first moment, a midnight of UTC.
    """

    seed: int
    users: int = 2000
    days: int = 60
    drift_day: int | None = 30
    start_ms: int = DEFAULT_START_MS


class World:
    """People and their streams. Nothing here changes by what is sent."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.clock = Clock(plan.start_ms, plan.days, ZONES)
        self.people: Population = population(plan.users, plan.seed)
        self.drift_ms = None if plan.drift_day is None else plan.start_ms + plan.drift_day * DAY_MS
        self.streams: list[Stream] = [
            stream_of(self.people, user, self.clock, self.drift_ms) for user in range(plan.users)
        ]

    def phase(self, user: int, at_ms: int) -> int:
        """0 before the user's drift, 1 after."""
        drift_ms = self.drift_ms
        return int(drift_ms is not None and at_ms >= drift_ms and bool(self.people.drifts[user]))

    @cached_property
    def best_seen(self) -> Floats:
        """By phase, user, channel and local weekday: seen at the best allowed hour of that day."""
        people = self.people
        by_day = people.seen.reshape(*people.seen.shape[:-1], 7, _HOURS)
        hours = np.arange(_HOURS)
        allowed = np.array(
            [
                (hours >= people.allowed(user)[0]) & (hours < people.allowed(user)[1])
                for user in range(len(people))
            ]
        )
        return np.asarray(np.where(allowed[None, :, None, None, :], by_day, 0.0).max(axis=-1))

    @cached_property
    def channel_order(self) -> tuple[int, ...]:
        """The channels from best to worst for the average user they reach: what a team can know."""
        people = self.people
        willing = 1.0 - np.exp(-people.appeal[0].mean(axis=-1))
        worth = self.best_seen[0].mean(axis=-1) * willing - np.array(COST)
        mean = (worth * people.reached).sum(axis=0) / people.reached.sum(axis=0)
        return tuple(int(channel) for channel in np.argsort(-mean, kind="stable"))

    def usual_channel(self, user: int) -> int:
        """The channel that a policy without knowledge of the user takes."""
        return next(c for c in self.channel_order if self.people.reached[user, c])

    @cached_property
    def best_hour(self) -> int:
        """The local hour that is best on average over all users, on their usual channels."""
        people = self.people
        total = np.zeros(_HOURS)
        for user in range(len(people)):
            channel = self.usual_channel(user)
            willing = 1.0 - np.exp(-people.appeal[0, user, channel].mean())
            total += willing * people.seen[0, user, channel].reshape(7, _HOURS).mean(axis=0)
        first, end = people.allowed(int(np.flatnonzero(people.quiet == 0)[0]))
        return first + int(total[first:end].argmax())


@lru_cache(maxsize=1)
def world_of(plan: Plan) -> World:
    """The world of a plan; the last one is kept, as all policies of a seed share it."""
    return World(plan)


assert len(CHANNELS) == len(COST)
