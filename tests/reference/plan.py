"""Where and when one request would go: every minute up to its expiry is looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from reference.constraints import (
    CONSTRAINTS,
    CRITICAL_CONSTRAINTS,
    MINUTE_MS,
    Question,
)
from reference.wall_clock import Mask, hour_of_week

from tactful.ids import decision_id
from tactful.records import Priority, Reason
from tactful.timing import Rhythm
from tactful.volume.price import tie_break


class Choice(NamedTuple):
    """A channel and the moment to send on it."""

    channel: str
    at_ms: int


@dataclass
class Outcome:
    """What is chosen, and how it came."""

    choice: Choice | None
    utility: float
    earliest: dict[str, int]


class Planner:
    """Plans one request; constraints can be left out."""

    def __init__(
        self,
        ask: Question,
        engage_prob: dict[str, float],
        rhythm: Rhythm,
    ) -> None:
        self.ask = ask
        self.channels = channels = list(engage_prob)
        self._rhythm = rhythm
        self._probs = engage_prob
        for channel in channels:
            bid = round(max(0.0, self.utility(channel, 0)), 6)
            ask.bids[channel] = bid + tie_break(decision_id(ask.request.user_id, ask.request.id))
        critical = ask.priority is Priority.CRITICAL
        nothing = np.zeros(len(ask.minutes), dtype=np.bool_)
        self.forbidden: dict[str, dict[Reason, Mask]] = {}
        first = ask.policy.precedence
        self.order = [*first, *(reason for reason in CONSTRAINTS if reason not in first)]
        for channel in channels:
            self.forbidden[channel] = {
                reason: nothing | CONSTRAINTS[reason](ask, channel)
                for reason in self.order
                if reason in CONSTRAINTS and (not critical or reason in CRITICAL_CONSTRAINTS)
            }

    def worth(self, channel: str, index: int) -> float:
        ask = self.ask
        since_ms = int(ask.minutes[index]) * MINUTE_MS - ask.now_ms
        there = self._rhythm.at(hour_of_week(int(ask.local[index])))
        worth = there * 2.0 ** (-since_ms / ask.kind.value_half_life_ms)
        timing = ask.policy.timing
        if (
            index == 0
            and ask.policy.channels[channel].presence
            and ask.last_event_ms is not None
            and ask.now_ms - ask.last_event_ms <= timing.presence_ms
        ):
            worth = max(worth, timing.presence_worth)
        return worth

    def prob(self, channel: str, index: int) -> float:
        p, w = self._probs[channel], self.worth(channel, index)
        return p * w / (1.0 - p + p * w) if p else 0.0

    def utility(self, channel: str, index: int) -> float:
        known = self.ask.policy.channels[channel]
        return self.ask.kind.value * self.prob(channel, index) - known.cost

    def allowed(self, channel: str, without: Iterable[Reason]) -> Mask:
        found = np.ones(len(self.ask.minutes), dtype=np.bool_)
        for reason, mask in self.forbidden[channel].items():
            if reason not in without:
                found &= ~mask
        return found

    def plan(self, without: Iterable[Reason] = ()) -> Outcome:
        """The channel of the highest utility at its moment, the first among equals."""
        outcome = Outcome(None, 0.0, {})
        for channel in self.channels:
            allowed = self.allowed(channel, without)
            if not allowed.any():
                continue
            outcome.earliest[channel] = int(self.ask.minutes[int(allowed.argmax())]) * MINUTE_MS
            index = self._moment(channel, allowed)
            utility = self.utility(channel, index)
            if outcome.choice is None or utility > outcome.utility:
                outcome.choice = Choice(channel, int(self.ask.minutes[index]) * MINUTE_MS)
                outcome.utility = utility
        return outcome

    def _horizon_ms(self) -> int:
        ask = self.ask
        within_ms = ask.policy.timing.best_time_within_ms.get(ask.priority, 0)
        if (
            ask.priority is Priority.CRITICAL
            or (ask.casual and ask.in_digest_mode)
            or (ask.request.batch_key is not None and ask.kind.batch is not None)
        ):
            within_ms = 0
        return ask.first_seen_ms + within_ms

    def _moment(self, channel: str, allowed: Mask) -> int:
        """The candidate of the highest worth, if it is better by enough than the earliest."""
        earliest = int(allowed.argmax())
        best, most = earliest, self.worth(channel, earliest)
        last = min(len(allowed) - 1, self._horizon_ms() // MINUTE_MS - int(self.ask.minutes[0]))
        hour = earliest + 60 - int(self.ask.local[earliest]) % 60
        while hour <= last:
            within = allowed[hour : min(hour + 60, last + 1)]
            if within.any():
                index = hour + int(within.argmax())
                worth = self.worth(channel, index)
                if worth > most:
                    best, most = index, worth
            hour += 60
        gain = self.prob(channel, best) - self.prob(channel, earliest)
        return best if gain >= self.ask.policy.timing.min_gain_prob else earliest

    def binding(self, outcome: Outcome) -> list[Reason]:
        """The binding constraint, or several that bind only together; none for a better hour."""
        for reason in self._in_the_way(outcome, ()):
            if self.plan({reason}).choice != outcome.choice:
                return [reason]
        together: list[Reason] = []
        while self.plan(together).choice == outcome.choice:
            following = self._in_the_way(outcome, together)
            if not following:
                return []
            together.append(following[0])
        for reason in reversed(together):
            fewer = [each for each in together if each is not reason]
            if self.plan(fewer).choice != outcome.choice:
                together = fewer
        return [reason for reason in self.order if reason in together]

    def _in_the_way(self, outcome: Outcome, without: Iterable[Reason]) -> list[Reason]:
        """In precedence: what moves the chosen channel; without one, what shuts any at any time."""
        if outcome.choice is not None:
            found = self._movers(outcome.choice.channel, without)
        else:
            found = {
                reason
                for masks in self.forbidden.values()
                for reason, mask in masks.items()
                if mask.any() and reason not in without
            }
        return [reason for reason in self.order if reason in found]

    def _movers(self, channel: str, without: Iterable[Reason]) -> set[Reason]:
        """Each is asked in turn, from the moment that the last one gave, until all agree."""
        found: set[Reason] = set()
        index, before = 0, -1
        while index != before:
            before = index
            for reason, mask in self.forbidden[channel].items():
                if reason not in without and mask[index]:
                    found.add(reason)
                    index += int((~mask[index:]).argmax())
        return found
