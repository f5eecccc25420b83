"""How the greedy choices of a policy compare with the truth, user by user.

A choice is asked for at the first allowed hour of the next day: on which channel, at which hour of
that day? The truth weighs the same channels and hours by the chance of engagement less the cost,
with the annoyance that the user has by then.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from tactful.local_time import DAY_MS, HOUR_MS
from tactful.simulator.world.life import Life
from tactful.simulator.world.personas import Floats
from tactful.simulator.world.policy import PROBED
from tactful.simulator.world.response import CHANNELS, COST, STEEPNESS, TOLERANCE, TYPES
from tactful.simulator.world.tally import Accuracy
from tactful.simulator.world.world import World

ENOUGH_SENDS = 20
ENOUGH_SESSIONS = 20
CLEAR = 1.05
"""There is something to tell where the best is worth so many times the second, or a usual hour."""
_KIND = TYPES.index(PROBED)
_HOURS = 24


class Choice(NamedTuple):
    """What a policy would do for a user that day: the channel's number, and when."""

    channel: int
    at_ms: int


class _Verdict(NamedTuple):
    """One user's choice against the truth."""

    channel: bool
    channel_value: float
    hour: bool
    hour_value: float
    channel_counts: bool
    hour_counts: bool


Choose = Callable[[int, int], Choice | None]
"""(user, the moment asked) -> the choice, None if the policy would send nothing."""


def judge(
    world: World, lives: Sequence[Life], day: int, choose: Choose, sends_before: Sequence[int]
) -> Accuracy:
    """Ask for a choice for each active user after a day, and compare it with the truth.

    Args:
        world: the truth.
        lives: all users.
        day: the day that has just ended.
        choose: the policy's choice.
        sends_before: sends up to the user's last change: they don't count as history.
    """
    verdicts = []
    after_ms = world.clock.start_ms + (day + 1) * DAY_MS
    for user, life in enumerate(lives):
        if not life.alive or life.subscribed_until_ms is not None:
            continue
        first, _ = world.people.allowed(user)
        at_ms = world.clock.next_local_hour(world.people.zone.item(user), after_ms, first)
        choice = choose(user, at_ms)
        if choice is not None:
            enough = _enough(world, life, at_ms, life.sends - sends_before[user])
            verdicts.append(_verdict(world, life, at_ms, choice, enough=enough))
    return _accuracy(day, verdicts)


def _enough(world: World, life: Life, at_ms: int, sends: int) -> bool:
    """Whether there is history to tell from: sends, and sessions of the last four weeks."""
    sessions = world.streams[life.user].sessions
    since_ms = at_ms - 28 * DAY_MS
    drift_ms = world.drift_ms
    if drift_ms is not None and drift_ms <= at_ms and world.people.drifts[life.user]:
        since_ms = max(since_ms, drift_ms)
    seen = bisect_left(sessions, at_ms) - bisect_left(sessions, since_ms)
    return sends >= ENOUGH_SENDS and seen >= ENOUGH_SESSIONS


def worths(world: World, life: Life, at_ms: int) -> Floats:
    """By channel and allowed hour of that day: engagement less cost; -1 where it can't be sent.

    Args:
        world: the truth.
        life: the user.
        at_ms: the first allowed hour of the day.
    """
    people, user = world.people, life.user
    first, end = people.allowed(user)
    day = int(world.clock.week_hour(people.zone.item(user), at_ms)) // _HOURS
    phase = world.phase(user, at_ms)
    seen = people.seen[phase, user].reshape(len(CHANNELS), 7, _HOURS)[:, day, first:end]
    annoyance = np.array([life.annoyance(at_ms + h * HOUR_MS) for h in range(end - first)])
    damped = people.appeal[phase, user, :, _KIND, None] / (
        1.0 + (annoyance / TOLERANCE) ** STEEPNESS
    )
    worth = seen * (1.0 - np.exp(-damped)) - np.array(COST)[:, None]
    return np.asarray(np.where(people.reached[user][:, None], worth, -1.0))


def _verdict(world: World, life: Life, at_ms: int, choice: Choice, *, enough: bool) -> _Verdict:
    people, user = world.people, life.user
    first, end = people.allowed(user)
    worth = worths(world, life, at_ms)
    best = worth.max(axis=1)
    hour = int(world.clock.week_hour(people.zone.item(user), choice.at_ms)) % _HOURS
    hour = min(max(hour, first), end - 1) - first
    row = worth[choice.channel]
    second = float(np.sort(best)[-2])
    return _Verdict(
        channel=choice.channel == int(best.argmax()),
        channel_value=max(0.0, float(best[choice.channel])) / float(best.max()),
        hour=abs(hour - int(row.argmax())) <= 1,
        hour_value=max(0.0, float(row[hour])) / float(row.max()),
        channel_counts=enough and float(best.max()) >= CLEAR * max(0.0, second),
        hour_counts=enough and float(row.max()) >= CLEAR * float(np.median(row)),
    )


def _accuracy(day: int, verdicts: Sequence[_Verdict]) -> Accuracy:
    by_channel = [each for each in verdicts if each.channel_counts]
    by_hour = [each for each in verdicts if each.hour_counts]
    return Accuracy(
        day=day,
        users={"channel": len(by_channel), "hour": len(by_hour), "all": len(verdicts)},
        channel=_mean([each.channel for each in by_channel]),
        channel_value=_mean([each.channel_value for each in by_channel]),
        hour=_mean([each.hour for each in by_hour]),
        hour_value=_mean([each.hour_value for each in by_hour]),
        everyone={
            "channel": _mean([each.channel for each in verdicts]),
            "channel_value": _mean([each.channel_value for each in verdicts]),
            "hour": _mean([each.hour for each in verdicts]),
            "hour_value": _mean([each.hour_value for each in verdicts]),
        },
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
