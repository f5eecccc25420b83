"""What decisions see of one user: the state decoded once, requests as constraints see them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from tactful.activity.part import last_seen_ms
from tactful.composer import held
from tactful.composer.compose import Composer
from tactful.composer.held import RANK, Held
from tactful.composer.plan import Slot
from tactful.constraints import ENGAGEMENT, Ask, Rival
from tactful.engagement import section as engagement_section
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.features import UserFeatures, send_features, user_features
from tactful.ids import decision_id
from tactful.knowledge import Channel, Kind
from tactful.local_time import hour_of_week, local_ms
from tactful.profile import section as profile_section
from tactful.records import Priority
from tactful.scoring import Appeal
from tactful.sends import log
from tactful.timing import Rhythm
from tactful.volume.price import tie_break

T = TypeVar("T")

_FEATURED = (Section.PROFILE, Section.ACTIVITY, Section.ENGAGEMENT, Section.FEATURES)
"""The sections that a user's features are made from."""


class View:
    """One user in one step. A section that a decision changed is decoded anew."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._decoded: dict[Section, tuple[bytes, Any]] = {}
        self._featured: tuple[list[bytes], UserFeatures] | None = None

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
            found = [self.settled(each) for each in found]
        return found

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
            order=order(waiting, kind),
            profile=profile,
            last_seen_ms=last_seen_ms(sections[Section.ACTIVITY]),
        )
        if ENGAGEMENT in context.knowledge.models:
            ask.appeal = self._appeal(ask)
        if waiting.until_ms is not None:
            ask.expires_ms = min(ask.expires_ms, waiting.until_ms)
        if kind.conflict is not None or kind.policy.batch is not None:
            ask.rivals = [
                rival
                for each in self.queue
                if each is not waiting and (rival := self._rival(each)) is not None
            ]
        return ask

    def composer(
        self, ask: Ask, channels: list[Channel], waiting: Held, slot: Slot | None
    ) -> Composer:
        """What composes a request.

        Args:
            ask: the request as constraints see it.
            channels: those it may use.
            waiting: the request.
            slot: what was drawn for it and is to be kept.
        """
        tie = 0.0
        if ask.knowledge.prices:
            tie = tie_break(decision_id(self.context.user_id, ask.request.id, waiting.attempt))
        return Composer(
            ask,
            channels,
            self._of(Section.ENGAGEMENT, engagement_section.unpack),
            self._of(Section.ACTIVITY, self._rhythm),
            tie,
            slot,
        )

    @property
    def features(self) -> UserFeatures:
        """The user's features, worked out once for all decisions that find the state the same."""
        context = self.context
        sections = context.sections
        if self._featured is None or any(
            sections[each] is not self._featured[0][each] for each in _FEATURED
        ):
            found = user_features(sections, context.now_ms, context.knowledge)
            self._featured = sections.copy(), found
        return self._featured[1]

    def features_of(self, ask: Ask, channel: Channel) -> dict[str, float]:
        """What is known of a send of now on a channel, before it counts itself."""
        now_ms = self.context.now_ms
        hour = hour_of_week(local_ms(ask.zone, now_ms))
        rhythm = self._of(Section.ACTIVITY, self._rhythm)
        return send_features(
            self.features, ask.kind, channel, rhythm.at(hour), now_ms, hour, present=ask.present
        )

    def settled(self, waiting: Held) -> Held:
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

    def _of(self, section: Section, decode: Callable[[bytes], T]) -> T:
        """A section decoded, once for all decisions of the step that find it the same."""
        value = self.context.sections[section]
        known = self._decoded.get(section)
        if known is None or known[0] is not value:
            known = self._decoded[section] = value, decode(value)
        decoded: T = known[1]
        return decoded

    def _rhythm(self, activity: bytes) -> Rhythm:
        knowledge = self.context.knowledge
        alike = None if knowledge.rates is None else knowledge.hours_of(self.features.segment)
        return Rhythm(activity, self.context.now_ms, knowledge.policy.timing, alike)

    def _appeal(self, ask: Ask) -> Appeal:
        context = self.context
        return Appeal(
            context.knowledge,
            self.features,
            self._of(Section.ACTIVITY, self._rhythm),
            ask.kind,
            ask.kind.channels,
            context.now_ms,
            present=ask.present,
        )

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
            order(each, kind),
        )


def order(waiting: Held, kind: Kind) -> tuple[int, float, int, str]:
    """Who goes first where only one can: the smaller."""
    request = waiting.request
    return held.rank(request), -kind.value, request.at_ms, request.id
