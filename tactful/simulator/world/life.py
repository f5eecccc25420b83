"""One user's life under one policy: what is sent is answered, and leaves its mark."""

from bisect import bisect_right
from math import exp, log
from typing import NamedTuple

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.records import Outcome
from tactful.simulator.world.response import (
    CHANNELS,
    CLICK_PROB,
    CONVERT_PROB,
    DISMISS_PROB,
    SEEN_PRESENT,
    Odds,
    churn_factor,
    odds,
    willingness,
)
from tactful.simulator.world.tally import Count, Tally
from tactful.simulator.world.world import World

_SECOND_MS = 1000
_DELIVERED_PROB = 0.99
_LOST_PROB = 0.03
_LATE_PROB = 0.05
_LATE_MEDIAN_H, _LATE_SIGMA = 10.0, 1.3
_REPLY_MEDIAN_MIN = (45.0, 4.0, 2.5, 30.0)
_REPLY_SIGMA = 1.3
_WITHOUT_OPENS = (2,)
"""Channels that can't tell an open: a click is the first answer there."""

# Which of a request's numbers decides what: uniform ones, then normal ones.
_DELIVERED, _ENGAGED, _CLICKED, _CONVERTED, _DISMISSED = range(5)
_UNSUBSCRIBED, _COMPLAINED, _LOST, _LATE = range(5, 9)
_REPLY, _LATENESS, _LEAVING = range(9, 12)


class Reply(NamedTuple):
    """One outcome: what, when it happened, and when it is told."""

    outcome: Outcome
    at_ms: int
    told_ms: int


class Life:
    """The state of one user under one policy.

    Attributes:
        subscribed_until_ms: when the user withdrew consent, None while subscribed.
        alive: False once the user has given up the product altogether.
        sends, by_channel: how many notifications the user got.
    """

    __slots__ = (
        "_annoyance",
        "_annoyed_at_ms",
        "_group",
        "_memory_ms",
        "_spent",
        "_tally",
        "alive",
        "by_channel",
        "sends",
        "subscribed_until_ms",
        "user",
        "world",
    )

    def __init__(self, world: World, user: int, tally: Tally) -> None:
        self.world = world
        self.user = user
        self.alive = True
        self.subscribed_until_ms: int | None = None
        self.sends = 0
        self.by_channel = [0] * len(CHANNELS)
        self._tally = tally
        self._group = int(world.people.drifts[user])
        self._annoyance = 0.0
        self._annoyed_at_ms = world.clock.start_ms
        self._memory_ms = float(world.people.memory_days[user]) * DAY_MS
        self._spent = 0.0

    def annoyance(self, at_ms: int) -> float:
        """How annoyed the user is: it falls exponentially."""
        return self._annoyance * exp(-(at_ms - self._annoyed_at_ms) / self._memory_ms)

    def present(self, at_ms: int) -> bool:
        """Whether the user is in a session."""
        stream = self.world.streams[self.user]
        at = bisect_right(stream.sessions, at_ms) - 1
        return at >= 0 and stream.session_ends[at] >= at_ms

    def seen(self, channel: int, at_ms: int, *, present: bool) -> float:
        """The probability that a send at that moment is seen."""
        world, user = self.world, self.user
        week_hour = world.clock.week_hour(world.people.zone.item(user), at_ms)
        hour = int(week_hour)
        part = week_hour - hour
        table = world.people.seen
        phase = world.phase(user, at_ms)
        seen = (1.0 - part) * table.item(phase, user, channel, hour) + part * table.item(
            phase, user, channel, (hour + 1) % 168
        )
        return max(seen, SEEN_PRESENT[channel]) if present else seen

    def odds(self, kind: int, channel: int, at_ms: int, *, present: bool) -> Odds:
        """What may come of sending this type on this channel at that moment."""
        people, user = self.world.people, self.user
        return odds(
            self.seen(channel, at_ms, present=present),
            people.appeal.item(self.world.phase(user, at_ms), user, channel, kind),
            channel,
            self.annoyance(at_ms),
            people.sensitivity.item(user),
        )

    def answer(self, request: int, channel: int, at_ms: int) -> list[Reply]:
        """What comes of a send, in the order in which it is told; the user changes by it.

        The numbers that decide belong to the request: whatever the policy, a user answers the same
        request by the same draw.
        """
        world, user = self.world, self.user
        stream = world.streams[user]
        kind = stream.types[request]
        draws: list[float] = stream.draws[request].tolist()
        self.sends += 1
        self.by_channel[channel] += 1
        row = self._tally.row(self._group, world.clock.day_of(at_ms))
        row[Count.SENDS] += 1
        gone = self.subscribed_until_ms is not None and at_ms >= self.subscribed_until_ms
        if not self.alive or gone or draws[_DELIVERED] >= _DELIVERED_PROB:
            told_ms = at_ms + 2 * _SECOND_MS
            failed = draws[_DELIVERED] >= _DELIVERED_PROB
            outcome = Outcome.FAILED if failed else Outcome.DELIVERED
            return [Reply(outcome, told_ms, told_ms)]
        chances = self.odds(kind, channel, at_ms, present=self.present(at_ms))
        row[Count.REACHED] += 1
        row[Count.EXPECTED_ENGAGED] += chances.engage
        row[Count.EXPECTED_UTILITY] += chances.utility
        row[Count.QUALITY] += self._quality(kind, chances.engage, at_ms)
        engaged = draws[_ENGAGED] < chances.engage
        left = self._left(draws, chances, at_ms)
        self._annoy(chances.pleases if engaged else chances.annoys, at_ms)
        replies = [Reply(Outcome.DELIVERED, at_ms + _SECOND_MS, at_ms + _SECOND_MS)]
        if engaged:
            replies += self._engagement(draws, channel, at_ms, row)
        elif draws[_DISMISSED] < DISMISS_PROB[channel]:
            row[Count.DISMISSED] += 1
            replies.append(self._reply(Outcome.DISMISSED, draws, channel, at_ms))
        if left is not None:
            row[Count.COMPLAINED if left.outcome is Outcome.COMPLAINED else Count.UNSUBSCRIBED] += 1
            self.subscribed_until_ms = left.at_ms
            replies.append(left)
        replies.sort(key=lambda reply: reply.told_ms)
        return replies

    def end_day(self, day: int) -> None:
        """Whether the user gives up today; counts those who are still there."""
        people = self.world.people
        end_ms = self.world.clock.start_ms + (day + 1) * DAY_MS
        subscribed = self.subscribed_until_ms is None or self.subscribed_until_ms > end_ms
        if self.alive and subscribed:
            self._tally.row(self._group, day)[Count.ACTIVE] += 1
        if self.alive:
            annoyance = self.annoyance(end_ms) if subscribed else 0.0
            self._spent += people.churn_per_day.item(self.user) * churn_factor(annoyance)
            self.alive = self._spent < people.patience.item(self.user)

    def _quality(self, kind: int, engage: float, at_ms: int) -> float:
        """The chance of engagement over that on the best channel at the day's best hour."""
        world, user = self.world, self.user
        people = world.people
        phase = world.phase(user, at_ms)
        weekday = int(world.clock.week_hour(people.zone.item(user), at_ms)) // 24
        annoyance = self.annoyance(at_ms)
        best = max(
            world.best_seen.item(phase, user, channel, weekday)
            * willingness(people.appeal.item(phase, user, channel, kind), annoyance)
            for channel in range(len(CHANNELS))
            if people.reached.item(user, channel)
        )
        return min(1.0, engage / best)

    def _annoy(self, more: float, at_ms: int) -> None:
        self._annoyance = self.annoyance(at_ms) + more
        self._annoyed_at_ms = at_ms

    def _left(self, draws: list[float], chances: Odds, at_ms: int) -> Reply | None:
        """A complaint or an unsubscription; it is told as soon as it happens."""
        if draws[_COMPLAINED] < chances.complain:
            outcome = Outcome.COMPLAINED
        elif draws[_UNSUBSCRIBED] < chances.unsubscribe:
            outcome = Outcome.UNSUBSCRIBED
        else:
            return None
        after_ms = int(20 * MINUTE_MS * exp(draws[_LEAVING]))
        return Reply(outcome, at_ms + after_ms, at_ms + after_ms)

    def _engagement(
        self, draws: list[float], channel: int, at_ms: int, row: list[float]
    ) -> list[Reply]:
        """Opened, perhaps clicked, perhaps converted."""
        row[Count.ENGAGED] += 1
        first = Outcome.CLICKED if channel in _WITHOUT_OPENS else Outcome.OPENED
        replies = [self._reply(first, draws, channel, at_ms)]
        clicked = draws[_CLICKED] < CLICK_PROB
        if clicked or channel in _WITHOUT_OPENS:
            row[Count.CLICKED] += 1
            if first is Outcome.OPENED:
                replies.append(_after(replies[0], Outcome.CLICKED, 20 * _SECOND_MS))
            if draws[_CONVERTED] < CONVERT_PROB:
                row[Count.CONVERTED] += 1
                replies.append(_after(replies[0], Outcome.CONVERTED, 4 * MINUTE_MS))
        if draws[_LOST] < _LOST_PROB:
            return []
        return replies

    def _reply(self, outcome: Outcome, draws: list[float], channel: int, at_ms: int) -> Reply:
        """An answer after a log-normal delay; some are told late."""
        median_min = _REPLY_MEDIAN_MIN[channel]
        happened_ms = at_ms + int(median_min * MINUTE_MS * exp(_REPLY_SIGMA * draws[_REPLY]))
        told_ms = happened_ms + 2 * _SECOND_MS
        if draws[_LATE] < _LATE_PROB:
            hours = exp(log(_LATE_MEDIAN_H) + _LATE_SIGMA * draws[_LATENESS])
            told_ms += int(hours * HOUR_MS)
        return Reply(outcome, happened_ms, told_ms)


def _after(reply: Reply, outcome: Outcome, later_ms: int) -> Reply:
    return Reply(outcome, reply.at_ms + later_ms, reply.told_ms + later_ms)
