"""What senders do without a decision engine. All obey consent and quiet hours, as Tactful does.

Each takes the channel that is best on average among those that reach the user.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from tactful.local_time import DAY_MS, HOUR_MS
from tactful.simulator.world.life import Life
from tactful.simulator.world.streams import TTLS_MS
from tactful.simulator.world.world import World

DAILY_CAP, WEEKLY_CAP = 1, 3
_RANDOM_HOUR = 14


class Send(NamedTuple):
    """A send that is to happen: when, and of which request."""

    at_ms: int
    request: int


Baseline = Callable[[World, int], Iterator[Send]]
"""All sends to a user in order; the last words of one who leaves end them."""


def at_once(world: World, user: int) -> Iterator[Send]:
    """Everything as soon as it is asked for, after the quiet hours at the latest."""
    for request, asked_ms in enumerate(world.streams[user].asked):
        yield Send(waking_ms(world, user, asked_ms), request)


def random_hour(world: World, user: int) -> Iterator[Send]:
    """Everything, at a random moment of the allowed hours that follow within a day."""
    rng = np.random.default_rng((world.plan.seed, _RANDOM_HOUR, user))
    zone = world.people.zone.item(user)
    first, end = world.people.allowed(user)
    found = []
    stream = world.streams[user]
    for request, asked_ms in enumerate(stream.asked):
        hour, after_ms = int(rng.integers(first, end)), int(rng.random() * HOUR_MS)
        at_ms = world.clock.next_local_hour(zone, asked_ms - HOUR_MS, hour) + after_ms
        if at_ms < asked_ms:
            at_ms = world.clock.next_local_hour(zone, asked_ms, hour) + after_ms
        if at_ms <= asked_ms + TTLS_MS[stream.types[request]]:
            found.append(Send(at_ms, request))
    yield from sorted(found)


def fixed_caps(world: World, user: int) -> Iterator[Send]:
    """As soon as it is asked for, but at most one a day and three a week; the rest is dropped."""
    recent: list[int] = []
    for send in at_once(world, user):
        recent = [at for at in recent if at > send.at_ms - 7 * DAY_MS]
        today = sum(at > send.at_ms - DAY_MS for at in recent)
        if today < DAILY_CAP and len(recent) < WEEKLY_CAP:
            recent.append(send.at_ms)
            yield send


def best_hour(world: World, user: int) -> Iterator[Send]:
    """The same caps, and everything waits for the hour that is best for all users on average.

    What came last goes first; what is older than its type's time to live goes no more.
    """
    zone = world.people.zone.item(user)
    first, end = world.people.allowed(user)
    hour = min(max(world.best_hour, first), end - 1)
    asked, types = world.streams[user].asked, world.streams[user].types
    sent: list[int] = []
    waiting: list[int] = []
    coming = 0
    at_ms = world.clock.next_local_hour(zone, world.clock.start_ms, hour)
    while at_ms < world.clock.end_ms:
        while coming < len(asked) and asked[coming] <= at_ms:
            waiting.append(coming)
            coming += 1
        waiting = [each for each in waiting if at_ms <= asked[each] + TTLS_MS[types[each]]]
        sent = [at for at in sent if at > at_ms - 7 * DAY_MS]
        today = sum(at > at_ms - DAY_MS for at in sent)
        if waiting and today < DAILY_CAP and len(sent) < WEEKLY_CAP:
            sent.append(at_ms)
            yield Send(at_ms, waiting.pop())
        at_ms = world.clock.next_local_hour(zone, at_ms + HOUR_MS, hour)


BASELINES: dict[str, Baseline] = {
    "send at once": at_once,
    "random hour": random_hour,
    "fixed caps": fixed_caps,
    "fixed caps, global best hour": best_hour,
}


def waking_ms(world: World, user: int, at_ms: int) -> int:
    """The moment itself, or the end of the quiet hours it lies in."""
    zone = world.people.zone.item(user)
    first, end = world.people.allowed(user)
    hour = world.clock.week_hour(zone, at_ms) % 24
    if first <= hour < end:
        return at_ms
    return world.clock.next_local_hour(zone, at_ms, first)


def live(world: World, life: Life, sends: Iterator[Send]) -> None:
    """Let a user live through a baseline's sends until the end, or until the user leaves."""
    clock, user = world.clock, life.user
    channel = world.usual_channel(user)
    send = next(sends, None)
    for day in range(clock.days):
        end_ms = clock.start_ms + (day + 1) * DAY_MS
        while send is not None and send.at_ms < end_ms:
            left_ms = life.subscribed_until_ms
            if left_ms is None or send.at_ms < left_ms:
                life.answer(send.request, channel, send.at_ms)
            send = next(sends, None)
        life.end_day(day)
