"""The whole life of one user by docs/composer.md, slow and obvious.

A record, a clock and a policy go in; ledger entries come out. Nothing of the composer, the
constraints or the send log is used. Given are the histogram of the user's activity (the rhythm is
read from it) and the language of conditions.
"""

from reference.constraints import Sent
from reference.engagement import ENGAGING, ReferenceEngagement
from reference.records import Answer, Record, Track, Waiting, World
from reference.verdicts import Verdicts

from tactful.conditions import cancels
from tactful.records import (
    Event,
    Outcome,
    ProfileUpdate,
    Reason,
    Request,
    Verdict,
)

REFUSING = {Outcome.UNSUBSCRIBED, Outcome.COMPLAINED, Outcome.BOUNCED}
ANSWERING = ENGAGING | {Outcome.DISMISSED, Outcome.UNSUBSCRIBED, Outcome.COMPLAINED}


class ReferenceUser(Verdicts):
    """One user, record by record."""

    def due_ms(self) -> int | None:
        """When something has to be decided again."""
        moments = [each.moment_ms for each in self.held]
        moments += [
            each.escalates_ms for each in self._tracks.values() if each.escalates_ms is not None
        ]
        return min(moments, default=None)

    def take(self, record: Record, world: World) -> None:
        """One step. A duplicate changes nothing."""
        if record is not None:
            key = (type(record), record.id)
            if key in self._seen:
                self.happened["duplicates"] += 1
                return
            self._seen.add(key)
        self._world = world
        now_ms = world.now_ms
        zone = self._profile.zone(world.policy)
        self._took_away = False
        seen_before_ms = self._last_event_ms
        self._learn(record)
        again = [each for each in self.held if each.moment_ms <= now_ms]
        if (
            isinstance(record, ProfileUpdate)
            or zone != self._profile.zone(world.policy)
            or self._took_away
            or self._policy != world.policy
        ):
            again = list(self.held)
            if self.held and zone != self._profile.zone(world.policy):
                self.happened["zone changes in mid-hold"] += 1
            if self.held and self._policy != world.policy:
                self.happened["policy changes in mid-hold"] += 1
        elif isinstance(record, Event) and self._shows_up(record, seen_before_ms):
            again += [
                each
                for each in self.held
                if each not in again and each.earliest_ms <= now_ms < each.moment_ms
            ]
        self._policy = world.policy
        self._end_what_lost_its_point(record)
        if isinstance(record, Answer):
            self._answered(record)
        self._escalate()
        for each in sorted(again, key=self._urgency):
            if each in self.held:
                self._decide(each)
        if isinstance(record, Request):
            self._decide(Waiting(record, now_ms))

    def _shows_up(self, event: Event, seen_before_ms: int | None) -> bool:
        """The user is there, and was not already there in this minute."""
        now_ms, presence_ms = self._world.now_ms, self._world.policy.timing.presence_ms
        if seen_before_ms is not None and seen_before_ms >= now_ms - presence_ms:
            return seen_before_ms // 60_000 != now_ms // 60_000
        return event.at_ms >= now_ms - presence_ms

    # What records say.

    def _learn(self, record: Record) -> None:
        policy = self._world.policy
        if isinstance(record, Event):
            self._profile.note_zone(record.time_zone, (record.at_ms, record.id))
            self._last_event_ms = max(self._last_event_ms or 0, record.at_ms)
        elif isinstance(record, Answer):
            if record.outcome in REFUSING:
                writer = (record.at_ms, record.id)
                self._took_away = self._profile.note_refusal(
                    policy, record.channel, record.outcome, writer
                )
            for sent in self._sends:
                if (sent.request_id, sent.attempt) == (record.request_id, record.attempt):
                    self._note_outcome(sent, record.outcome)
        elif isinstance(record, ProfileUpdate):
            self._profile.update(policy, record)
            if record.erase:
                self._sends.clear()
                self._engagement = ReferenceEngagement()
                self._digest_ms.clear()
                self._last_event_ms = None

    def _note_outcome(self, sent: Sent, outcome: Outcome) -> None:
        """The first engaging outcome of a send makes it an engagement."""
        if outcome in ENGAGING and not sent.outcomes & ENGAGING:
            self._engagement.engaged(sent.channel, self._world.policy, self._world.now_ms)
        sent.outcomes.add(outcome)

    def _end_what_lost_its_point(self, record: Record) -> None:
        """Cancelling events, and erasures."""
        if isinstance(record, ProfileUpdate) and record.erase:
            for each in sorted(self.held, key=self._urgency):
                self._end(each, Verdict.CANCEL, (Reason.ERASED,))
            self._tracks.clear()
        if not isinstance(record, Event):
            return
        for each in sorted(self.held, key=self._urgency):
            if self._is_cancelled(each.request, record):
                self._end(each, Verdict.CANCEL, (Reason.CANCELLED_BY_EVENT,))
        for request_id, track in list(self._tracks.items()):
            if self._is_cancelled(track.request, record):
                del self._tracks[request_id]

    def _is_cancelled(self, request: Request, event: Event) -> bool:
        kind = self._world.policy.types.get(request.type)
        return kind is not None and any(
            each.event == event.name
            and request.at_ms <= event.at_ms
            and cancels(each.when, event, request)
            for each in kind.cancelled_by
        )

    # Attempts.

    def _answered(self, answer: Answer) -> None:
        track = self._tracks.get(answer.request_id)
        if track is None:
            return
        kind = self._world.policy.types.get(track.request.type)
        rules = None if kind is None else kind.failover
        waiting = [each for each in self.held if each.request.id == answer.request_id]
        if answer.outcome in ANSWERING or (
            answer.outcome is Outcome.DELIVERED
            and (rules is None or rules.unopened_after_ms is None)
        ):
            del self._tracks[answer.request_id]
            for each in waiting:
                self._end(each, Verdict.CANCEL, (Reason.ANSWERED,))
        elif waiting:
            return
        elif rules is None:
            del self._tracks[answer.request_id]
        elif answer.outcome.value in [each.value for each in rules.on]:
            last = track.sends[-1]
            if last.attempt == answer.attempt:
                self._try_next(track, Reason.FAILOVER)

    def _escalate(self) -> None:
        for track in list(self._tracks.values()):
            if track.escalates_ms is not None and track.escalates_ms <= self._world.now_ms:
                track.escalates_ms = None
                self._try_next(track, Reason.ESCALATION)

    def _try_next(self, track: Track, because: Reason) -> None:
        """On another channel; a further attempt that is not sent is the last."""
        kind = self._world.policy.types.get(track.request.type)
        rules = None if kind is None else kind.failover
        track.escalates_ms = None
        if kind is None or rules is None:
            return
        latest_ms = min(track.latest_ms, self._expires_ms(track.request, kind))
        if self._world.now_ms > track.ends_ms:
            return
        if len(track.sends) >= rules.max_attempts or self._world.now_ms > latest_ms:
            return
        if because is Reason.FAILOVER:
            track.sends[-1].counted = False
        self._decide(
            Waiting(
                track.request,
                track.first_seen_ms,
                track.sends[-1].attempt + 1,
                because,
                tuple(sent.channel for sent in track.sends),
                track.latest_ms,
            )
        )
