"""Which users are alike: by an attribute that the policy names, else by their stage of life."""

import enum
from collections.abc import Sequence
from typing import NamedTuple

from tactful.activity.part import counts
from tactful.engagement.section import entries
from tactful.engine.state import Section
from tactful.features.section import Evidence
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS
from tactful.profile.section import attributes

NEW_MS = 14 * DAY_MS
ACTIVE_MS = 7 * DAY_MS
LAPSING_MS = 30 * DAY_MS

MAX_SEGMENT_CHARS = 64
"""A longer value of an attribute is cut."""


class Stage(enum.StrEnum):
    """The stages of a user's life with us.

    `new`: first seen less than 14 days ago. Else by when last seen: `active` less than 7 days ago,
    `lapsing` less than 30, else `dormant`.
    """

    NEW = "new"
    ACTIVE = "active"
    LAPSING = "lapsing"
    DORMANT = "dormant"


class Times(NamedTuple):
    """When the user was there, epoch milliseconds; 0 for never.

    Attributes:
        first_ms: the first event, or the first send if that was earlier.
        seen_ms: the newest event or engagement.
        engaged_ms: the newest engagement.
        sent_ms: by the channel's name the newest send.
    """

    first_ms: int
    seen_ms: int
    engaged_ms: int
    sent_ms: dict[str, int]


def times_of(sections: Sequence[bytes], evidence: Evidence) -> Times:
    """When the user was there, from all parts that know something of it."""
    seen = counts(sections[Section.ACTIVITY])
    first_ms, seen_ms = (0, 0) if seen is None else seen[2:]
    if evidence.first_sent_ms and (not first_ms or evidence.first_sent_ms < first_ms):
        first_ms = evidence.first_sent_ms
    engaged_ms = 0
    sent_ms = {}
    for name, fields in entries(sections[Section.ENGAGEMENT]):
        sent_ms[name], channel_engaged_ms = fields[-2:]
        engaged_ms = max(engaged_ms, channel_engaged_ms)
    return Times(first_ms, max(seen_ms, engaged_ms), engaged_ms, sent_ms)


def segment(sections: Sequence[bytes], times: Times, now_ms: int, knowledge: Knowledge) -> str:
    """The user's segment.

    The value of the profile's attribute `engagement.segment_attribute`, where that is named and a
    text, a number or a truth value; else the stage of the user's life.

    Args:
        sections: the user's state.
        times: when the user was there.
        now_ms: epoch milliseconds.
        knowledge: policy and models.
    """
    name = knowledge.policy.engagement.segment_attribute
    if name is not None and sections[Section.PROFILE]:
        value = attributes(sections[Section.PROFILE]).get(name)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str | int | float) and value != "":
            return str(value)[:MAX_SEGMENT_CHARS]
    if not times.first_ms or now_ms - times.first_ms < NEW_MS:
        return Stage.NEW.value
    away_ms = now_ms - times.seen_ms
    if away_ms < ACTIVE_MS:
        return Stage.ACTIVE.value
    return Stage.LAPSING.value if away_ms < LAPSING_MS else Stage.DORMANT.value
