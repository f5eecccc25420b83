"""Part: keep the profile, by profile updates, by the zone of events, and by what feedback says.

A zone that the IANA list does not have is ignored: a good one is not lost to a slip of the pen.
`unsubscribed` and `complained` withdraw marketing consent for their channel; `bounced` makes its
address unreachable until a newer address comes (a channel without an address can't bounce).
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from tactful.engine.context import Context
from tactful.engine.state import Section
from tactful.local_time import is_known_zone
from tactful.policy import Purpose
from tactful.profile.fields import Fields, Writer
from tactful.profile.section import Profile, Zone, pack, same_zone_noted, unpack
from tactful.records import Event, Feedback, Input, Outcome, Preferences, ProfileUpdate

HANDLES: tuple[type, ...] = (Event, Feedback, ProfileUpdate)

REFUSALS = frozenset({Outcome.UNSUBSCRIBED, Outcome.COMPLAINED, Outcome.BOUNCED})
"""Outcomes that take consent or reachability away."""

_LEARNT = (
    Section.ACTIVITY,
    Section.ENGAGEMENT,
    Section.SENDS,
    Section.FEATURES,
    Section.LABELS,
    Section.TRIALS,
)
"""What else an erasure empties."""


def handle(context: Context, record: Input) -> bool:
    """Take in what the record says about the user."""
    if type(record) is Event:
        if record.time_zone is not None:
            _note_zone(context, record.time_zone, (record.at_ms, record.id))
    elif type(record) is Feedback:
        if record.outcome in REFUSALS:
            _note_refusal(context, record)
    elif type(record) is ProfileUpdate:
        _update(context, record)
    return True


def next_wakeup_ms(sections: list[bytes]) -> int | None:
    """Never: a profile changes by records only."""
    del sections
    return None


def _note_zone(context: Context, name: str, writer: Writer) -> None:
    section = context.sections[Section.PROFILE]
    noted = same_zone_noted(section, name, *writer)
    if noted is not None:
        if noted is not section:
            context.write(Section.PROFILE, noted)
        return
    if not is_known_zone(name):
        return
    profile = unpack(section)
    zone = profile.zone
    if writer >= (zone.at_ms, zone.writer) and writer[0] > profile.erased_at_ms:
        # Only the head changes; the pieces are copied as they are.
        changed = Profile(profile.erased_at_ms, Zone(name, *writer), profile.pieces)
        context.write(Section.PROFILE, pack(changed))
        context.settings_changed = name != zone.name


def _note_refusal(context: Context, feedback: Feedback) -> None:
    fields = Fields(unpack(context.sections[Section.PROFILE]))
    if feedback.outcome is Outcome.BOUNCED:
        channel = context.knowledge.channels.get(feedback.channel)
        address = channel.address if channel else None
        changed = (
            address is not None
            and fields.written_at_ms("identifiers", (address,)) <= feedback.at_ms
            and fields.mark_bounced(feedback.channel, feedback.at_ms)
        )
    else:
        changed = fields.write(
            "consent",
            (f"{Purpose.MARKETING}:{feedback.channel}",),
            value=False,
            writer=(feedback.at_ms, feedback.id),
        )
    if changed:
        context.write(Section.PROFILE, pack(fields.profile()))
        context.settings_changed = True


def _update(context: Context, update: ProfileUpdate) -> None:
    fields = Fields(unpack(context.sections[Section.PROFILE]))
    writer = (update.at_ms, update.id)
    changed = False
    if update.erase:
        fields.erase(update.at_ms)
        for section in _LEARNT:
            context.write(section, b"")
        changed = True
    for group, path, value in written(update):
        if fields.write(group, path, value, writer):
            changed = True
            if group == "identifiers":
                for channel in context.knowledge.channels.values():
                    if channel.address == path[0]:
                        fields.heal(channel.name, update.at_ms)
    if update.time_zone is not None and is_known_zone(update.time_zone):
        changed = fields.write_zone(update.time_zone, writer) or changed
    if changed:
        context.write(Section.PROFILE, pack(fields.profile()))
        context.settings_changed = True


def written(update: ProfileUpdate) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    """The fields an update writes: group, path, value (None takes back)."""
    for group in ("attributes", "identifiers", "consent"):
        for name, value in (getattr(update, group) or {}).items():
            yield group, (name,), value
    if update.preferences is not None:
        yield from _preferences(update.preferences)


def _preferences(preferences: Preferences) -> Iterator[tuple[str, tuple[str, ...], Any]]:
    for name, value in msgspec.to_builtins(preferences).items():
        if name in ("channels", "types") and isinstance(value, dict):
            for key, setting in value.items():
                if isinstance(setting, dict):
                    for channel, on in setting.items():
                        yield "preferences", (name, key, channel), on
                else:
                    yield "preferences", (name, key), setting
        else:
            yield "preferences", (name,), value
