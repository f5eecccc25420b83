"""One step's decisions: each request that is to be decided gets its verdict, and what follows.

A send spends its slot, takes others into its digest, and is watched for failover, all in the same
step as its verdict.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, TypeVar
from zlib import crc32

import msgspec

from tactful.activity.part import last_seen_ms
from tactful.composer import digests, held
from tactful.composer.compose import Composer, Option, Plan
from tactful.composer.held import RANK, Held
from tactful.composer.ledger import close, ends_ms, tell
from tactful.composer.sending import send, watched_after
from tactful.composer.sentences import explain
from tactful.constraints import Ask, Rival
from tactful.engagement import section as engagement_section
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.ids import decision_id
from tactful.knowledge import Channel, Kind
from tactful.local_time import format_local, zone_named
from tactful.policy.model import EmergencyChannels, Overflow
from tactful.profile import section as profile_section
from tactful.records import Considered, Priority, Reason, Request, Verdict
from tactful.sends import log
from tactful.timing import Rhythm
from tactful.volume.price import tie_break

T = TypeVar("T")


class Round:
    """The decisions of one step. `close` writes what changed."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._queue_changed = False
        self._watched_changed = False
        self._decoded: dict[Section, tuple[bytes, Any]] = {}

    @cached_property
    def queue(self) -> list[Held]:
        """What waits, in the order of arrival."""
        return self._unpacked(Section.HELD)

    @cached_property
    def watched(self) -> list[Held]:
        """The attempts that are watched, the oldest first."""
        return self._unpacked(Section.ATTEMPTS)

    def _unpacked(self, section: Section) -> list[Held]:
        context = self.context
        packed = context.sections[section]
        found = held.unpack(packed, context.user_id)
        if found and held.head(packed).policy_mark != context.knowledge.policy_mark:
            # All at once, since who goes first of them depends on it too.
            found = [self._settled(each) for each in found]
        return found

    def ask(self, request: Request) -> None:
        """Decide a new request."""
        self.decide(self._settled(Held(request, self.context.now_ms, own=request.priority)))

    def decide_again(self, waiting: Iterable[Held]) -> None:
        """Decide some that wait once more, the most urgent first."""
        # All that wait are now decided under this policy, or will be.
        self._queue_changed = True
        for each in sorted(waiting, key=held.urgency):
            if any(other is each for other in self.queue):  # else it went out with another
                self.decide(each)

    def decide(self, waiting: Held) -> None:
        """Give a verdict, and keep in the queue what is held."""
        kept = self._verdict(waiting)
        if kept is waiting:
            return
        at = next((i for i, each in enumerate(self.queue) if each is waiting), None)
        if kept is not None and at is not None:
            self.queue[at] = kept
        elif kept is not None:
            self.queue.append(kept)
            self._make_room()
        elif at is not None:
            del self.queue[at]
        self._queue_changed = self._queue_changed or kept is not None or at is not None

    def drop(self, waiting: Held) -> None:
        """Take one out of the queue; its verdict is told elsewhere."""
        self.queue[:] = [each for each in self.queue if each is not waiting]
        self._queue_changed = True

    def watch(self, watched: list[Held]) -> None:
        """Watch these attempts from now on."""
        if len(watched) != len(self.watched) or watched != self.watched:
            self.watched[:] = watched[-self.context.knowledge.policy.limits.tracked_attempts :]
            self._watched_changed = True

    def close(self) -> None:
        """Write what changed into the state."""
        context = self.context
        mark = context.knowledge.policy_mark
        if self._queue_changed:
            packed = held.pack(self.queue, mark)
            if packed != context.sections[Section.HELD]:
                context.write(Section.HELD, packed)
        if self._watched_changed:
            context.write(Section.ATTEMPTS, held.pack(self.watched, mark))

    def ask_of(self, waiting: Held, kind: Kind) -> Ask:
        """A request as constraints see it."""
        context = self.context
        sections = context.sections
        profile = sections[Section.PROFILE]
        ask = Ask(
            waiting.request,
            kind,
            context.now_ms,
            context.knowledge,
            self._of(Section.PROFILE, profile_section.settings),
            self._of(Section.SENDS, log.entries),
            first_ms=waiting.first_ms,
            attempt=waiting.attempt,
            order=_order(waiting, kind),
            profile=profile,
            last_seen_ms=last_seen_ms(sections[Section.ACTIVITY]),
        )
        if waiting.until_ms is not None:
            ask.expires_ms = min(ask.expires_ms, waiting.until_ms)
        if kind.conflict is not None or kind.policy.batch is not None:
            ask.rivals = [
                rival
                for each in self.queue
                if each is not waiting and (rival := self._rival(each)) is not None
            ]
        return ask

    def _of(self, section: Section, decode: Callable[[bytes], T]) -> T:
        """A section decoded, once for all decisions of the step that find it the same."""
        value = self.context.sections[section]
        known = self._decoded.get(section)
        if known is None or known[0] is not value:
            known = self._decoded[section] = value, decode(value)
        decoded: T = known[1]
        return decoded

    def _rhythm(self, activity: bytes) -> Rhythm:
        context = self.context
        return Rhythm(activity, context.now_ms, context.knowledge.policy.timing)

    def _rival(self, each: Held) -> Rival | None:
        kind = self.context.knowledge.kinds.get(each.request.type)
        if kind is None:
            return None
        request = each.request
        return Rival(
            request.id,
            kind.tag,
            # A further attempt belongs to no batch any more.
            request.batch_key if each.attempt == 1 else None,
            each.first_ms,
            each.due_ms,
            kind.value,
            _order(each, kind),
        )

    def _settled(self, waiting: Held) -> Held:
        """The request with its priority: its own or its type's, never above what the type may."""
        request = waiting.request
        kind = self.context.knowledge.kinds.get(request.type)
        if kind is None:
            priority = waiting.own or Priority.NORMAL
        else:
            wanted = waiting.own or kind.policy.priority
            priority = max(wanted, kind.policy.max_priority, key=RANK.__getitem__)
        if request.priority is priority:
            return waiting
        return waiting._replace(request=msgspec.structs.replace(request, priority=priority))

    def _verdict(self, waiting: Held) -> Held | None:
        """Decide and tell; returns what to keep when it is a hold."""
        context = self.context
        request = waiting.request
        kind = context.knowledge.kinds.get(request.type)
        if kind is None:
            text = f"not sent: the policy has no type {request.type!r}"
            close(context, waiting, Verdict.SUPPRESS, Reason.UNKNOWN_TYPE, text)
            return None
        end_ms = ends_ms(context, waiting)
        if context.now_ms > end_ms:
            zone, _ = zone_named(
                profile_section.zone_name(context.sections[Section.PROFILE]),
                context.knowledge.policy.time_zone,
            )
            text = f"not sent: it expired {format_local(zone, end_ms)}"
            close(context, waiting, Verdict.EXPIRE, Reason.EXPIRED, text)
            return None
        channels, unknown = channels_of(waiting, kind)
        if not channels:
            self._no_channel(waiting, kind, unknown)
            return None
        ask = self.ask_of(waiting, kind)
        plan = Composer(
            ask,
            channels,
            self._of(Section.ENGAGEMENT, engagement_section.unpack),
            self._of(Section.ACTIVITY, self._rhythm),
            tie_break(decision_id(context.user_id, request.id, waiting.attempt))
            if context.knowledge.prices
            else 0.0,
        ).plan()
        if plan.verdict is Verdict.SEND:
            self._send(ask, plan, unknown, waiting)
            return None
        return self._wait(ask, plan, unknown, waiting)

    def _no_channel(self, waiting: Held, kind: Kind, unknown: list[Considered]) -> None:
        if waiting.tried:
            text = f"not sent again: no channel is left after {', '.join(waiting.tried)}"
            reason = Reason.NO_CHANNEL_LEFT
        else:
            wanted = ", ".join(waiting.request.channels or [])
            text = f"not sent: type {kind.name} may use none of {wanted}"
            reason = Reason.UNKNOWN_CHANNEL
        close(self.context, waiting, Verdict.SUPPRESS, reason, text, unknown)

    def _wait(self, ask: Ask, plan: Plan, unknown: list[Considered], waiting: Held) -> Held | None:
        """A hold, or silence."""
        option = plan.option
        score = round(option.utility, 6)
        holds = plan.verdict is Verdict.HOLD
        told = _told(plan)
        if holds and plan.at_ms == waiting.due_ms and told == waiting.told:
            # Decided again to wait as before: nothing new to tell.
            return waiting._replace(score=score, free_ms=plan.free_ms)
        priced = any(Reason.PRICE in each.blocked_by for each in plan.considered)
        tell(
            self.context,
            waiting,
            plan.verdict,
            plan.reason,
            explain(plan, ask),
            channel=option.channel.name if holds else None,
            score=max(0.0, score) if holds else None,
            also=[each.reason for each in plan.also],
            considered=plan.considered + unknown,
            reconsider_at_ms=plan.at_ms,
            counterfactual=plan.counterfactual(ask.now_ms),
            bid=ask.bids.get(option.channel.name) if holds and priced else None,
        )
        if not holds:
            return None
        assert plan.at_ms is not None
        return waiting._replace(
            due_ms=plan.at_ms,
            score=score,
            holds=waiting.holds + 1,
            free_ms=plan.free_ms,
            told=told,
        )

    def _send(self, ask: Ask, plan: Plan, unknown: list[Considered], waiting: Held) -> None:
        everywhere = (
            ask.critical
            and ask.knowledge.policy.emergency.channels is EmergencyChannels.ALL
            and waiting.attempt == 1
        )
        if everywhere:
            for number, option in enumerate(plan.options, start=1):
                self._out(ask, plan, option, unknown, waiting._replace(attempt=number))
            return
        members = digests.members(self, ask, plan.option.channel, waiting)
        carried = waiting.merged or tuple(digests.item(each.request) for each, _ in members)
        self._out(ask, plan, plan.option, unknown, waiting._replace(merged=carried))
        for each, reason in members:
            self.drop(each)
            close(
                self.context,
                each,
                Verdict.DIGEST,
                reason,
                f"went out with {ask.request.id} on {plan.option.channel.name}, one of "
                f"{len(members) + 1} in the digest",
                channel=plan.option.channel.name,
                merged_into=ask.request.id,
            )
        after = watched_after(ask, plan.option.channel, waiting._replace(merged=carried))
        if after is not None:
            self.watch([*self.watched, after])

    def _out(
        self, ask: Ask, plan: Plan, option: Option, unknown: list[Considered], waiting: Held
    ) -> None:
        text = explain(plan._replace(option=option), ask, waiting)
        score = round(max(0.0, option.utility), 6)
        rhythm: Rhythm = self._of(Section.ACTIVITY, self._rhythm)
        propensity = send(self.context, ask, option.channel, waiting, score, text, rhythm)
        tell(
            self.context,
            waiting,
            Verdict.SEND,
            waiting.why or plan.reason,
            text,
            channel=option.channel.name,
            score=score,
            propensity=propensity,
            considered=plan.considered + unknown,
        )

    def _make_room(self) -> None:
        limits = self.context.knowledge.policy.limits
        while len(self.queue) > limits.held:
            loser = _loser(self.queue, limits.overflow)
            self.drop(loser)
            close(
                self.context,
                loser,
                Verdict.SUPPRESS,
                Reason.OVERFLOW,
                f"not sent: {len(self.queue)} others already wait for the user, and "
                f"{limits.overflow.replace('_', ' ')} gives way",
            )


def channels_of(waiting: Held, kind: Kind) -> tuple[list[Channel], list[Considered]]:
    """The channels that type and request allow and no attempt tried; those only the request names.

    The second are told as considered and unknown.
    """
    tried = waiting.tried
    wanted = waiting.request.channels
    if wanted is None:
        return [each for each in kind.channels if each.name not in tried], []
    allowed = [each for each in kind.channels if each.name in wanted]
    unknown = sorted(set(wanted) - {channel.name for channel in allowed})
    return [each for each in allowed if each.name not in tried], [
        Considered(name, 0.0, None, [Reason.UNKNOWN_CHANNEL]) for name in unknown
    ]


def _told(plan: Plan) -> int:
    """A hash of what a hold says: where, why."""
    words = (plan.option.channel.name, plan.reason, *(each.reason for each in plan.also))
    return crc32(" ".join(words).encode())


def _order(waiting: Held, kind: Kind) -> tuple[int, float, int, str]:
    request = waiting.request
    return held.rank(request), -kind.value, request.at_ms, request.id


def _loser(queue: list[Held], overflow: Overflow) -> Held:
    if overflow is Overflow.OLDEST:
        return min(queue, key=lambda each: each.first_ms)
    if overflow is Overflow.NEWEST:
        return max(reversed(queue), key=lambda each: each.first_ms)
    return max(queue, key=held.urgency)
