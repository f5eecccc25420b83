"""Scores by the models of engagement and refusal, by channel and hour.

    utility(channel, t) = value * 2^(-(t - now) / half-life) * P(channel, t) - cost(channel)
                          - negative_cost * N(channel, t)

P and N are the sigmoids of sums over features (`tactful.scoring`): what user, type and channel give
is summed once, and each slot adds what its hour and the dosage by then give.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tactful.composer.plan import Moment
from tactful.composer.way import Way
from tactful.constraints import Constraint
from tactful.engagement.part import Estimate
from tactful.knowledge import Channel
from tactful.local_time import HOUR_MS
from tactful.scoring import Appeal
from tactful.scoring.linear import sigmoid

_ROUNDING = 1e-9


class Chances(NamedTuple):
    """What a send is expected to bring.

    Attributes:
        engaged: the probability that it is engaged with.
        refused: that it is answered by an unsubscribe or a complaint, 0 without a model of it.
    """

    engaged: float
    refused: float


class _At(NamedTuple):
    """What a moment adds to the log-odds, and what is left of the value."""

    at_ms: int
    engaged: float
    refused: float
    left: float


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
        self._price = appeal.rules.negative_cost if appeal.negative is not None else 0.0
        self._min_gain = ask.knowledge.policy.timing.min_gain_prob * ask.kind.value
        self._slack = self._most_gained_in_an_hour()
        self._moments: dict[int, _At] = {}
        self._grids: dict[int, list[_At]] = {}

    def estimate(self, channel: Channel) -> Estimate | None:
        """None: the model scores."""
        del channel
        return None

    def chances(self, channel: Channel, at_ms: int) -> Chances:
        """What a send on a channel at a moment is expected to bring."""
        at = self._at(at_ms)
        appeal = self._appeal
        engaged = appeal.engagement
        refused = appeal.negative
        return Chances(
            sigmoid(engaged.fixed + engaged.channel(channel) + at.engaged),
            0.0
            if refused is None
            else sigmoid(refused.fixed + refused.channel(channel) + at.refused),
        )

    def utility(self, channel: Channel, at_ms: int) -> float:
        """What a send at a moment is worth."""
        return self._utilities(channel, [self._at(at_ms)])[0]

    def chosen(
        self, channel: Channel, timed: Sequence[Constraint], known: dict[object, object]
    ) -> tuple[Moment, int, float]:
        """From when on a channel could go, the moment to choose, and its utility.

        Args:
            channel: which one.
            timed: the constraints to keep.
            known: what was worked out for other channels under the same constraints.
        """
        moment = self._settled(channel, timed, self._now_ms, known)
        earliest_ms = moment.earliest_ms
        if earliest_ms is None:
            return moment, self._now_ms, self.utility(channel, self._now_ms)
        at_once = self.utility(channel, earliest_ms)
        if earliest_ms >= self._way.horizon_ms:
            return moment, earliest_ms, at_once
        best_at, best = earliest_ms, at_once
        for bound, start_ms in self._hours(channel, earliest_ms):
            if bound < best or (bound == best and start_ms > best_at):
                break
            at_ms = self._within_hour(channel, timed, start_ms, known)
            if at_ms is not None:
                utility = self.utility(channel, at_ms)
                if utility > best or (utility == best and at_ms < best_at):
                    best_at, best = at_ms, utility
        if best - at_once < self._min_gain:
            return moment, earliest_ms, at_once
        return moment, best_at, best

    def slots(
        self, channel: Channel, timed: Sequence[Constraint], most: int
    ) -> list[tuple[float, int]]:
        """The candidates of a channel with their utilities: the best few, in no order."""
        known: dict[object, object] = {}
        earliest_ms = self._settled(channel, timed, self._now_ms, known).earliest_ms
        if earliest_ms is None:
            return []
        found = [(self.utility(channel, earliest_ms), earliest_ms)]
        if earliest_ms < self._way.horizon_ms:
            for bound, start_ms in self._hours(channel, earliest_ms):
                if len(found) > most and bound < sorted(found)[-most][0]:
                    break
                at_ms = self._within_hour(channel, timed, start_ms, known)
                if at_ms is not None:
                    found.append((self.utility(channel, at_ms), at_ms))
        return found

    def _hours(self, channel: Channel, from_ms: int) -> list[tuple[float, int]]:
        """The hours after a moment: the most that one can be worth, its start; the best first."""
        grid = self._grids.get(from_ms)
        if grid is None:
            grid = self._grids[from_ms] = self._grid(from_ms)
        utilities = self._utilities(channel, grid)
        slack = self._slack
        found = [(utility + slack, at.at_ms) for utility, at in zip(utilities, grid, strict=True)]
        if grid and grid[-1].at_ms - grid[0].at_ms != HOUR_MS * (len(grid) - 1):
            # Two halves an hour, where the clock changes on the way: the better one bounds it.
            found = [(max(a[0], b[0]), a[1]) for a, b in zip(found[::2], found[1::2], strict=True)]
        found.sort(key=_best_first)
        return found

    def _grid(self, from_ms: int) -> list[_At]:
        """The starts of the hours after a moment; their halves too where the clock changes."""
        starts, hour = self._way.hours_after(from_ms)
        if hour is None:
            return [self._at(at + half) for at in starts for half in (0, HOUR_MS // 2)]
        appeal = self._appeal
        engaged, refused = appeal.engagement, appeal.negative
        first_ms = starts.start - self._now_ms
        dosage = appeal.dosage_at(starts.start)
        step, span = HOUR_MS / appeal.rules.half_life_ms, HOUR_MS / self._half_life_ms
        begun = first_ms / self._half_life_ms
        slope, of_hour = engaged.slope, engaged.hour
        if refused is None:
            return [
                _At(
                    at,
                    of_hour((hour + i) % 168) + slope * dosage * 0.5 ** (i * step),
                    0.0,
                    0.5 ** (begun + i * span),
                )
                for i, at in enumerate(starts)
            ]
        return [
            _At(
                at,
                of_hour((hour + i) % 168) + slope * (then := dosage * 0.5 ** (i * step)),
                refused.hour((hour + i) % 168) + refused.slope * then,
                0.5 ** (begun + i * span),
            )
            for i, at in enumerate(starts)
        ]

    def _at(self, at_ms: int) -> _At:
        found = self._moments.get(at_ms)
        if found is None:
            appeal = self._appeal
            hour = self._way.hour_of_week(at_ms)
            dosage = appeal.dosage_at(at_ms)
            here = appeal.present and at_ms == self._now_ms
            engaged, refused = appeal.engagement, appeal.negative
            left = 0.5 ** ((at_ms - self._now_ms) / self._half_life_ms)
            found = self._moments[at_ms] = _At(
                at_ms,
                engaged.hour(hour) + engaged.slope * dosage + here * engaged.present,
                0.0
                if refused is None
                else refused.hour(hour) + refused.slope * dosage + here * refused.present,
                left,
            )
        return found

    def _utilities(self, channel: Channel, grid: Sequence[_At]) -> list[float]:
        value, cost, price = self._value, channel.cost, self._price
        engaged, refused = self._appeal.engagement, self._appeal.negative
        base = engaged.fixed + engaged.channel(channel)
        if refused is None:
            return [value * left * sigmoid(base + z) - cost for _, z, _, left in grid]
        other = refused.fixed + refused.channel(channel)
        return [
            value * left * sigmoid(base + z) - cost - price * sigmoid(other + n)
            for _, z, n, left in grid
        ]

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

    def _within_hour(
        self,
        channel: Channel,
        timed: Sequence[Constraint],
        start_ms: int,
        known: dict[object, object],
    ) -> int | None:
        """The first allowed moment of an hour, None without one up to the horizon."""
        at_ms = self._settled(channel, timed, start_ms, known).earliest_ms
        # A start that is pushed on lands in an hour that is tried by itself.
        if at_ms is None or at_ms > self._way.horizon_ms or at_ms - start_ms >= HOUR_MS:
            return None
        return at_ms

    def _settled(
        self,
        channel: Channel,
        timed: Sequence[Constraint],
        from_ms: int,
        known: dict[object, object],
    ) -> Moment:
        key = (channel.name if self._way.by_channel else "", from_ms)
        found = known.get(key)
        if found is None:
            found = known[key] = self._way.settle(channel, timed, from_ms)
        assert isinstance(found, Moment)
        return found


def _best_first(hour: tuple[float, int]) -> tuple[float, int]:
    return -hour[0], hour[1]
