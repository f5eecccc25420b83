"""`compose`: what to do with one request now, and which constraint binds.

Per channel the constraints' earliest moments are brought to their fixed point inside
[now, expiry]. From there on the moment of the highest utility is chosen among the fixed point and
the local hours that follow, and the channel of the highest utility among the feasible ones:

    odds(channel, t) = odds(engage_prob(channel)) * rhythm(t) * 2^(-(t - now) / half-life)
    utility(channel, t) = value * odds / (1 + odds) - cost(channel)

A constraint is named as binding when the plan made without it is another one. The whole of it is
told in docs/composer.md.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tactful.constraints import Ask, Constraint, of
from tactful.engagement.part import Estimate, estimate
from tactful.engagement.section import ChannelCounts
from tactful.knowledge import Channel
from tactful.local_time import DAY_MS, HOUR_MS, hour_of_week, local_ms, offset_ms
from tactful.records import Considered, Counterfactual, Reason, Verdict
from tactful.timing import Rhythm


class Moment(NamedTuple):
    """When a channel could go: the earliest moment, the one to choose, and its worth.

    `worth` multiplies the odds of engagement; `movers` are the constraints that moved the
    earliest moment away from now (or past expiry, with `earliest_ms` None).
    """

    earliest_ms: int | None
    at_ms: int
    earliest_worth: float
    worth: float
    movers: tuple[Constraint, ...]


class Option(NamedTuple):
    """How one channel does."""

    channel: Channel
    estimate: Estimate
    moment: Moment
    blockers: tuple[Constraint, ...]
    at_ms: int
    utility: float


class Plan(NamedTuple):
    """The verdict on a request, with its why.

    Attributes:
        at_ms: when to send (`send`: now; `hold`: then think again); None otherwise.
        option: the chosen channel, or the one that came nearest.
        options: all feasible options, the best first.
        also: further constraints that bind; the verdict would not change without `reason` alone
            when there are any.
        because: the binding constraint.
        otherwise: the option that would have been taken without those that bind.
    """

    verdict: Verdict
    reason: Reason
    at_ms: int | None
    option: Option
    options: list[Option]
    considered: list[Considered]
    also: tuple[Constraint, ...] = ()
    because: Constraint | None = None
    otherwise: Option | None = None

    @property
    def free_ms(self) -> int:
        """The earliest moment of any feasible channel, 0 without one."""
        return min((each.moment.earliest_ms or 0 for each in self.options), default=0)

    def counterfactual(self, now_ms: int) -> Counterfactual | None:
        """What would have been decided without the constraints that bind."""
        if self.because is None:
            return None
        if self.otherwise is None:
            return Counterfactual(self.because.reason, Verdict.SUPPRESS)
        verdict = Verdict.SEND if self.otherwise.at_ms <= now_ms else Verdict.HOLD
        return Counterfactual(
            self.because.reason, verdict, self.otherwise.channel.name, self.otherwise.at_ms
        )


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
    """

    def __init__(
        self,
        ask: Ask,
        channels: Sequence[Channel],
        engagement: dict[str, ChannelCounts],
        rhythm: Rhythm,
        tie: float = 0.0,
    ) -> None:
        self._ask = ask
        self._channels = channels
        self._rhythm = rhythm
        self._worths: dict[int, float] = {}
        self._shut: dict[str, tuple[Constraint, ...]] = {}
        policy = ask.knowledge.policy
        timing = policy.timing
        self._estimates = [
            estimate(
                engagement.get(channel.name), channel.engage_prob, ask.now_ms, policy.engagement
            )
            for channel in channels
        ]
        # The wait for a better hour counts from when the request was first seen, so it ends.
        # `critical` never waits, whatever the policy says, and a digest has its hour.
        batched = ask.request.batch_key is not None and ask.kind.policy.batch is not None
        waits = not (ask.critical or batched or ask.in_digest_mode)
        priority = ask.request.priority
        within_ms = timing.best_time_within_ms.get(priority, 0) if waits and priority else 0
        self._horizon_ms = min(ask.expires_ms, ask.first_ms + within_ms)
        self._min_gain = timing.min_gain_prob
        self._present = bool(
            ask.last_seen_ms and ask.now_ms - ask.last_seen_ms <= timing.presence_ms
        )
        active = of(ask.knowledge, ask.kind, critical=ask.critical)
        self._by_channel = active.by_channel
        self._constraints = tuple(each for each in active.all if not each.idle(ask))
        self._untimed = tuple(each for each in self._constraints if not each.timed)
        if ask.knowledge.prices:
            self._bid(tie)

    def plan(self, without: Sequence[Constraint] = ()) -> Plan:
        """The verdict under all constraints (but those left out), the binding one named."""
        constraints = self._constraints
        if without:
            constraints = tuple(each for each in constraints if each not in without)
        options = self._options(constraints)
        feasible = [option for option in options if not option.blockers]
        considered = [_considered(option) for option in options]
        if not feasible:
            return self._silent(constraints, options, considered)
        # Equal utilities stay in the order of the type's channels.
        feasible.sort(key=_rank)
        best = feasible[0]
        if best.at_ms <= self._ask.now_ms:
            reason = Reason.CRITICAL if self._ask.critical else Reason.ALLOWED
            return Plan(Verdict.SEND, reason, best.at_ms, best, feasible, considered)
        return self._waiting(constraints, feasible, considered)

    def _bid(self, tie: float) -> None:
        ask = self._ask
        for channel, rate in zip(self._channels, self._estimates, strict=True):
            worth = self._worth_now(channel, self._worth(ask.now_ms), ask.now_ms)
            utility = ask.kind.value * engage_prob(rate.prob, worth) - channel.cost
            ask.bids[channel.name] = round(max(0.0, utility), 6) + tie

    def _waiting(
        self,
        constraints: Sequence[Constraint],
        feasible: list[Option],
        considered: list[Considered],
    ) -> Plan:
        best = feasible[0]
        outcome = _outcome(best)
        found = self._binding(constraints, best.moment.movers, outcome)
        if found is None and best.moment.movers:
            found = self._jointly(constraints, outcome)
        if found is None or not found.constraints:
            return Plan(Verdict.HOLD, Reason.BEST_TIME, best.at_ms, best, feasible, considered)
        named, *also = found.constraints
        return Plan(
            Verdict.HOLD,
            named.reason,
            best.at_ms,
            best,
            feasible,
            considered,
            tuple(also),
            named,
            found.otherwise,
        )

    def _silent(
        self,
        constraints: Sequence[Constraint],
        options: list[Option],
        considered: list[Considered],
    ) -> Plan:
        blockers = [each for each in constraints if any(each in o.blockers for o in options)]
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
            considered,
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
        best = _best(self._options([each for each in constraints if each not in left_out]))
        return best, (None if best is None else _outcome(best)) != outcome

    def _options(self, constraints: Sequence[Constraint]) -> list[Option]:
        timed = tuple(each for each in constraints if each.timed)
        known: dict[str | bool, Moment] = {}
        value = self._ask.kind.value
        options = []
        for channel, rate in zip(self._channels, self._estimates, strict=True):
            blockers = self._blockers(channel)
            if blockers:
                blockers = tuple(each for each in blockers if each in constraints)
            present = self._present and channel.presence
            key = channel.name if self._by_channel else present
            moment = known.get(key)
            if moment is None:
                moment = known[key] = self._moment(channel, timed)
            earliest_ms, at_ms, earliest_worth, worth, movers = moment
            if earliest_ms is None:
                blockers += movers
            gain = engage_prob(rate.prob, worth)
            if earliest_ms is not None and worth > earliest_worth:
                at_once = engage_prob(rate.prob, earliest_worth)
                if gain - at_once < self._min_gain:
                    at_ms, gain = earliest_ms, at_once
            utility = value * gain - channel.cost
            options.append(Option(channel, rate, moment, blockers, at_ms, utility))
        return options

    def _blockers(self, channel: Channel) -> tuple[Constraint, ...]:
        """The untimed constraints that shut a channel, asked once per composition."""
        found = self._shut.get(channel.name)
        if found is None:
            ask = self._ask
            found = self._shut[channel.name] = tuple(
                each for each in self._untimed if each.earliest_ms(ask, channel, ask.now_ms) is None
            )
        return found

    def _moment(self, channel: Channel, timed: Sequence[Constraint]) -> Moment:
        now_ms = self._ask.now_ms
        earliest_ms, movers = self._settle(channel, timed, now_ms)
        if earliest_ms is None:
            worth = self._worth(now_ms)
            return Moment(None, now_ms, worth, worth, movers)
        worth = self._worth_now(channel, self._worth(earliest_ms), earliest_ms)
        best_at, best_worth = earliest_ms, worth
        if earliest_ms < self._horizon_ms:
            hours = self._hours_after(earliest_ms)
            for hour_worth, start_ms in sorted(hours, key=lambda hour: (-hour[0], hour[1])):
                if hour_worth <= best_worth:
                    break
                at_ms, _ = self._settle(channel, timed, start_ms)
                # A start that is pushed on lands in an hour that is tried by itself.
                if at_ms is None or at_ms > self._horizon_ms or at_ms - start_ms >= HOUR_MS:
                    continue
                at_worth = self._worth(at_ms)
                if at_worth > best_worth:
                    best_at, best_worth = at_ms, at_worth
        return Moment(earliest_ms, best_at, worth, best_worth, movers)

    def _settle(
        self, channel: Channel, timed: Sequence[Constraint], from_ms: int
    ) -> tuple[int | None, tuple[Constraint, ...]]:
        """The fixed point of the constraints at or after a moment, None beyond expiry."""
        ask = self._ask
        moment = from_ms
        movers: list[Constraint] = []
        while True:
            before = moment
            for each in timed:
                earliest = each.earliest_ms(ask, channel, moment)
                if earliest == moment:
                    continue
                if each not in movers:
                    movers.append(each)
                if earliest is None or earliest > ask.expires_ms:
                    return None, tuple(movers)
                moment = earliest
            if moment == before:
                return moment, tuple(movers)

    def _worth(self, at_ms: int) -> float:
        worth = self._worths.get(at_ms)
        if worth is None:
            ask = self._ask
            rhythm = self._rhythm.at(hour_of_week(local_ms(ask.zone, at_ms)))
            decay = 0.5 ** ((at_ms - ask.now_ms) / ask.kind.value_half_life_ms)
            worth = self._worths[at_ms] = rhythm * decay
        return worth

    def _worth_now(self, channel: Channel, worth: float, at_ms: int) -> float:
        """The worth of a moment, more if that is now and the user is there to see it."""
        if self._present and channel.presence and at_ms == self._ask.now_ms:
            return max(worth, self._ask.knowledge.policy.timing.presence_worth)
        return worth

    def _hours_after(self, from_ms: int) -> list[tuple[float, int]]:
        """The hours after a moment, up to the horizon: the most that one is worth, its start."""
        ask = self._ask
        zone = ask.zone
        start_ms = from_ms + HOUR_MS - local_ms(zone, from_ms) % HOUR_MS
        starts = range(start_ms, self._horizon_ms + 1, HOUR_MS)
        if not starts:
            return []
        if starts[-1] - start_ms > DAY_MS or offset_ms(zone, start_ms) != offset_ms(
            zone, starts[-1]
        ):
            # A change by half an hour leaves the hours astride two of the wall clock's.
            halves = (0, HOUR_MS // 2)
            return [(max(self._worth(at + half) for half in halves), at) for at in starts]
        # The clock does not change on the way: the hours of the week just follow each other.
        rhythm = self._rhythm.at
        hour = hour_of_week(local_ms(zone, start_ms))
        now_ms, half_life_ms = ask.now_ms, ask.kind.value_half_life_ms
        return [
            (rhythm((hour + i) % 168) * 0.5 ** ((at - now_ms) / half_life_ms), at)
            for i, at in enumerate(starts)
        ]


def engage_prob(prob: float, worth: float) -> float:
    """A probability whose odds are multiplied by `worth`, so that it stays one.

    >>> engage_prob(0.2, 1.0), engage_prob(0.2, 0.0)
    (0.2, 0.0)
    """
    return prob * worth / (1.0 - prob + prob * worth) if worth else 0.0


def _rank(option: Option) -> float:
    return -option.utility


def _distance(option: Option) -> tuple[int, float]:
    """How far a channel is from being feasible."""
    return len(option.blockers), -option.utility


def _outcome(option: Option) -> tuple[str, int]:
    return option.channel.name, option.at_ms


def _best(options: list[Option]) -> Option | None:
    feasible = [option for option in options if not option.blockers]
    # On equal utility the order of the type's channels decides, as `max` keeps the first.
    return max(feasible, key=lambda option: option.utility) if feasible else None


def _considered(option: Option) -> Considered:
    return Considered(
        channel=option.channel.name,
        score=round(max(0.0, option.utility), 6),
        earliest_ms=None if option.blockers else option.moment.earliest_ms,
        blocked_by=[each.reason for each in option.blockers or option.moment.movers],
    )
