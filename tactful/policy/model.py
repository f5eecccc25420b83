"""The policy as data. Every key has a default but the names, types and channels."""

import enum
from typing import Annotated

import msgspec

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.records.common import Hour, LocalTime, Name
from tactful.records.inputs import Priority

Prob = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Positive = Annotated[int, msgspec.Meta(gt=0)]
NonNegative = Annotated[int, msgspec.Meta(ge=0)]


MAX_COUNTED_SENDS = 256
"""How many sends the state of one user remembers for caps; no cap may be larger."""


class Purpose(enum.StrEnum):
    """Why a type exists, which decides the law that applies to it."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class ConsentMode(enum.StrEnum):
    """`opt_in`: nothing without a yes. `opt_out`: everything until a no."""

    OPT_IN = "opt_in"
    OPT_OUT = "opt_out"


class NotificationType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of notification: `channels` are those it may use, in order of preference on ties."""

    purpose: Purpose
    channels: tuple[Name, ...]
    ttl_ms: Positive = DAY_MS
    value_half_life_ms: Positive = 12 * HOUR_MS


class ChannelPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A channel: `address` names the identifier it needs (None: the user id is enough).

    `engage_prob` is the global rate that users without history start from; `cost` is in units of
    engagement probability; `deliver_within_ms` bounds how long a provider may take.
    """

    address: Name | None = None
    engage_prob: Prob = 0.1
    cost: Prob = 0.0
    deliver_within_ms: Positive = 5 * MINUTE_MS


class Cap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `max` sends in any window of `window_ms` that slides.

    Without `types` it counts all types of `purposes` together (a cap per user); with `types` it
    counts and binds each of these types on its own (a cap per type).
    """

    name: Name
    max: NonNegative
    window_ms: Positive
    purposes: tuple[Purpose, ...] = (Purpose.MARKETING,)
    types: tuple[Name, ...] | None = None


class QuietHoursPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Quiet hours of users who set none. Equal times mean the whole day."""

    start: LocalTime = "22:00"
    end: LocalTime = "08:00"


class Timing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Send-time optimisation: how long each priority may wait for a better hour, and how sure.

    `kappa_user` is how many (decayed) events of the user weigh as much as the global rhythm.
    `digest_hour` is the local hour that the digest modes wait for (weekly: on Mondays).
    """

    best_time_within_ms: dict[Priority, NonNegative] = msgspec.field(
        default_factory=lambda: {
            Priority.NORMAL: 12 * HOUR_MS,
            Priority.LOW: 24 * HOUR_MS,
        }
    )
    kappa_user: Positive = 20
    min_gain_prob: Prob = 0.01
    digest_hour: Hour = 9
    global_hour_weights: Annotated[
        tuple[float, ...], msgspec.Meta(min_length=24, max_length=24)
    ] = (1.0,) * 24


class Engagement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Smoothing of the engagement rate per channel.

    `kappa` is how many (decayed) sends weigh as much as the global rate; evidence halves each
    `half_life_ms`.
    """

    kappa: Positive = 10
    half_life_ms: Positive = 30 * DAY_MS


class Admission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which times a record may carry, against the clock, before it goes to dead letters."""

    max_future_ms: NonNegative = 10 * MINUTE_MS
    max_age_ms: Positive = 7 * DAY_MS
    feedback_max_age_ms: Positive = 30 * DAY_MS


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of the state of one user."""

    held: Annotated[int, msgspec.Meta(ge=1, le=256)] = 32
    max_ttl_ms: Positive = 30 * DAY_MS
    profile_snapshot_interval_ms: NonNegative = 1000
    profile_snapshot_catch_up_ms: NonNegative = 30_000


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that product people decide. `version` stands in every decision made under it."""

    version: Name
    types: dict[Name, NotificationType]
    channels: dict[Name, ChannelPolicy]
    caps: tuple[Cap, ...] = ()
    consent: dict[Purpose, ConsentMode] = msgspec.field(
        default_factory=lambda: {
            Purpose.MARKETING: ConsentMode.OPT_IN,
            Purpose.TRANSACTIONAL: ConsentMode.OPT_OUT,
        }
    )
    quiet_hours: QuietHoursPolicy | None = QuietHoursPolicy()
    time_zone: Name = "UTC"
    timing: Timing = Timing()
    engagement: Engagement = Engagement()
    admission: Admission = Admission()
    limits: Limits = Limits()
