"""The oracle: it knows the truth, and sends what is worth more than the annoyance it leaves.

For whatever waits it weighs the best type, each channel, the best hour left today, and the moment
itself when the user is in a session, by

    utility now + (1 - leaves) * W(annoyance after) - W(annoyance before)

where W is what the user is worth from then on (`tactful.simulator.world.value`), and sends the
best if that is above 0. It knows every probability, and neither draws nor future sessions.
"""

from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from tactful.local_time import DAY_MS, HOUR_MS
from tactful.simulator.world.life import Life
from tactful.simulator.world.personas import Floats
from tactful.simulator.world.response import CHANNELS
from tactful.simulator.world.streams import TTLS_MS
from tactful.simulator.world.value import CELL, CELLS, continued
from tactful.simulator.world.world import World

_MOST_A_DAY = 3
_MARGIN = 1e-6
_HOURS = 24


class _Choice(NamedTuple):
    """A send that may be made: what it is worth over not sending."""

    worth: float
    at_ms: int
    channel: int


class Oracle:
    """The policy, ready for all users of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._future: list[Floats] = [
            continued(world.people, world.best_seen, phase) for phase in (0, 1)
        ]

    def live(self, life: Life) -> None:
        """Let a user live under the oracle until the end, or until the user leaves."""
        clock, user = self._world.clock, life.user
        zone = self._world.people.zone.item(user)
        first, end = self._world.people.allowed(user)
        waiting: list[int] = []
        coming = 0
        day = 0
        opens_ms = clock.next_local_hour(zone, clock.start_ms - DAY_MS, first)
        while opens_ms < clock.end_ms:
            closes_ms = opens_ms + (end - first) * HOUR_MS
            now_ms = max(opens_ms, clock.start_ms)
            sent = 0
            while now_ms < min(closes_ms, clock.end_ms):
                while day < clock.day_of(now_ms):
                    life.end_day(day)
                    day += 1
                coming = self._arrived(user, waiting, coming, now_ms)
                if sent < _MOST_A_DAY and waiting and life.subscribed_until_ms is None:
                    choice = self._best(life, waiting, now_ms, closes_ms)
                    # What lies ahead is chosen anew at each occasion before it.
                    occasion_ms = self._next_occasion(user, now_ms, waiting, coming)
                    if choice is not None and choice.at_ms <= now_ms:
                        request = self._best_waiting(user, waiting, now_ms)
                        assert request is not None
                        waiting.remove(request)
                        life.answer(request, choice.channel, now_ms)
                        sent += 1
                        now_ms += 1
                        continue
                    if choice is not None and choice.at_ms < occasion_ms:
                        now_ms = choice.at_ms
                        continue
                now_ms = max(now_ms + 1, self._next_occasion(user, now_ms, waiting, coming))
            opens_ms = clock.next_local_hour(zone, opens_ms + HOUR_MS, first)
        while day < clock.days:
            life.end_day(day)
            day += 1

    def _arrived(self, user: int, waiting: list[int], coming: int, now_ms: int) -> int:
        """Take in what was asked for, drop what has expired; gives the next that comes."""
        stream = self._world.streams[user]
        asked, types = stream.asked, stream.types
        while coming < len(asked) and asked[coming] <= now_ms:
            waiting.append(coming)
            coming += 1
        waiting[:] = [each for each in waiting if now_ms <= asked[each] + TTLS_MS[types[each]]]
        return coming

    def _next_occasion(self, user: int, now_ms: int, waiting: list[int], coming: int) -> int:
        """The next session; with nothing waiting the next request too."""
        stream = self._world.streams[user]
        at = bisect_left(stream.sessions, now_ms + 1)
        session_ms = stream.sessions[at] if at < len(stream.sessions) else self._world.clock.end_ms
        if not waiting and coming < len(stream.asked):
            return min(session_ms, stream.asked[coming])
        return session_ms

    def _best_waiting(self, user: int, waiting: list[int], now_ms: int) -> int | None:
        """Of what waits, the type with the most appeal; of that, what came last."""
        world = self._world
        appeal = world.people.appeal[world.phase(user, now_ms), user, 0]
        types = world.streams[user].types
        return max(waiting, key=lambda each: (float(appeal[types[each]]), each), default=None)

    def _best(self, life: Life, waiting: list[int], now_ms: int, closes_ms: int) -> _Choice | None:
        """The best of now and the hours left today, on any channel; None if silence is better."""
        world, user = self._world, life.user
        request = self._best_waiting(user, waiting, now_ms)
        if request is None:
            return None
        kind = world.streams[user].types[request]
        present = life.alive and life.present(now_ms)
        best: _Choice | None = None
        for channel in range(len(CHANNELS)):
            if not world.people.reached.item(user, channel):
                continue
            at_best_ms = self._best_hour(user, channel, now_ms, closes_ms)
            # Without a session now, the best hour is seen at least as much, by someone more rested.
            for at_ms in (now_ms, at_best_ms) if present else (at_best_ms,):
                now_present = present and at_ms == now_ms
                worth = self._worth(life, kind, channel, at_ms, present=now_present)
                if worth > _MARGIN and (best is None or worth > best.worth):
                    best = _Choice(worth, at_ms, channel)
        return best

    def _best_hour(self, user: int, channel: int, now_ms: int, closes_ms: int) -> int:
        """The moment from now until the end of the day at which it is seen most."""
        world = self._world
        week_hour = world.clock.week_hour(world.people.zone.item(user), now_ms)
        hour = int(week_hour)
        left = max(1, round((closes_ms - now_ms) / HOUR_MS))
        phase = world.phase(user, now_ms)
        table = world.people.seen[phase, user, channel]
        ahead = min(hour + left, hour - hour % _HOURS + _HOURS)
        best = hour + int(np.argmax(table[hour:ahead]))
        if best == hour:
            return now_ms
        return now_ms + int((best - week_hour) * HOUR_MS)

    def _worth(self, life: Life, kind: int, channel: int, at_ms: int, *, present: bool) -> float:
        chances = life.odds(kind, channel, at_ms, present=present)
        annoyance = life.annoyance(at_ms)
        future = self._future[self._world.phase(life.user, at_ms)]
        stays = 1.0 - chances.unsubscribe - chances.complain
        after = _at(future, life.user, annoyance + chances.annoyance)
        return chances.utility + stays * after - _at(future, life.user, annoyance)


def _at(future: Floats, user: int, annoyance: float) -> float:
    at = min(annoyance / CELL, CELLS - 1.001)
    low = int(at)
    below = future.item(user, low)
    return below + (at - low) * (future.item(user, low + 1) - below)
