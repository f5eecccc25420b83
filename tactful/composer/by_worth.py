"""Scores by the user's rhythm and engagement rate, as long as no model of engagement is there.

odds(channel, t) = odds(engage_prob(channel)) * rhythm(t) * 2^(-(t - now) / half-life)
utility(channel, t) = value * odds / (1 + odds) - cost(channel)
"""

from collections.abc import Sequence
from typing import NamedTuple

from tactful.composer.best import Best
from tactful.composer.plan import Moment
from tactful.composer.way import Way
from tactful.constraints import Ask, Constraint
from tactful.engagement.part import Estimate
from tactful.knowledge import Channel
from tactful.local_time import HOUR_MS
from tactful.timing import Rhythm


class _Worth(NamedTuple):
    """The moment chosen, and what it and the earliest one are worth.

    A worth multiplies the odds of engagement.
    """

    moment: Moment
    at_ms: int
    earliest: float
    best: float


class ByWorth:
    """The options of one request by worth.

    Args:
        way: when it may go.
        estimates: the user's engagement rate by channel.
        rhythm: the user's hours.
    """

    def __init__(self, way: Way, estimates: dict[str, Estimate], rhythm: Rhythm) -> None:
        self._way = way
        self._ask: Ask = way.ask
        self._estimates = estimates
        self._rhythm = rhythm
        self._worths: dict[int, float] = {}
        self._min_gain = way.ask.knowledge.policy.timing.min_gain_prob

    def estimate(self, channel: Channel) -> Estimate:
        """The user's smoothed engagement rate on a channel."""
        return self._estimates[channel.name]

    def utility(self, channel: Channel, at_ms: int) -> float:
        """What a send at a moment is worth."""
        worth = self._worth_now(channel, self._worth(at_ms), at_ms)
        prob = self._estimates[channel.name].prob
        return self._ask.kind.value * engage_prob(prob, worth) - channel.cost

    def chosen(
        self, channel: Channel, timed: Sequence[Constraint], known: dict[object, object]
    ) -> tuple[Moment, int, float]:
        """From when on a channel could go, the moment to choose, and its utility."""
        present = self._way.present and channel.presence
        key = channel.name if self._way.by_channel else present
        found = known.get(key)
        if found is None:
            found = known[key] = self._best(channel, timed)
        assert isinstance(found, _Worth)
        moment, at_ms, earliest_worth, worth = found
        prob = self._estimates[channel.name].prob
        gain = engage_prob(prob, worth)
        if moment.earliest_ms is not None and worth > earliest_worth:
            at_once = engage_prob(prob, earliest_worth)
            if gain - at_once < self._min_gain:
                at_ms, gain = moment.earliest_ms, at_once
        return moment, at_ms, self._ask.kind.value * gain - channel.cost

    def slots(
        self,
        channel: Channel,
        timed: Sequence[Constraint],
        known: dict[object, object],
        best: Best,
    ) -> list[tuple[float, int]]:
        """The candidates of a channel with their utilities, in no order."""
        earliest_ms, _ = self._way.settled(channel, timed, self._ask.now_ms, known)
        if earliest_ms is None:
            return []
        found = [(self.utility(channel, earliest_ms), earliest_ms)]
        best.add(found[0][0])
        prob, value = self._estimates[channel.name].prob, self._ask.kind.value
        hours = self._hours_after(earliest_ms) if earliest_ms < self._way.horizon_ms else []
        for worth, start_ms in sorted(hours, key=_most_first):
            if best.beats(value * engage_prob(prob, worth) - channel.cost):
                break
            at_ms = self._within_hour(channel, timed, start_ms, known)
            if at_ms is not None:
                found.append((self.utility(channel, at_ms), at_ms))
                best.add(found[-1][0])
        return found

    def _best(self, channel: Channel, timed: Sequence[Constraint]) -> _Worth:
        now_ms = self._ask.now_ms
        moment = self._way.settle(channel, timed, now_ms)
        earliest_ms = moment.earliest_ms
        if earliest_ms is None:
            worth = self._worth(now_ms)
            return _Worth(moment, now_ms, worth, worth)
        worth = self._worth_now(channel, self._worth(earliest_ms), earliest_ms)
        best_at, best_worth = earliest_ms, worth
        if earliest_ms < self._way.horizon_ms:
            known: dict[object, object] = {}
            for hour_worth, start_ms in sorted(self._hours_after(earliest_ms), key=_most_first):
                if hour_worth <= best_worth:
                    break
                at_ms = self._within_hour(channel, timed, start_ms, known)
                if at_ms is None:
                    continue
                at_worth = self._worth(at_ms)
                if at_worth > best_worth:
                    best_at, best_worth = at_ms, at_worth
        return _Worth(moment, best_at, worth, best_worth)

    def _within_hour(
        self,
        channel: Channel,
        timed: Sequence[Constraint],
        start_ms: int,
        known: dict[object, object],
    ) -> int | None:
        """The first allowed moment of an hour, None without one up to the horizon."""
        at_ms = self._way.settled(channel, timed, start_ms, known).earliest_ms
        # A start that is pushed on lands in an hour that is tried by itself.
        if at_ms is None or at_ms > self._way.horizon_ms or at_ms - start_ms >= HOUR_MS:
            return None
        return at_ms

    def _worth(self, at_ms: int) -> float:
        worth = self._worths.get(at_ms)
        if worth is None:
            ask = self._ask
            rhythm = self._rhythm.at(self._way.hour_of_week(at_ms))
            decay = 0.5 ** ((at_ms - ask.now_ms) / ask.kind.value_half_life_ms)
            worth = self._worths[at_ms] = rhythm * decay
        return worth

    def _worth_now(self, channel: Channel, worth: float, at_ms: int) -> float:
        """The worth of a moment, more if that is now and the user is there to see it."""
        if self._way.present and channel.presence and at_ms == self._ask.now_ms:
            return max(worth, self._ask.knowledge.policy.timing.presence_worth)
        return worth

    def _hours_after(self, from_ms: int) -> list[tuple[float, int]]:
        """The hours after a moment, up to the horizon: the most that one is worth, its start."""
        ask = self._ask
        starts, hour = self._way.hours_after(from_ms)
        if hour is None:
            # A change by half an hour leaves the hours astride two of the wall clock's.
            halves = (0, HOUR_MS // 2)
            return [(max(self._worth(at + half) for half in halves), at) for at in starts]
        # The clock does not change on the way: the hours of the week just follow each other.
        rhythm = self._rhythm.at
        now_ms, half_life_ms = ask.now_ms, ask.kind.value_half_life_ms
        return [
            (rhythm((hour + i) % 168) * 0.5 ** ((at - now_ms) / half_life_ms), at)
            for i, at in enumerate(starts)
        ]


def _most_first(hour: tuple[float, int]) -> tuple[float, int]:
    return -hour[0], hour[1]


def engage_prob(prob: float, worth: float) -> float:
    """A probability whose odds are multiplied by `worth`, so that it stays one.

    >>> engage_prob(0.2, 1.0), engage_prob(0.2, 0.0)
    (0.2, 0.0)
    """
    return prob * worth / (1.0 - prob + prob * worth) if worth else 0.0
