"""The simulated world on the real stack: one of its days in the time there is.

Streams and answers are those of the world, so many times faster; Tactful sees the wall clock, so
hours of the day mean nothing here. It shows that the loop closes, and measures nothing.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from cli.demo_loop import Due
from cli.demo_run import run_crowd
from cli.screen import Screen
from tactful.local_time import DAY_MS
from tactful.records import (
    Decision,
    DeviceInfo,
    Event,
    Feedback,
    Outcome,
    ProfileUpdate,
    Request,
)
from tactful.simulator.world.life import Life
from tactful.simulator.world.response import CHANNELS, TYPES
from tactful.simulator.world.tally import Count, Tally
from tactful.simulator.world.world import Plan, World

_DAYS = 2
"""One day is lived; answers to its last sends lie beyond it."""


class WorldCrowd:
    """The users of a simulated world, for the live loop.

    Args:
        world: the truth; its first day is lived.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        users = range(len(world.people))
        self.tally = Tally(_DAYS)
        self._lives = [Life(world, user, self.tally) for user in users]
        self.user_ids: Sequence[str] = [world.people.user_id(user) for user in users]
        self._number = {name: user for user, name in enumerate(self.user_ids)}
        self._asked: dict[str, int] = {}
        self._start_ms = 0
        self._speed = 1.0

    def openings(self, at_ms: int) -> Iterable[ProfileUpdate]:
        """What is told of each of them at the beginning."""
        for user, name in enumerate(self.user_ids):
            opening = self._world.people.opening(user, at_ms)
            yield msgspec.structs.replace(opening, id=f"{name}-opening-{at_ms}")

    def traffic(self, start_ms: int, duration_ms: int) -> Iterator[Event | Request]:
        """The events and requests of a day of the world, in the time there is."""
        self._start_ms, self._speed = start_ms, DAY_MS / duration_ms
        found: list[tuple[int, int, int, bool]] = []
        until_ms = self._world.clock.start_ms + DAY_MS
        for user, stream in enumerate(self._world.streams):
            for number, at_ms in enumerate(stream.sessions):
                found.append((at_ms, user, number, False))
            for number, at_ms in enumerate(stream.asked):
                found.append((at_ms, user, number, True))
        for at_ms, user, number, is_request in sorted(found):
            if at_ms < until_ms:
                yield self._record(self._wall_ms(at_ms), user, number, is_request=is_request)

    def answers(self, decision: Decision) -> list[Due]:
        """What comes of one decision, by the truth of the world."""
        request = self._asked.get(decision.request_id)
        if request is None or decision.channel not in CHANNELS:
            return []
        life = self._lives[self._number[decision.user_id]]
        channel = CHANNELS.index(decision.channel)
        found = []
        for reply in life.answer(request, channel, self._world_ms(decision.decided_at_ms)):
            at_ms = self._wall_ms(reply.at_ms)
            answer = Feedback(
                id=f"{decision.decision_id}-{reply.outcome}",
                user_id=decision.user_id,
                decision_id=decision.decision_id,
                channel=decision.channel,
                outcome=reply.outcome,
                at_ms=at_ms,
            )
            found.append(Due(self._wall_ms(reply.told_ms), answer))
            if reply.outcome in (Outcome.UNSUBSCRIBED, Outcome.COMPLAINED):
                left = ProfileUpdate(
                    id=f"{decision.decision_id}-left",
                    user_id=decision.user_id,
                    at_ms=at_ms,
                    consent={"marketing": False},
                )
                found.append(Due(at_ms, left))
        return found

    def _record(self, at_ms: int, user: int, number: int, *, is_request: bool) -> Event | Request:
        name = self.user_ids[user]
        if not is_request:
            return Event(
                id=f"{name}-session-{self._start_ms}-{number}",
                user_id=name,
                name="app_open",
                at_ms=at_ms,
                session_id=f"{name}-{self._start_ms}-{number}",
                device=DeviceInfo(platform="ios"),
            )
        key = f"{name}-request-{self._start_ms}-{number}"
        self._asked[key] = number
        kind = TYPES[self._world.streams[user].types[number]]
        return Request(id=key, user_id=name, type=kind, at_ms=at_ms)

    def _wall_ms(self, world_ms: int) -> int:
        return self._start_ms + int((world_ms - self._world.clock.start_ms) / self._speed)

    def _world_ms(self, wall_ms: int) -> int:
        clock = self._world.clock
        at_ms = clock.start_ms + int((wall_ms - self._start_ms) * self._speed)
        return min(max(at_ms, clock.start_ms), clock.end_ms - 1)


def run_live(users: int, seed: int, seconds: float) -> None:
    """A day of a world on the stack, and what the truth says of it."""
    crowd = WorldCrowd(World(Plan(seed, users, _DAYS, None)))
    run_crowd(crowd, seconds)
    total = [sum(day[count] for rows in crowd.tally.rows for day in rows) for count in Count]
    Screen().say(
        f"By the truth: {total[Count.SENDS]:,.0f} notifications reached users, "
        f"{total[Count.EXPECTED_ENGAGED]:,.1f} engagements were to be expected of them, "
        f"{total[Count.ENGAGED]:,.0f} came."
    )
