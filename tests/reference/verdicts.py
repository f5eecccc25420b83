"""What the reference decides about a request, and what follows: holds, sends, digests, ends.

See `reference.model` for what it is, and what it may use.
"""

from collections import Counter
from collections.abc import Iterable
from operator import sub
from typing import Any

from reference.constraints import (
    CONSTRAINTS,
    DIGEST_MODES,
    MINUTE_MS,
    URGENCY,
    Other,
    Question,
    Sent,
)
from reference.engagement import ReferenceEngagement
from reference.plan import Planner
from reference.profile import ReferenceProfile
from reference.records import Entry, Track, Waiting, World
from reference.wall_clock import local_minutes

from tactful.policy import Policy
from tactful.policy.model import EmergencyChannels, NotificationType, Others, Overflow
from tactful.records import Priority, Reason, Request, Verdict
from tactful.timing import Rhythm


class Verdicts:
    """Of one user; `entries` is the ledger so far, `happened` counts what is interesting."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.held: list[Waiting] = []
        self._tracks: dict[str, Track] = {}
        self._profile = ReferenceProfile()
        self._sends: list[Sent] = []
        self._engagement = ReferenceEngagement()
        self._digest_ms: list[int] = []
        self._last_event_ms: int | None = None
        self._seen: set[tuple[type, str]] = set()
        self._policy: Policy | None = None
        self.happened: Counter[str] = Counter()
        self._world: World
        self._took_away = False

    def _expires_ms(self, request: Request, kind: NotificationType) -> int:
        by_ttl = request.at_ms + min(kind.ttl_ms, self._world.policy.limits.max_ttl_ms)
        return by_ttl if request.expires_at_ms is None else min(by_ttl, request.expires_at_ms)

    def _priority(self, request: Request) -> Priority:
        kind = self._world.policy.types.get(request.type)
        if kind is None:
            return request.priority or Priority.NORMAL
        asked = request.priority or kind.priority
        return max(asked, kind.max_priority, key=URGENCY.index)

    def _urgency(self, waiting: Waiting) -> tuple[Any, ...]:
        request = waiting.request
        priority = URGENCY.index(self._priority(request))
        return (priority, -waiting.utility, request.at_ms, request.id, waiting.attempt)

    def _rank(self, request: Request) -> tuple[Any, ...]:
        """Who goes first in a conflict group."""
        kind = self._world.policy.types.get(request.type)
        value = 0.0 if kind is None else kind.value
        priority = URGENCY.index(self._priority(request))
        return (priority, -value, request.at_ms, request.id)

    def _question(self, waiting: Waiting, kind: NotificationType, expires_ms: int) -> Question:
        world, request = self._world, waiting.request
        first, last = world.now_ms // MINUTE_MS, expires_ms // MINUTE_MS
        count = 1 if self._priority(request) is Priority.CRITICAL else last - first + 1
        zone = self._profile.zone(world.policy)
        shown = local_minutes(zone, first, count)
        return Question(
            request=request,
            attempt=waiting.attempt,
            kind=kind,
            priority=self._priority(request),
            rank=self._rank(request),
            first_seen_ms=waiting.first_seen_ms,
            now_ms=world.now_ms,
            minutes=local_minutes("UTC", first, count),
            local=shown,
            zone=zone,
            policy=world.policy,
            prices=world.prices,
            profile=self._profile,
            last_event_ms=self._last_event_ms,
            sends=self._sends,
            others=[
                Other(
                    each.request,
                    each.attempt,
                    self._rank(each.request),
                    each.moment_ms,
                    each.first_seen_ms,
                )
                for each in self.held
                if each is not waiting
            ],
            digest_ms=self._digest_ms,
        )

    def _open(self, waiting: Waiting) -> Planner | Reason:
        """What there is to plan, or why nothing is."""
        world, request = self._world, waiting.request
        kind = world.policy.types.get(request.type)
        if kind is None:
            return Reason.UNKNOWN_TYPE
        expires_ms = self._expires_ms(request, kind)
        if waiting.latest_ms is not None:
            expires_ms = min(expires_ms, waiting.latest_ms)
        if world.now_ms > expires_ms:
            return Reason.EXPIRED
        allowed = [
            each for each in kind.channels if request.channels is None or each in request.channels
        ]
        if not allowed and not waiting.tried:
            return Reason.UNKNOWN_CHANNEL
        channels = [each for each in allowed if each not in waiting.tried]
        if not channels:
            return Reason.NO_CHANNEL_LEFT
        rhythm = Rhythm(world.activity, world.now_ms, world.policy.timing)
        question = self._question(waiting, kind, expires_ms)
        probs = {each: self._engagement.prob(each, world.policy, world.now_ms) for each in channels}
        return Planner(question, probs, rhythm)

    def _decide(self, waiting: Waiting) -> None:
        planner = self._open(waiting)
        if isinstance(planner, Reason):
            verdict = Verdict.EXPIRE if planner is Reason.EXPIRED else Verdict.SUPPRESS
            self._end(waiting, verdict, (planner,))
            return
        outcome = planner.plan()
        choice = outcome.choice
        if choice is None:
            self._end(waiting, Verdict.SUPPRESS, tuple(planner.binding(outcome)))
        elif choice.at_ms > self._world.now_ms:
            binding = tuple(planner.binding(outcome)) or (Reason.BEST_TIME,)
            same = (choice.channel, choice.at_ms, binding)
            before = (waiting.channel, waiting.moment_ms, waiting.binding)
            changed = same != before
            waiting.channel, waiting.moment_ms, waiting.binding = same
            waiting.earliest_ms = min(outcome.earliest.values())
            waiting.utility = round(outcome.utility, 6)
            shown = (planner.ask.local_minute(each) for each in (choice.at_ms, planner.ask.now_ms))
            if sub(*shown) != (choice.at_ms - planner.ask.now_ms) // MINUTE_MS:
                self.happened["holds over a clock change"] += 1
            self._hold(waiting, changed=changed)
        elif self._goes_everywhere(waiting, planner.ask):
            feasible = sorted(outcome.earliest, key=lambda each: -planner.utility(each, 0))
            for channel in feasible:
                self._send(waiting, planner, channel)
                waiting.attempt += 1
        else:
            self._send(waiting, planner, choice.channel)

    def _goes_everywhere(self, waiting: Waiting, ask: Question) -> bool:
        return (
            ask.priority is Priority.CRITICAL
            and waiting.because is None
            and self._world.policy.emergency.channels is EmergencyChannels.ALL
        )

    def _hold(self, waiting: Waiting, *, changed: bool) -> None:
        comes = waiting not in self.held
        if comes:
            self.held.append(waiting)
        if changed:
            self._write(
                waiting, Verdict.HOLD, waiting.binding, waiting.channel, until_ms=waiting.moment_ms
            )
        limits = self._world.policy.limits
        while comes and len(self.held) > limits.held:
            if limits.overflow is Overflow.LEAST_URGENT:
                gives_way = max(self.held, key=self._urgency)
            else:
                by_age = sorted(self.held, key=lambda each: each.first_seen_ms)
                gives_way = by_age[0 if limits.overflow is Overflow.OLDEST else -1]
            self._end(gives_way, Verdict.SUPPRESS, (Reason.OVERFLOW,))

    def _send(self, waiting: Waiting, planner: Planner, channel: str) -> None:
        ask, now_ms, request = planner.ask, self._world.now_ms, waiting.request
        self._forget(waiting)
        critical = ask.priority is Priority.CRITICAL
        everywhere = self._goes_everywhere(waiting, ask)
        for other in [] if everywhere else sorted(self.held, key=self._urgency):
            reason = self._goes_along(other, ask, channel)
            if reason is not None:
                self._forget(other)
                self._write(other, Verdict.DIGEST, (reason,), channel, merged_into=request.id)
        if waiting.because is not None:
            reason = waiting.because
        elif critical:
            reason = Reason.CRITICAL
        else:
            reason = Reason.ALLOWED
        self._write(waiting, Verdict.SEND, (reason,), channel)
        sent = Sent(
            now_ms,
            request.id,
            waiting.attempt,
            request.type,
            ask.kind.purpose,
            channel,
            request.campaign,
            counted=not critical or self._world.policy.emergency.counts_for_caps,
        )
        self._sends.append(sent)
        self._engagement.sent(channel, self._world.policy, now_ms)
        if ask.casual and ask.in_digest_mode:
            self._digest_ms.append(now_ms)
        rules = ask.kind.failover
        if rules is None or waiting.attempt >= rules.max_attempts:
            self._tracks.pop(request.id, None)
        elif not everywhere:
            first = Track(request, waiting.first_seen_ms, now_ms + rules.within_ms)
            track = self._tracks.setdefault(request.id, first)
            track.sends.append(sent)
            latest_ms = min(track.latest_ms, self._expires_ms(request, ask.kind))
            track.ends_ms = latest_ms
            if rules.unopened_after_ms is not None:
                # Nobody is woken for an attempt that would come too late.
                unopened_ms = now_ms + rules.unopened_after_ms
                track.escalates_ms = unopened_ms if unopened_ms <= latest_ms else None

    def _goes_along(self, other: Waiting, ask: Question, channel: str) -> Reason | None:
        planner = self._open(other)
        if isinstance(planner, Reason) or channel not in planner.channels:
            return None
        own = planner.ask
        if own.attempt > 1 or ask.attempt > 1:
            return None
        group = ask.kind.conflict_group
        if (
            own.kind.digestible
            and other.request.type == ask.request.type
            and other.request.batch_key is not None
            and other.request.batch_key == ask.request.batch_key
        ):
            reason = Reason.BATCH
        elif (
            ask.casual
            and own.casual
            and ask.kind.digestible
            and own.kind.digestible
            and ask.frequency in DIGEST_MODES
        ):
            reason = Reason.DIGEST_HOUR
        elif (
            group is not None
            and own.kind.conflict_group == group
            and ask.policy.conflict_groups[group].others is Others.MERGE
        ):
            reason = Reason.CONFLICT
        else:
            return None
        without = {Reason.BATCH, Reason.CONFLICT, Reason.PRICE}
        return reason if planner.allowed(channel, without)[0] else None

    def _end(self, waiting: Waiting, verdict: Verdict, reasons: tuple[Reason, ...]) -> None:
        self._forget(waiting)
        if waiting.attempt > 1:
            self._tracks.pop(waiting.request.id, None)
        self._write(waiting, verdict, reasons)

    def _forget(self, waiting: Waiting) -> None:
        self.held = [each for each in self.held if each is not waiting]

    def _write(
        self,
        waiting: Waiting,
        verdict: Verdict,
        reasons: Iterable[Reason],
        channel: str | None = None,
        **more: Any,
    ) -> None:
        reason, *also = reasons
        self.entries.append(
            Entry(
                waiting.request.id,
                waiting.attempt,
                verdict,
                reason,
                tuple(also),
                channel,
                self._world.now_ms,
                **more,
            )
        )


assert set(CONSTRAINTS) <= set(Reason)
