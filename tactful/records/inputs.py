"""The records that come in: events, requests, feedback, profile updates, and the wake-up.

Unknown fields are ignored, so producers may add fields before Tactful knows them.
"""

import enum
from typing import Annotated, Any

import msgspec

from tactful.records.common import Id, Name, TimeMs


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
    attributes: dict[str, Any] | None = None


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """An upstream team wants to notify a user. `id` is the idempotency key."""

    id: Id
    user_id: Id
    type: Name
    priority: Priority
    at_ms: TimeMs
    channels: Annotated[list[Name], msgspec.Meta(min_length=1, max_length=32)] | None = None
    not_before_ms: TimeMs | None = None
    expires_at_ms: TimeMs | None = None
    batch_key: Id | None = None
    campaign: Id | None = None
    data: dict[str, Any] | None = None


class Feedback(msgspec.Struct, frozen=True, omit_defaults=True):
    """A provider's or the user's answer to a notification that was sent."""

    id: Id
    user_id: Id
    decision_id: Id
    channel: Name
    outcome: Outcome
    at_ms: TimeMs


class ProfileUpdate(msgspec.Struct, frozen=True, omit_defaults=True):
    """New values for parts of a profile; the last writer wins per field by (`at_ms`, `id`).

    A value of null removes the field. Shapes:

    - `attributes`: any JSON values by name.
    - `identifiers`: the address per channel (`email`, `sms`, `push` …) or another id, by name.
    - `preferences`: `channels` {channel: bool}, `types` {type: bool or {channel: bool}},
      `frequency` (`immediate`|`daily_digest`|`weekly_digest`|`only_high_priority`),
      `preferred_hours` [hour, …], `quiet_hours` {`start`: "22:00", `end`: "08:00"},
      `pause_until_ms`.
    - `consent`: {channel or "purpose:channel" or "purpose": bool}, e.g. {"marketing:email": true}.
    - `erase`: true forgets the user.
    """

    id: Id
    user_id: Id
    at_ms: TimeMs
    attributes: dict[str, Any] | None = None
    identifiers: dict[str, str | None] | None = None
    preferences: dict[str, Any] | None = None
    consent: dict[str, bool | None] | None = None
    time_zone: Name | None = None
    erase: bool = False


class Wakeup(msgspec.Struct, frozen=True):
    """A timer that fired. It carries nothing: what is due stands in the state."""


Input = Event | Request | Feedback | ProfileUpdate | Wakeup
