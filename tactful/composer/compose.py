"""`compose`: what to do with one request now, and which constraint binds.

Per channel the constraints' earliest moments are brought to their fixed point inside
[now, expiry] (`way`). From there on the moment of the highest utility is chosen among the fixed
point and the local hours that follow, and the channel of the highest utility among the feasible
ones. Utilities come from a model where there is one (`by_model`), else from rates (`by_worth`).

A constraint is named as binding when the plan made without it is another one. The whole of it is
told in docs/composer.md.
"""

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple

from tactful.composer.best import Best
from tactful.composer.by_model import ByModel
from tactful.composer.by_worth import ByWorth
from tactful.composer.plan import Option, Plan, Slot, considered
from tactful.composer.scorer import Scorer
from tactful.composer.way import Way
from tactful.constraints import Ask, Constraint, of
from tactful.engagement.part import estimate
from tactful.engagement.section import ChannelCounts
from tactful.knowledge import Channel
from tactful.records import Considered, Reason, Verdict
from tactful.timing import Rhythm


class _Found(NamedTuple):
    """What there is under all constraints: every channel's option, and the feasible, best first."""

    options: list[Option]
    feasible: list[Option]


class _Binding(NamedTuple):
    """The constraints that bind together, and what would be chosen without them."""

    constraints: list[Constraint]
    otherwise: Option | None


class Composer:
    """One composition: a request, and what the user's state says about channels and hours.

    Args:
        ask: the request; its `bids` are filled in where channels have a price.
        channels: those it may use, in order of preference on ties.
        engagement: the user's counts by channel.
        rhythm: the user's hours.
        tie: what its bids gain by its hash.
        kept: the only channel to use, and the moment to wait for, where they were drawn.
    """

    def __init__(
        self,
        ask: Ask,
        channels: Sequence[Channel],
        engagement: dict[str, ChannelCounts],
        rhythm: Rhythm,
        tie: float = 0.0,
        kept: Slot | None = None,
    ) -> None:
        self._ask = ask
        self._channels = channels
        self._kept = kept
        self._shut: dict[str, tuple[Constraint, ...]] = {}
        self._known: dict[object, object] = {}
        self._under_all: _Found | None = None
        self._elsewhere: dict[str, Option] = {}
        active = of(ask.knowledge, ask.kind, critical=ask.critical)
        self._way = Way(ask, by_channel=active.by_channel)
        self._scoring: Scorer
        if ask.appeal is not None:
            self._scoring = ByModel(self._way, ask.appeal)
        else:
            rules, now_ms = ask.knowledge.policy.engagement, ask.now_ms
            estimates = {
                channel.name: estimate(
                    engagement.get(channel.name), channel.engage_prob, now_ms, rules
                )
                for channel in channels
            }
            self._scoring = ByWorth(self._way, estimates, rhythm)
        self._constraints = tuple(each for each in active.all if not each.idle(ask))
        self._untimed = tuple(each for each in self._constraints if not each.timed)
        self._timed = tuple(each for each in self._constraints if each.timed)
        if ask.knowledge.prices:
            self._bid(tie)

    def keeping(self, slot: Slot | None) -> "Composer":
        """The same composition with another slot kept, or none; what was worked out serves it."""
        other = copy(self)
        other._kept = slot  # noqa: SLF001 - of our own kind
        other._under_all = None  # noqa: SLF001
        # Only the channel that is kept has another option than without a slot to keep.
        before = self._under_all.options if self._under_all and self._kept is None else ()
        other._elsewhere = {  # noqa: SLF001
            each.channel.name: each for each in before if slot and each.channel.name != slot.channel
        }
        return other

    @property
    def open(self) -> bool:
        """Whether what was drawn can still be had; True where nothing was."""
        return self._kept is None or bool(self.feasible)

    @property
    def feasible(self) -> list[Option]:
        """The options that nothing blocks, the best first."""
        return self._all.feasible

    def plan(self, without: Sequence[Constraint] = ()) -> Plan:
        """The verdict under all constraints (but those left out), the binding one named."""
        constraints = self._constraints
        if without:
            constraints = tuple(each for each in constraints if each not in without)
            options, feasible = self._found(self._options(constraints))
        else:
            options, feasible = self._all
        told = [considered(option) for option in options]
        if not feasible:
            return self._silent(constraints, options, told)
        best = feasible[0]
        if best.at_ms <= self._ask.now_ms:
            reason = Reason.ALLOWED if self._kept is None else Reason.EXPLORED
            if self._ask.critical:
                reason = Reason.CRITICAL
            return Plan(Verdict.SEND, reason, best.at_ms, best, feasible, told)
        return self._waiting(constraints, feasible, told)

    def slots(self, most: int) -> list[tuple[float, Slot]]:
        """The best option's slot and the best others that are allowed, each with its utility.

        Args:
            most: how many slots at most; some channel is feasible.
        """
        first = self.feasible[0]
        own = Slot(first.channel.name, first.at_ms)
        best = Best(most)
        others = [
            (-utility, order, at_ms)
            for order, channel in enumerate(self._channels)
            if not self._blockers(channel)
            for utility, at_ms in self._scoring.slots(channel, self._timed, self._known, best)
            if (channel.name, at_ms) != own
        ]
        others.sort()
        return [(first.utility, own)] + [
            (-negated, Slot(self._channels[order].name, at_ms))
            for negated, order, at_ms in others[: most - 1]
        ]

    @property
    def _all(self) -> _Found:
        found = self._under_all
        if found is None:
            found = self._under_all = self._found(
                [
                    self._elsewhere.get(channel.name)
                    or self._option(channel, self._constraints, self._timed, self._known)
                    for channel in self._channels
                ]
            )
        return found

    def _found(self, options: list[Option]) -> _Found:
        feasible = self._feasible(options)
        # Equal utilities stay in the order of the type's channels.
        feasible.sort(key=_rank)
        return _Found(options, feasible)

    def _feasible(self, options: list[Option]) -> list[Option]:
        kept = self._kept
        return [
            option
            for option in options
            if not option.blockers and (kept is None or option.channel.name == kept.channel)
        ]

    def _bid(self, tie: float) -> None:
        ask = self._ask
        for channel in self._channels:
            utility = self._scoring.utility(channel, ask.now_ms)
            ask.bids[channel.name] = round(max(0.0, utility), 6) + tie

    def _waiting(
        self,
        constraints: Sequence[Constraint],
        feasible: list[Option],
        told: list[Considered],
    ) -> Plan:
        best = feasible[0]
        if self._ask.knowledge.terse:
            named = next((each for each in constraints if each in best.moment.movers), None)
            reason = Reason.BEST_TIME if named is None else named.reason
            return Plan(Verdict.HOLD, reason, best.at_ms, best, feasible, told)
        outcome = _outcome(best)
        found = self._binding(constraints, best.moment.movers, outcome)
        if found is None and best.moment.movers:
            found = self._jointly(constraints, outcome)
        if found is None or not found.constraints:
            reason = Reason.BEST_TIME if self._kept is None else Reason.EXPLORED
            return Plan(Verdict.HOLD, reason, best.at_ms, best, feasible, told)
        named, *also = found.constraints
        return Plan(
            Verdict.HOLD,
            named.reason,
            best.at_ms,
            best,
            feasible,
            told,
            tuple(also),
            named,
            found.otherwise,
        )

    def _silent(
        self,
        constraints: Sequence[Constraint],
        options: list[Option],
        told: list[Considered],
    ) -> Plan:
        blockers = [each for each in constraints if any(each in o.blockers for o in options)]
        if self._ask.knowledge.terse:
            nearest = min(options, key=_distance)
            named = next((each for each in blockers if each in nearest.blockers), blockers[0])
            return Plan(Verdict.SUPPRESS, named.reason, None, nearest, [], told)
        found = self._binding(constraints, blockers, None) or self._jointly(constraints, None)
        named, *also = found.constraints
        # The one that opens, or else the one that came nearest.
        near = sorted(options, key=_distance)
        nearest = next((each for each in near if named in each.blockers), near[0])
        if found.otherwise is not None:
            opened = found.otherwise.channel
            nearest = next(each for each in options if each.channel is opened)
        return Plan(
            Verdict.SUPPRESS,
            named.reason,
            None,
            nearest,
            [],
            told,
            tuple(also),
            named,
            found.otherwise,
        )

    def _binding(
        self,
        constraints: Sequence[Constraint],
        candidates: Sequence[Constraint],
        outcome: tuple[str, int] | None,
    ) -> _Binding | None:
        """The first candidate (in precedence) without which the outcome would be another."""
        for candidate in constraints:
            if candidate in candidates:
                best, moved = self._best_without(constraints, [candidate], outcome)
                if moved:
                    return _Binding([candidate], best)
        return None

    def _jointly(
        self, constraints: Sequence[Constraint], outcome: tuple[str, int] | None
    ) -> _Binding:
        """Constraints that bind together: left out one after the other until the outcome moves.

        Those that turn out not to be needed are put back, the last first. None where the outcome
        never moves: they end at the hour that would be chosen without them too.
        """
        left_out: list[Constraint] = []
        best: Option | None = None
        moved = False
        while not moved:
            following = self._next_out(constraints, left_out, best, outcome)
            if following is None:
                return _Binding([], None)
            left_out.append(following)
            best, moved = self._best_without(constraints, left_out, outcome)
        for each in reversed(left_out):
            fewer = [other for other in left_out if other is not each]
            other, still_moved = self._best_without(constraints, fewer, outcome)
            if still_moved:
                left_out, best = fewer, other
        left_out.sort(key=constraints.index)
        return _Binding(left_out, best)

    def _next_out(
        self,
        constraints: Sequence[Constraint],
        left_out: list[Constraint],
        best: Option | None,
        outcome: tuple[str, int] | None,
    ) -> Constraint | None:
        """Which constraint to leave out next, None when there is no further one in the way."""
        if outcome is None:
            return next((each for each in constraints if each not in left_out), None)
        if best is None:
            best, _ = self._best_without(constraints, left_out, outcome)
        assert best is not None
        movers = best.moment.movers
        return next((each for each in constraints if each in movers), None)

    def _best_without(
        self,
        constraints: Sequence[Constraint],
        left_out: Sequence[Constraint],
        outcome: tuple[str, int] | None,
    ) -> tuple[Option | None, bool]:
        """The best option without some constraints, and whether that is another outcome."""
        feasible = self._feasible(
            self._options([each for each in constraints if each not in left_out])
        )
        # On equal utility the order of the type's channels decides, as `max` keeps the first.
        best = max(feasible, key=_utility) if feasible else None
        return best, (None if best is None else _outcome(best)) != outcome

    def _options(self, constraints: Sequence[Constraint]) -> list[Option]:
        """What each channel comes to under some of the constraints."""
        timed = tuple(each for each in constraints if each.timed)
        known: dict[object, object] = {}
        return [self._option(channel, constraints, timed, known) for channel in self._channels]

    def _option(
        self,
        channel: Channel,
        constraints: Sequence[Constraint],
        timed: Sequence[Constraint],
        known: dict[object, object],
    ) -> Option:
        scoring, kept = self._scoring, self._kept
        blockers = self._blockers(channel)
        if blockers:
            blockers = tuple(each for each in blockers if each in constraints)
        if kept is not None and channel.name == kept.channel:
            from_ms = max(kept.at_ms, self._ask.now_ms)
            moment = self._way.settle(channel, timed, from_ms)
            at_ms = moment.earliest_ms or from_ms
            utility = scoring.utility(channel, at_ms)
        else:
            moment, at_ms, utility = scoring.chosen(channel, timed, known)
        if moment.earliest_ms is None:
            blockers += moment.movers
        return Option(channel, scoring.estimate(channel), moment, blockers, at_ms, utility)

    def _blockers(self, channel: Channel) -> tuple[Constraint, ...]:
        """The untimed constraints that shut a channel, asked once per composition."""
        found = self._shut.get(channel.name)
        if found is None:
            ask = self._ask
            found = self._shut[channel.name] = tuple(
                each for each in self._untimed if each.earliest_ms(ask, channel, ask.now_ms) is None
            )
        return found


def _rank(option: Option) -> float:
    return -option.utility


def _utility(option: Option) -> float:
    return option.utility


def _distance(option: Option) -> tuple[int, float]:
    """How far a channel is from being feasible."""
    return len(option.blockers), -option.utility


def _outcome(option: Option) -> tuple[str, int]:
    return option.channel.name, option.at_ms
