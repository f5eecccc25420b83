"""Part: emit the profile when it changed, at most once per `profile_snapshot_interval_ms`.

The first change goes out at once; changes that follow within the interval wait for its end. Only
an erasure never waits, so that its snapshot says nothing but that. An event, a request or feedback
that is taken late, as when a backlog is caught up, is told of with a delay of at most a tenth of
its age, up to `profile_snapshot_catch_up_ms`: nobody waits for a profile of an hour ago each
second. What changes a zone, a consent or an address, whatever brings it, waits no longer than
the interval.
"""

import struct

import msgspec

from tactful.activity.part import counts, told
from tactful.composer import held
from tactful.dedup.part import duplicates_seen
from tactful.engagement.part import smoothed
from tactful.engagement.section import OUTCOMES, decay, entries
from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.profile.section import shown
from tactful.records import (
    ChannelProfile,
    Event,
    Feedback,
    HeldProfile,
    Input,
    ProfileActivity,
    ProfileSnapshot,
    ProfileUpdate,
    Request,
    Wakeup,
)

HANDLES: tuple[type, ...] = (Event, Request, Feedback, ProfileUpdate, Wakeup)

# version, newest snapshot's version, when it went out, when the next is due (0: nothing new)
_HEAD = struct.Struct("<BQQQ")
_VERSION = 1
_CATCH_UP_SHARE = 10
_HAPPENED = (Event, Request, Feedback)
"""Records that may be of long ago; of a profile update its writer looks for what came of it."""
_SHOWN = sum(
    1 << section
    for section in (
        Section.PROFILE,
        Section.ACTIVITY,
        Section.ENGAGEMENT,
        Section.SENDS,
        Section.HELD,
    )
)


_OUTCOME_FIELDS = tuple(enumerate(OUTCOMES, start=1))
_NOTHING_HELD = HeldProfile(0)


def handle(context: Context, record: Input) -> bool:
    """Emit the profile, or note when it is due."""
    section = context.sections[Section.SNAPSHOT]
    _, version, last_ms, due_ms = _HEAD.unpack_from(section) if section else (0, 0, 0, 0)
    changed = context.changed & _SHOWN
    if not changed and not due_ms:
        return True
    now_ms = context.now_ms
    erasing = type(record) is ProfileUpdate and record.erase
    # A clock that went back must not keep a snapshot waiting for longer than the interval.
    if version and last_ms <= now_ms and not erasing:
        latest_ms = last_ms + _interval_ms(context, record, changed=bool(changed))
        due_at_ms = min(due_ms or latest_ms, latest_ms)
        if due_at_ms > now_ms:
            if due_at_ms != due_ms:
                context.write(Section.SNAPSHOT, _HEAD.pack(_VERSION, version, last_ms, due_at_ms))
            return True
    version = max(version + 1, now_ms)
    # An erasure that comes late leaves what was written after its moment: there is still a user.
    erased = erasing and shown(context.sections[Section.PROFILE]) == shown(b"")
    context.outputs.append(_snapshot(context, version, erased=erased))
    context.write(Section.SNAPSHOT, _HEAD.pack(_VERSION, version, now_ms, 0))
    return True


def next_wakeup_ms(sections: list[bytes]) -> int | None:
    """When a snapshot that waits is due."""
    section = sections[Section.SNAPSHOT]
    return (_HEAD.unpack_from(section)[3] or None) if section else None


def _interval_ms(context: Context, record: Input, *, changed: bool) -> int:
    """How long after the last snapshot this record lets the next one wait at most."""
    limits = context.knowledge.policy.limits
    interval_ms = limits.profile_snapshot_interval_ms
    if type(record) is Wakeup and not changed:
        return max(interval_ms, limits.profile_snapshot_catch_up_ms)
    if isinstance(record, _HAPPENED) and not context.settings_changed:
        behind_ms = (context.now_ms - record.at_ms) // _CATCH_UP_SHARE
        if behind_ms > interval_ms:
            return max(interval_ms, min(behind_ms, limits.profile_snapshot_catch_up_ms))
    return interval_ms


def _snapshot(context: Context, version: int, *, erased: bool) -> ProfileSnapshot:
    sections = context.sections
    zone, identifiers, attributes, preferences, consent = shown(sections[Section.PROFILE])
    queue = sections[Section.HELD]
    seen = counts(sections[Section.ACTIVITY])
    hours = told(sections[Section.ACTIVITY]) or ()
    return ProfileSnapshot(
        user_id=context.user_id,
        version=version,
        updated_at_ms=context.now_ms,
        time_zone=zone,
        identifiers=msgspec.Raw(identifiers),
        attributes=msgspec.Raw(attributes),
        preferences=msgspec.Raw(preferences),
        consent=msgspec.Raw(consent),
        activity=ProfileActivity(*seen, *hours) if seen else ProfileActivity(0, 0),
        channels=_channels(context) if sections[Section.ENGAGEMENT] else {},
        held=HeldProfile(held.size(queue), held.next_due_ms(queue)) if queue else _NOTHING_HELD,
        duplicates=duplicates_seen(sections),
        erased=erased,
    )


def _channels(context: Context) -> dict[str, ChannelProfile]:
    rules = context.knowledge.policy.engagement
    known = context.knowledge.channels
    now_ms = context.now_ms
    profiles = {}
    for name, fields in entries(context.sections[Section.ENGAGEMENT]):
        sent_weight, engaged_weight, weighed_at_ms, last_sent_ms, last_engaged_ms = fields[-5:]
        channel = known.get(name)
        prob, weight = smoothed(
            sent_weight,
            engaged_weight,
            decay(weighed_at_ms, now_ms, rules.half_life_ms),
            channel.engage_prob if channel else 0.0,
            rules.kappa,
        )
        profiles[name] = ChannelProfile(
            fields[0],
            {outcome: fields[i] for i, outcome in _OUTCOME_FIELDS if fields[i]},
            round(prob, 6),
            round(weight, 6),
            last_sent_ms or None,
            last_engaged_ms or None,
        )
    return profiles
