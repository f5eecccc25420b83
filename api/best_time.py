"""The best channel and moment for a user: the core decides a request that nobody made.

The user's state is built again from the published profile: settings, engagement, and the hours of
the week. The send log is not in the profile, so caps and gaps don't count here; a real request is
decided with them.
"""

from functools import lru_cache
from typing import Any

import msgspec

from api import shapes
from tactful.activity.part import rebuilt
from tactful.engagement.section import ChannelCounts
from tactful.engagement.section import pack as pack_engagement
from tactful.engine.state import Section, UserState
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, hour_of_week, local_ms, zone_named
from tactful.policy import Policy
from tactful.profile.fields import Fields
from tactful.profile.part import written
from tactful.profile.section import NOTHING
from tactful.profile.section import pack as pack_profile
from tactful.records import (
    LedgerEntry,
    Outcome,
    Preferences,
    Priority,
    ProfileSnapshot,
    ProfileUpdate,
    Request,
    Verdict,
)
from tactful.timing import Rhythm

WITHIN_MS = 2 * DAY_MS
_json = msgspec.json.Decoder(dict[str, Any])


def best_time(
    snapshot: ProfileSnapshot, kind: str, now_ms: int, knowledge: Knowledge
) -> shapes.BestTime:
    """What the core would choose now for a request of a type, within two days.

    Args:
        snapshot: the user's profile.
        kind: the notification type; one of the policy's.
        now_ms: epoch milliseconds.
        knowledge: the policy and models in force.
    """
    free = _within(knowledge)
    asked = Request(
        id="best-time",
        user_id=snapshot.user_id,
        type=kind,
        at_ms=now_ms,
        priority=Priority.NORMAL,
        expires_at_ms=now_ms + WITHIN_MS,
    )
    state, timing = state_of(snapshot, free), free.policy.timing
    effects = step(state, asked, now_ms, free)
    entry = next(each for each in effects.outputs if isinstance(each, LedgerEntry))
    zone, _ = zone_named(snapshot.time_zone, free.policy.time_zone)
    probs = {name: channel.engage_prob for name, channel in snapshot.channels.items()}
    moments = []
    chosen = entry.channel if entry.verdict in {Verdict.SEND, Verdict.HOLD} else None
    for each in entry.considered:
        at_ms = each.earliest_ms
        if each.channel == chosen:
            at_ms = entry.reconsider_at_ms or entry.decided_at_ms
        if at_ms is None:
            continue
        prob = probs.get(each.channel, free.channels[each.channel].engage_prob)
        if each.channel == chosen and entry.scoring is not None:
            # Where a model tells, it tells of this very moment.
            prob = entry.scoring.engage_prob
        moments.append(
            shapes.Moment(
                channel=each.channel,
                at_ms=at_ms,
                hour=hour_of_week(local_ms(zone, at_ms)) % 24,
                utility=round(each.score, 6),
                engage_prob=round(prob, 6),
            )
        )
    best = next((each for each in moments if each.channel == chosen), None)
    others = sorted((each for each in moments if each is not best), key=lambda each: -each.utility)
    return shapes.BestTime(
        user_id=snapshot.user_id,
        type=kind,
        time_zone=str(zone),
        evidence=round(Rhythm(state.sections[Section.ACTIVITY], now_ms, timing).evidence, 1),
        best=best,
        others=others,
        reason=entry.reason,
        explanation=entry.explanation,
    )


def state_of(snapshot: ProfileSnapshot, knowledge: Knowledge) -> UserState:
    """A state that says what the profile says."""
    fields = Fields(NOTHING)
    update = ProfileUpdate(
        "",
        snapshot.user_id,
        1,
        attributes=_json.decode(snapshot.attributes),
        identifiers=_json.decode(snapshot.identifiers),
        preferences=msgspec.json.decode(snapshot.preferences, type=Preferences),
        consent=_json.decode(snapshot.consent),
    )
    for group, path, value in written(update):
        fields.write(group, path, value, (1, ""))
    if snapshot.time_zone is not None:
        fields.write_zone(snapshot.time_zone, (1, ""))
    state = UserState(snapshot.user_id)
    state.sections[Section.PROFILE] = pack_profile(fields.profile())
    state.sections[Section.ENGAGEMENT] = pack_engagement(_engagement(snapshot, knowledge))
    state.sections[Section.ACTIVITY] = _activity(snapshot)
    return state


def _engagement(snapshot: ProfileSnapshot, knowledge: Knowledge) -> dict[str, ChannelCounts]:
    """Counts that give the very estimates that the profile shows.

    The profile has p = (e + k p0) / (s + k) and w = k / (s + k); so s = k (1 / w - 1) and
    e = p (s + k) - k p0.
    """
    kappa = knowledge.policy.engagement.kappa
    found = {}
    for name, shown in snapshot.channels.items():
        counts = ChannelCounts()
        counts.sent = shown.sent
        for outcome, count in shown.outcomes.items():
            counts.outcomes[tuple(Outcome).index(outcome)] = min(count, 0xFFFF)
        sent = kappa * (1 / max(shown.shrinkage_weight, 1e-6) - 1)
        known = knowledge.channels.get(name)
        prior = known.engage_prob if known else 0.0
        counts.sent_weight = sent
        counts.engaged_weight = max(0.0, shown.engage_prob * (sent + kappa) - kappa * prior)
        counts.weighed_at_ms = snapshot.updated_at_ms
        counts.last_sent_ms = shown.last_sent_ms or 0
        counts.last_engaged_ms = shown.last_engaged_ms or 0
        found[name] = counts
    return found


def _activity(snapshot: ProfileSnapshot) -> bytes:
    """The activity section; without hours in the profile, the hours of all users are taken."""
    of = snapshot.activity
    if of.hours is None or of.hours_at_ms is None or of.last_seen_ms is None:
        return b""
    first_ms = of.last_seen_ms if of.first_seen_ms is None else of.first_seen_ms
    seen_ms = (first_ms, of.last_seen_ms)
    try:
        return rebuilt((of.events, of.sessions), seen_ms, of.hours, of.hours_at_ms)
    except ValueError:
        # A damaged profile must not take the whole answer with it; the next one mends it.
        return b""


def _within(knowledge: Knowledge) -> Knowledge:
    """The knowledge with a horizon of two days for everybody, without explorations."""
    return _freed(_Same(knowledge))


class _Same:
    """A key that is equal for the same knowledge only."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.knowledge is other.knowledge

    def __hash__(self) -> int:
        return id(self.knowledge)


@lru_cache(maxsize=4)
def _freed(same: _Same) -> Knowledge:
    knowledge = same.knowledge
    policy: Policy = knowledge.policy
    timing = msgspec.structs.replace(
        policy.timing,
        best_time_within_ms={**policy.timing.best_time_within_ms, Priority.NORMAL: WITHIN_MS},
    )
    # A slot that is drawn to learn from is no answer to which is the best.
    free = msgspec.structs.replace(policy, timing=timing, exploration=None)
    return Knowledge(free, knowledge.model_versions, models=knowledge.models)


def hour_utc(at_ms: int) -> int:
    """The hour of the day of a moment, UTC."""
    return at_ms // HOUR_MS % 24
