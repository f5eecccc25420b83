"""Scores by the models of engagement and refusal, by channel and hour.

    utility(channel, t) = value * 2^(-(t - now) / half-life) * P(channel, t) - cost(channel)
                          - negative_cost * N(channel, t)

P and N are the sigmoids of sums over features (`tactful.scoring`): what user, type and channel give
is summed once, and each slot adds what its hour and the dosage by then give.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tactful.composer.best import Best
from tactful.composer.plan import Moment
from tactful.composer.way import Way
from tactful.constraints import Constraint
from tactful.engagement.part import Estimate
from tactful.knowledge import Channel
from tactful.local_time import HOUR_MS
from tactful.scoring import Appeal
from tactful.scoring.linear import sigmoid, sigmoids, slot_of, slots_from

_ROUNDING = 1e-9


class _Grid(NamedTuple):
    """What the hours after a moment add to the log-odds, and what is left of the value by then.

    Attributes:
        negated: the start of each hour, negated.
        halves: whether an hour stands twice in the others, at its start and half an hour later.
    """

    negated: list[int]
    engaged: list[float]
    refused: list[float]
    left: list[float]
    halves: bool = False


class _At(NamedTuple):
    """What is left of the value at a moment, and what the moment adds to the log-odds."""

    left: float
    engaged: float
    refused: float


class ByModel:
    """The options of one request by model.

    Args:
        way: when it may go.
        appeal: what the models expect of the user.
    """

    def __init__(self, way: Way, appeal: Appeal) -> None:
        self._way = way
        self._appeal = appeal
        ask = way.ask
        self._now_ms = ask.now_ms
        self._half_life_ms = ask.kind.value_half_life_ms
        self._value = ask.kind.value
        self._price = appeal.rules.negative_cost
        self._min_gain = ask.knowledge.policy.timing.min_gain_prob * ask.kind.value
        self._slack = self._most_gained_in_an_hour()
        self._grids: dict[int, _Grid] = {}
        self._bounds: dict[tuple[str, int], list[tuple[float, int]]] = {}
        self._moments: dict[int, _At] = {}
        self._found: dict[tuple[str, int], float] = {}

    def estimate(self, channel: Channel) -> Estimate | None:
        """None: the model scores."""
        del channel
        return None

    def utility(self, channel: Channel, at_ms: int) -> float:
        """What a send at a moment is worth."""
        key = channel.name, at_ms
        found = self._found.get(key)
        if found is None:
            appeal = self._appeal
            at = self._moments.get(at_ms) or self._at(at_ms)
            here = appeal.present and at_ms == self._now_ms
            model = appeal.engagement
            odds = at.engaged + (model.channel(channel) + here * model.present)
            found = at.left * sigmoid(odds) - channel.cost
            refusal = appeal.negative
            if refusal is not None:
                odds = at.refused + refusal.channel(channel) + here * refusal.present
                found -= self._price * sigmoid(odds)
            self._found[key] = found
        return found

    def _at(self, at_ms: int) -> _At:
        """What a moment gives on any channel."""
        appeal = self._appeal
        slot = slot_of(self._way.hour_of_week(at_ms))
        dosage = appeal.dosage_at(at_ms)
        refused = appeal.negative
        found = self._moments[at_ms] = _At(
            self._value * 0.5 ** ((at_ms - self._now_ms) / self._half_life_ms),
            appeal.engagement.moment(slot, dosage),
            0.0 if refused is None else refused.moment(slot, dosage),
        )
        return found

    def chosen(
        self, channel: Channel, timed: Sequence[Constraint], known: dict[object, object]
    ) -> tuple[Moment, int, float]:
        """From when on a channel could go, the moment to choose, and its utility."""
        moment = self._way.settled(channel, timed, self._now_ms, known)
        earliest_ms = moment.earliest_ms
        if earliest_ms is None:
            return moment, self._now_ms, self.utility(channel, self._now_ms)
        at_once = self.utility(channel, earliest_ms)
        bounds = self.bounds(channel, earliest_ms) if earliest_ms < self._way.horizon_ms else []
        first = max(bounds, default=_NONE)
        if first[0] < at_once:
            return moment, earliest_ms, at_once
        best = (at_once, -earliest_ms)
        # The hour that looks best is tried first: few others can then be better still.
        best = max(best, self._tried(channel, timed, first, known))
        others = [each for each in bounds if each[0] >= best[0] and each is not first]
        others.sort(reverse=True)
        for bound in others:
            if bound[0] < best[0]:
                break
            best = max(best, self._tried(channel, timed, bound, known))
        if best[0] - at_once < self._min_gain:
            return moment, earliest_ms, at_once
        return moment, -best[1], best[0]

    def slots(
        self,
        channel: Channel,
        timed: Sequence[Constraint],
        known: dict[object, object],
        best: Best,
    ) -> list[tuple[float, int]]:
        """The candidates of a channel with their utilities, in no order."""
        earliest_ms = self._way.settled(channel, timed, self._now_ms, known).earliest_ms
        if earliest_ms is None:
            return []
        found = [(self.utility(channel, earliest_ms), -earliest_ms)]
        best.add(found[0][0])
        if earliest_ms < self._way.horizon_ms:
            for bound in sorted(self.bounds(channel, earliest_ms), reverse=True):
                if best.beats(bound[0]):
                    break
                tried = self._tried(channel, timed, bound, known)
                if tried != _NONE:
                    best.add(tried[0])
                    found.append(tried)
        return [(utility, -negated) for utility, negated in found]

    def bounds(self, channel: Channel, from_ms: int) -> list[tuple[float, int]]:
        """The hours after a moment: the most that each can be worth, and its start, negated."""
        key = channel.name, from_ms
        found = self._bounds.get(key)
        if found is None:
            found = self._bounds[key] = self._bounded(channel, from_ms)
        return found

    def _bounded(self, channel: Channel, from_ms: int) -> list[tuple[float, int]]:
        grid = self._grids.get(from_ms)
        if grid is None:
            grid = self._grids[from_ms] = self._grid(from_ms)
        appeal = self._appeal
        most = self._slack - channel.cost
        worths = [
            left * prob + most
            for left, prob in zip(
                grid.left,
                sigmoids(grid.engaged, appeal.engagement.channel(channel)),
                strict=True,
            )
        ]
        if appeal.negative is not None:
            price = self._price
            refused = sigmoids(grid.refused, appeal.negative.channel(channel))
            worths = [worth - price * prob for worth, prob in zip(worths, refused, strict=True)]
        if grid.halves:
            worths = list(map(max, worths[::2], worths[1::2]))
        return list(zip(worths, grid.negated, strict=True))

    def _grid(self, from_ms: int) -> _Grid:
        """The starts of the hours after a moment; their halves too where the clock changes."""
        starts, hour = self._way.hours_after(from_ms)
        appeal = self._appeal
        at_ms: Sequence[int] = starts
        slots: Sequence[int]
        if hour is None:
            at_ms = [at + half for at in starts for half in (0, HOUR_MS // 2)]
            slots = [slot_of(self._way.hour_of_week(at)) for at in at_ms]
            dosages = [appeal.dosage_at(at) for at in at_ms]
        else:
            slots = slots_from(hour, len(starts))
            step = 0.5 ** (HOUR_MS / appeal.rules.half_life_ms)
            dosage = appeal.dosage_at(starts.start) if starts else 0.0
            dosages = [dosage * step**i for i in range(len(starts))]
        value, now_ms, half_life_ms = self._value, self._now_ms, self._half_life_ms
        refused = appeal.negative
        return _Grid(
            [-at for at in starts],
            appeal.engagement.moments(slots, dosages),
            [] if refused is None else refused.moments(slots, dosages),
            [value * 0.5 ** ((at - now_ms) / half_life_ms) for at in at_ms],
            halves=hour is None,
        )

    def _most_gained_in_an_hour(self) -> float:
        """How much more than at its start an hour can be worth, as the dosage falls on.

        A sigmoid is nowhere steeper than 1/4.
        """
        appeal = self._appeal
        falls = appeal.dosage * (1.0 - float(0.5 ** (HOUR_MS / appeal.rules.half_life_ms)))
        gain = self._value * max(0.0, -appeal.engagement.slope)
        if appeal.negative is not None:
            gain += self._price * max(0.0, appeal.negative.slope)
        return 0.25 * falls * gain + _ROUNDING

    def _tried(
        self,
        channel: Channel,
        timed: Sequence[Constraint],
        bound: tuple[float, int],
        known: dict[object, object],
    ) -> tuple[float, int]:
        """The first allowed moment of an hour: its utility, and it negated."""
        start_ms = -bound[1]
        at_ms = self._way.settled(channel, timed, start_ms, known).earliest_ms
        # A start that is pushed on lands in an hour that is tried by itself.
        if at_ms is None or at_ms > self._way.horizon_ms or at_ms - start_ms >= HOUR_MS:
            return _NONE
        return self.utility(channel, at_ms), -at_ms


_NONE = (float("-inf"), 0)
