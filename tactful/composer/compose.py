"""`compose`: what to do with one request now, and which constraint binds.

Per channel the constraints' earliest moments are brought to their fixed point inside
[now, expiry]. From there on the moment of the highest utility is chosen among the fixed point and
the local hours that follow, and the channel of the highest utility among the feasible ones:

    odds(channel, t) = odds(engage_prob(channel)) * rhythm(t) * 2^(-(t - now) / half-life)
    utility(channel, t) = odds / (1 + odds) - cost(channel)

A constraint is named as binding when the plan made without it is another one.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tactful.constraints import CONSTRAINTS, UNTIMED, Ask, Constraint
from tactful.engagement.part import Estimate, estimate
from tactful.engagement.section import ChannelCounts
from tactful.knowledge import Channel
from tactful.local_time import HOUR_MS, hour_of_week, local_ms
from tactful.records import Considered, Reason, Verdict
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
        option: the chosen channel, or the one that came nearest; None without any channel.
        also: further constraints that bind; the verdict would not change without `reason` alone
            when there are any.
    """

    verdict: Verdict
    reason: Reason
    at_ms: int | None
    option: Option | None
    considered: list[Considered]
    also: tuple[Constraint, ...]
    because: Constraint | None


class Composer:
    """One composition: a request, and what the user's state says about channels and hours."""

    def __init__(
        self,
        ask: Ask,
        channels: Sequence[Channel],
        engagement: dict[str, ChannelCounts],
        rhythm: Rhythm,
        first_ms: int,
    ) -> None:
        self._ask = ask
        self._channels = channels
        self._rhythm = rhythm
        self._worths: dict[int, float] = {}
        self._shut: dict[str, tuple[Constraint, ...]] = {}
        policy = ask.knowledge.policy
        self._estimates = [
            estimate(
                engagement.get(channel.name), channel.engage_prob, ask.now_ms, policy.engagement
            )
            for channel in channels
        ]
        # The wait for a better hour counts from when the request was first seen, so it ends.
        # `critical` never waits, whatever the policy says.
        waits = policy.timing.best_time_within_ms
        within_ms = 0 if ask.critical else waits.get(ask.request.priority, 0)
        self._horizon_ms = min(ask.expires_ms, first_ms + within_ms)
        self._min_gain = policy.timing.min_gain_prob

    def plan(self, constraints: Sequence[Constraint] = CONSTRAINTS) -> Plan:
        """The verdict under all constraints, the binding one named."""
        if self._ask.critical:
            constraints = [each for each in constraints if each.binds_critical]
        options = self._options(constraints)
        best = _best(options)
        considered = [_considered(option) for option in options]
        if best is None:
            return self._silent(constraints, options, considered)
        if best.at_ms <= self._ask.now_ms:
            reason = Reason.CRITICAL if self._ask.critical else Reason.ALLOWED
            return Plan(Verdict.SEND, reason, best.at_ms, best, considered, (), None)
        return self._waiting(constraints, best, considered)

    def _waiting(
        self, constraints: Sequence[Constraint], best: Option, considered: list[Considered]
    ) -> Plan:
        movers = best.moment.movers
        binding = self._binding(constraints, movers, _outcome(best))
        together = [binding] if binding else []
        if binding is None and best.at_ms == best.moment.earliest_ms:
            together = self._jointly(constraints, _outcome(best))
        if not together:
            return Plan(Verdict.HOLD, Reason.BEST_TIME, best.at_ms, best, considered, (), None)
        named, *also = together
        return Plan(Verdict.HOLD, named.reason, best.at_ms, best, considered, tuple(also), named)

    def _silent(
        self,
        constraints: Sequence[Constraint],
        options: list[Option],
        considered: list[Considered],
    ) -> Plan:
        blockers = [each for each in constraints if any(each in o.blockers for o in options)]
        nearest = min(options, key=lambda option: (len(option.blockers), -option.utility))
        binding = self._binding(constraints, blockers, None)
        if binding is None:
            named, *also = self._jointly(constraints, None)
        else:
            named, also = binding, []
            nearest = next(o for o in sorted(options, key=_rank) if binding in o.blockers)
        return Plan(Verdict.SUPPRESS, named.reason, None, nearest, considered, tuple(also), named)

    def _binding(
        self,
        constraints: Sequence[Constraint],
        candidates: Sequence[Constraint],
        outcome: tuple[str, int] | None,
    ) -> Constraint | None:
        """The first candidate (in precedence) without which the outcome would be another."""
        for candidate in constraints:
            if candidate in candidates:
                rest = [each for each in constraints if each is not candidate]
                best = _best(self._options(rest))
                if (None if best is None else _outcome(best)) != outcome:
                    return candidate
        return None

    def _jointly(
        self, constraints: Sequence[Constraint], outcome: tuple[str, int] | None
    ) -> list[Constraint]:
        """Constraints that bind together: left out one after the other until the outcome moves.

        None where it never does: they end at the hour that would be chosen without them too.
        """
        left_out: list[Constraint] = []
        while True:
            rest = [each for each in constraints if each not in left_out]
            options = self._options(rest)
            best = _best(options)
            if (None if best is None else _outcome(best)) != outcome:
                return left_out
            if best is None:
                nearest = min(options, key=lambda option: (len(option.blockers), -option.utility))
                left_out.extend(nearest.blockers)
            elif best.moment.movers:
                left_out.append(best.moment.movers[0])
            else:
                return []

    def _options(self, constraints: Sequence[Constraint]) -> list[Option]:
        timed = tuple(each for each in constraints if each.timed)
        by_channel = any(each.by_channel for each in timed)
        shared: Moment | None = None
        options = []
        for channel, rate in zip(self._channels, self._estimates, strict=True):
            blockers = self._blockers(channel)
            if blockers:
                blockers = tuple(each for each in blockers if each in constraints)
            if shared is None or by_channel:
                shared = self._moment(channel, timed)
            earliest_ms, at_ms, earliest_worth, worth, movers = shared
            if earliest_ms is None:
                blockers += movers
            gain = engage_prob(rate.prob, worth)
            if earliest_ms is not None and worth > earliest_worth:
                at_once = engage_prob(rate.prob, earliest_worth)
                if gain - at_once < self._min_gain:
                    at_ms, gain = earliest_ms, at_once
            utility = gain - channel.cost
            options.append(Option(channel, rate, shared, blockers, at_ms, utility))
        return options

    def _blockers(self, channel: Channel) -> tuple[Constraint, ...]:
        """The untimed constraints that shut a channel, asked once per composition."""
        found = self._shut.get(channel.name)
        if found is None:
            ask = self._ask
            found = self._shut[channel.name] = tuple(
                each for each in UNTIMED if each.earliest_ms(ask, channel, ask.now_ms) is None
            )
        return found

    def _moment(self, channel: Channel, timed: Sequence[Constraint]) -> Moment:
        now_ms = self._ask.now_ms
        earliest_ms, movers = self._settle(channel, timed, now_ms)
        if earliest_ms is None:
            worth = self._worth(now_ms)
            return Moment(None, now_ms, worth, worth, movers)
        worth = self._worth(earliest_ms)
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
                at_worth = hour_worth if at_ms == start_ms else self._worth(at_ms)
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

    def _hours_after(self, from_ms: int) -> list[tuple[float, int]]:
        """The starts of the local hours after a moment, up to the horizon, with their worth."""
        start_ms = from_ms + HOUR_MS - local_ms(self._ask.zone, from_ms) % HOUR_MS
        return [(self._worth(at), at) for at in range(start_ms, self._horizon_ms + 1, HOUR_MS)]


def engage_prob(prob: float, worth: float) -> float:
    """A probability whose odds are multiplied by `worth`, so that it stays one.

    >>> engage_prob(0.2, 1.0), engage_prob(0.2, 0.0)
    (0.2, 0.0)
    """
    return prob * worth / (1.0 - prob + prob * worth) if worth else 0.0


def _rank(option: Option) -> tuple[float, ...]:
    return (-option.utility,)


def _outcome(option: Option) -> tuple[str, int]:
    return option.channel.name, option.at_ms


def _best(options: list[Option]) -> Option | None:
    feasible = [option for option in options if not option.blockers]
    # On equal utility the order of the type's channels decides, as `max` keeps the first.
    return max(feasible, key=lambda option: option.utility) if feasible else None


def _considered(option: Option) -> Considered:
    return Considered(
        channel=option.channel.name,
        score=round(max(0.0, min(option.utility, 1.0)), 6),
        earliest_ms=None if option.blockers else option.moment.earliest_ms,
        blocked_by=[each.reason for each in option.blockers or option.moment.movers],
    )
