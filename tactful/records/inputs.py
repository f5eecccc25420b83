"""The records that come in: events, requests, feedback, profile updates, and the wake-up.

Unknown fields are ignored, so producers may add fields before Tactful knows them.
"""

import enum
from typing import Annotated

import msgspec

from tactful.records.common import Hour, Id, JsonObject, JsonValue, LocalTime, Name, TimeMs


class Priority(enum.StrEnum):
    """How urgent a request is. `critical` passes quiet hours and caps, never consent."""

    CRITICAL = "critical"
    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class Outcome(enum.StrEnum):
    """What became of a notification that was sent."""

    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    CONVERTED = "converted"
    DISMISSED = "dismissed"
    BOUNCED = "bounced"
    FAILED = "failed"
    UNSUBSCRIBED = "unsubscribed"
    COMPLAINED = "complained"


class DeviceInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """The device an event came from."""

    id: str | None = None
    platform: str | None = None
    app_version: str | None = None


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something the user did: opened the app, looked at a page, bought, searched."""

    id: Id
    user_id: Id
    name: Name
    at_ms: TimeMs
    channel: Name | None = None
    session_id: Id | None = None
    device: DeviceInfo | None = None
    time_zone: Name | None = None
    location: str | None = None
    attributes: JsonObject | None = None


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """An upstream team wants to notify a user. `id` is the idempotency key.

    Without `priority` it has that of its type.
    """

    id: Id
    user_id: Id
    type: Name
    at_ms: TimeMs
    priority: Priority | None = None
    channels: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=32)] | None = None
    not_before_ms: TimeMs | None = None
    expires_at_ms: TimeMs | None = None
    batch_key: Id | None = None
    campaign: Id | None = None
    data: JsonObject | None = None


class Feedback(msgspec.Struct, frozen=True, omit_defaults=True):
    """A provider's or the user's answer to a notification that was sent."""

    id: Id
    user_id: Id
    decision_id: Id
    channel: Name
    outcome: Outcome
    at_ms: TimeMs


class FrequencyMode(enum.StrEnum):
    """How often a user wants to hear from us."""

    IMMEDIATE = "immediate"
    DAILY_DIGEST = "daily_digest"
    WEEKLY_DIGEST = "weekly_digest"
    ONLY_HIGH_PRIORITY = "only_high_priority"


class Weekday(enum.StrEnum):
    """A day of the local week."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class LocalSpan(msgspec.Struct, frozen=True):
    """A span of local time; `end` at or before `start` lies on the next day."""

    start: LocalTime
    end: LocalTime


class QuietHours(msgspec.Struct, frozen=True, omit_defaults=True):
    """Local times between which only `critical` is sent; `end` before `start` wraps midnight.

    Equal times mean 24 hours. `weekdays` replaces the span that begins on a weekday; null: none
    begins on it.
    """

    start: LocalTime
    end: LocalTime
    weekdays: dict[Weekday, LocalSpan | None] | None = None


class Preferences(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a user wants. A field that is absent is left as it was; null takes it back.

    `channels` and `types` are merged name by name: {"channels": {"sms": false}} says nothing of
    e-mail. A type is switched as a whole (bool) or by channel ({"email": true, "push": false}).
    Both may hold, the channel's own first; a profile then shows the whole's switch as "*".
    """

    channels: dict[Name, bool | None] | msgspec.UnsetType | None = msgspec.UNSET
    types: dict[Name, bool | dict[Name, bool | None] | None] | msgspec.UnsetType | None = (
        msgspec.UNSET
    )
    frequency: FrequencyMode | msgspec.UnsetType | None = msgspec.UNSET
    preferred_hours: (
        Annotated[list[Hour], msgspec.Meta(max_length=24)] | msgspec.UnsetType | None
    ) = msgspec.UNSET
    quiet_hours: QuietHours | msgspec.UnsetType | None = msgspec.UNSET
    pause_until_ms: TimeMs | msgspec.UnsetType | None = msgspec.UNSET


class ProfileUpdate(msgspec.Struct, frozen=True, omit_defaults=True):
    """New values for parts of a profile; the last writer wins per field by (`at_ms`, `id`).

    A value of null removes the field.

    - `attributes`: any JSON value by name.
    - `identifiers`: an address or another id by name; the policy names the identifier that each
      channel needs (by default `email`, `phone`, `push_token`, `web_push_token`, `social_id`).
    - `consent`: by purpose (`marketing`, `transactional`), by channel (`email`), or by both
      (`marketing:email`); the most specific one counts.
    - `erase`: true forgets the user.
    """

    id: Id
    user_id: Id
    at_ms: TimeMs
    attributes: dict[Name, JsonValue] | None = None
    identifiers: dict[Name, str | None] | None = None
    preferences: Preferences | None = None
    consent: dict[Name, bool | None] | None = None
    time_zone: Name | None = None
    erase: bool = False


class Wakeup(msgspec.Struct, frozen=True):
    """A timer that fired. It carries nothing: what is due stands in the state."""


Input = Event | Request | Feedback | ProfileUpdate | Wakeup
