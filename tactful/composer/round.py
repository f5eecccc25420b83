"""One step's decisions: each request that is to be decided gets its verdict, and what follows.

A send spends its slot, takes others into its digest, and is watched for failover, all in the same
step as its verdict.
"""

from collections.abc import Iterable
from zlib import crc32

from tactful.composer import digests, exploring, held, holding_back
from tactful.composer.held import Held
from tactful.composer.ledger import close, ends_ms, tell
from tactful.composer.plan import Option, Plan, Slot
from tactful.composer.sending import send, watched_after
from tactful.composer.sentences import explain
from tactful.composer.view import View
from tactful.constraints import Ask
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.knowledge import Channel, Kind
from tactful.local_time import format_local, zone_named
from tactful.policy.model import EmergencyChannels, Overflow
from tactful.profile import section as profile_section
from tactful.records import Considered, Reason, Request, Scoring, Verdict
from tactful.scoring.told import scoring_of


class Round(View):
    """The decisions of one step. `close` writes what changed."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._queue_changed = False
        self._watched_changed = False

    def ask(self, request: Request) -> None:
        """Decide a new request."""
        new = Held(request, self.context.now_ms, own=request.priority)
        self.decide(self.settled(new), fresh=True)

    def decide_again(self, waiting: Iterable[Held]) -> None:
        """Decide some that wait once more, the most urgent first."""
        # All that wait are now decided under this policy, or will be.
        self._queue_changed = True
        for each in sorted(waiting, key=held.urgency):
            if any(other is each for other in self.queue):  # else it went out with another
                self.decide(each)

    def decide(self, waiting: Held, *, fresh: bool = False) -> None:
        """Give a verdict, and keep in the queue what is held.

        Args:
            waiting: the request.
            fresh: whether it is decided for the first time.
        """
        kept = self._verdict(waiting, fresh=fresh)
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

    def _verdict(self, waiting: Held, *, fresh: bool) -> Held | None:
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
        slot = None
        if waiting.drawn_channel is not None and exploring.may_be_drawn(ask):
            slot = Slot(waiting.drawn_channel, waiting.drawn_ms)
        composer = self.composer(ask, channels, waiting, slot)
        if not composer.open:
            # What was drawn can't be had any more.
            slot, composer = None, composer.keeping(None)
        if fresh:
            slot, propensity = exploring.drawn(ask, composer, self)
            waiting = waiting._replace(propensity=propensity)
            if slot is not None:
                composer = composer.keeping(slot)
        plan = composer.plan()
        if plan.verdict is Verdict.SEND:
            told = plan.considered + unknown
            if not holding_back.keeps(self, ask, plan.option.channel, waiting, told):
                self._send(ask, plan, unknown, waiting)
            return None
        kept = self._wait(ask, plan, unknown, waiting)
        if kept is None:
            return None
        if slot is None:
            return kept._replace(drawn_channel=None, drawn_ms=0)
        return kept._replace(drawn_channel=slot.channel, drawn_ms=slot.at_ms)

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
        scoring = self._scoring_of(ask, option.channel, plan.at_ms)
        priced = any(Reason.PRICE in each.blocked_by for each in plan.considered)
        tell(
            self.context,
            waiting,
            plan.verdict,
            plan.reason,
            self._explained(plan, ask, scoring=scoring),
            channel=option.channel.name if holds else None,
            score=max(0.0, score) if holds else None,
            also=[each.reason for each in plan.also],
            considered=plan.considered + unknown,
            reconsider_at_ms=plan.at_ms,
            counterfactual=plan.counterfactual(ask.now_ms),
            bid=ask.bids.get(option.channel.name) if holds and priced else None,
            scoring=scoring,
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
        channel = plan.option.channel
        members = []
        for each, reason in digests.members(self, ask, channel, waiting):
            kind = self.context.knowledge.kinds[each.request.type]
            if holding_back.keeps(self, self.ask_of(each, kind), channel, each, []):
                self.drop(each)
            else:
                members.append((each, reason))
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
        scoring = self._scoring_of(ask, option.channel, option.at_ms)
        text = self._explained(plan._replace(option=option), ask, waiting, scoring)
        score = round(max(0.0, option.utility), 6)
        propensity = send(
            self.context,
            ask,
            option.channel,
            waiting,
            score,
            text,
            self.features.segment,
            self.features_of(ask, option.channel),
            explored=plan.reason is Reason.EXPLORED,
        )
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
            scoring=scoring,
        )

    def _scoring_of(self, ask: Ask, channel: Channel, at_ms: int | None) -> Scoring | None:
        """What the models saw, where that is told."""
        if at_ms is None or ask.knowledge.terse:
            return None
        return scoring_of(ask, channel, at_ms)

    @staticmethod
    def _explained(
        plan: Plan, ask: Ask, sent: Held | None = None, scoring: Scoring | None = None
    ) -> str:
        return "" if ask.knowledge.terse else explain(plan, ask, sent, scoring)

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


def _loser(queue: list[Held], overflow: Overflow) -> Held:
    if overflow is Overflow.OLDEST:
        return min(queue, key=lambda each: each.first_ms)
    if overflow is Overflow.NEWEST:
        return max(reversed(queue), key=lambda each: each.first_ms)
    return max(queue, key=held.urgency)
