"""The policy as data. Every key has a default but the names, types and channels."""

import enum
from typing import Annotated

import msgspec

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS, Calendar
from tactful.records.common import Hour, LocalTime, Name
from tactful.records.inputs import LocalSpan, Priority, Weekday
from tactful.records.outputs import Reason

Prob = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Positive = Annotated[int, msgspec.Meta(gt=0)]
NonNegative = Annotated[int, msgspec.Meta(ge=0)]
Rate = Annotated[float, msgspec.Meta(gt=0.0, le=1e9)]
Value = Annotated[float, msgspec.Meta(ge=0.0, le=1e6)]
Expression = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
"""A condition in the language of `tactful.conditions`."""


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


class CancelledBy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An event that takes the point from a request asked for before it.

    `when` sees the request's `data` and the event's attributes as `event`; absent: always.
    """

    event: Name
    when: Expression | None = None


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How long requests of one batch key are collected before they go out as one.

    The batch closes `window_ms` after its first request; with `hour` at that local hour next.
    """

    window_ms: NonNegative = 0
    hour: Hour | None = None


class FailoverOutcome(enum.StrEnum):
    """What a provider says when a notification did not arrive."""

    BOUNCED = "bounced"
    FAILED = "failed"


class Failover(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another channel after one that failed, or (escalation) after one that nobody opened.

    At most `max_attempts` sends a request, none later than `within_ms` after the first.
    `unopened_after_ms`: how long a send may stay unopened; absent: as long as it likes.
    """

    on: tuple[FailoverOutcome, ...] = (FailoverOutcome.BOUNCED, FailoverOutcome.FAILED)
    unopened_after_ms: Positive | None = None
    max_attempts: Annotated[int, msgspec.Meta(ge=2, le=8)] = 3
    within_ms: Positive = DAY_MS


class Holdback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Users who get none of a type, drawn at random, so that what it achieves can be measured.

    `share` of the users, by a hash of `salt`, type and user, are not notified. Whether `event`
    happens within `window_ms` is noted for them and for the others alike.
    """

    share: Prob
    window_ms: Positive = 7 * DAY_MS
    event: Name = "purchase"
    salt: Annotated[str, msgspec.Meta(max_length=128)] = ""


class NotificationType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of notification: `channels` are those it may use, in order of preference on ties.

    `priority` is that of requests that name none, `max_priority` the most that they may name.
    `value` is what an engagement is worth, in any unit that all types and costs share; it falls by
    half each `value_half_life_ms`. `digestible`: whether digests and batches may merge it.
    """

    purpose: Purpose
    channels: tuple[Name, ...]
    ttl_ms: Positive = DAY_MS
    value_half_life_ms: Positive = 12 * HOUR_MS
    priority: Priority = Priority.NORMAL
    max_priority: Priority = Priority.CRITICAL
    value: Value = 1.0
    category: Name | None = None
    digestible: bool = True
    batch: Batch | None = None
    conflict_group: Name | None = None
    cancelled_by: tuple[CancelledBy, ...] = ()
    failover: Failover | None = None
    holdback: Holdback | None = None


class Format(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What fits into a channel: for those who write the words."""

    title_max_chars: Positive | None = None
    body_max_chars: Positive | None = None
    images: bool = True


class ChannelPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A channel: `address` names the identifier it needs (None: the user id is enough).

    `engage_prob` is the global rate that users without history start from; `cost` is in units of
    value; `deliver_within_ms` bounds how long a provider may take; `rate_per_s` is what the
    provider takes (None: any). An address counts as dead when for `address_ttl_ms` neither it was
    renewed nor anything seen of the user. `presence`: a user who is there now sees it now.
    """

    address: Name | None = None
    engage_prob: Prob = 0.1
    cost: Value = 0.0
    deliver_within_ms: Positive = 5 * MINUTE_MS
    rate_per_s: Rate | None = None
    address_ttl_ms: Positive | None = None
    presence: bool = False
    label_window_ms: Positive = DAY_MS
    format: Format = Format()


class Per(enum.StrEnum):
    """What a cap counts on its own."""

    USER = "user"
    TYPE = "type"
    CHANNEL = "channel"
    CAMPAIGN = "campaign"
    CATEGORY = "category"


class Cap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most `max` sends in any window of `window_ms` that slides, or in each `calendar` window.

    It counts and binds the sends of `purposes` that are of the named `types`, `categories`,
    `channels` and `campaigns` (absent: any). All of them together (`per: user`), or each type,
    channel, campaign or category on its own; what has no campaign or category is not counted there.
    """

    name: Name
    max: NonNegative
    window_ms: Positive | None = None
    calendar: Calendar | None = None
    per: Per = Per.USER
    purposes: tuple[Purpose, ...] = (Purpose.MARKETING,)
    types: tuple[Name, ...] | None = None
    categories: tuple[Name, ...] | None = None
    channels: tuple[Name, ...] | None = None
    campaigns: tuple[Name, ...] | None = None


class GapPer(enum.StrEnum):
    """Between which sends a gap lies."""

    USER = "user"
    CHANNEL = "channel"
    TYPE = "type"


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At least `min_ms` from one send to the next: across channels, or on each (`per: channel`)."""

    name: Name
    min_ms: Positive
    per: GapPer = GapPer.USER
    purposes: tuple[Purpose, ...] = (Purpose.MARKETING,)
    channels: tuple[Name, ...] | None = None


class CoolDown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """After a burst (`sends` within `within_ms`) none for `rest_ms` from the last of them on."""

    name: Name
    sends: Annotated[int, msgspec.Meta(ge=2, le=MAX_COUNTED_SENDS)]
    within_ms: Positive
    rest_ms: Positive
    purposes: tuple[Purpose, ...] = (Purpose.MARKETING,)


class Others(enum.StrEnum):
    """What becomes of the less valuable of a conflict group."""

    WAIT = "wait"
    MERGE = "merge"


class ConflictGroup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """At most one of the types of a group within `window_ms`: the more valuable goes first.

    The others wait for the window's end, or are merged into the one that goes.
    """

    window_ms: Positive
    others: Others = Others.WAIT


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition without which nothing is sent of the named types, purposes and channels."""

    name: Name
    only_if: Expression
    types: tuple[Name, ...] | None = None
    purposes: tuple[Purpose, ...] | None = None
    channels: tuple[Name, ...] | None = None


class Holidays(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Silence on the public holidays of the user's country.

    The country (ISO 3166 alpha-2) is the profile's attribute `country_attribute`, else
    `default_country`; without one there are no holidays.
    """

    purposes: tuple[Purpose, ...] = (Purpose.MARKETING,)
    country_attribute: Name = "country"
    default_country: Name | None = None


class EmergencyChannels(enum.StrEnum):
    """On which channels `critical` goes out."""

    BEST = "best"
    ALL = "all"


class Emergency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `critical` may do: it passes caps and quiet hours, never consent."""

    channels: EmergencyChannels = EmergencyChannels.BEST
    counts_for_caps: bool = False


class QuietHoursPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Quiet hours of users who set none, from `start` to the next `end`; equal times: 24 hours.

    `weekdays` replaces the span that begins on a weekday; null: none begins on it.
    """

    start: LocalTime = "22:00"
    end: LocalTime = "08:00"
    weekdays: dict[Weekday, LocalSpan | None] | None = None


class Timing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Send-time optimisation: how long each priority may wait for a better hour, and how sure.

    `kappa_user` is how many (decayed) events of the user weigh as much as the global rhythm.
    `digest_hour` is the local hour that the digest modes wait for (weekly: on Mondays). A user is
    present for `presence_ms` after an event; on a channel with `presence` that moment is worth at
    least `presence_worth` average hours.
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
    presence_ms: NonNegative = 5 * MINUTE_MS
    presence_worth: Annotated[float, msgspec.Meta(ge=0.0, le=24.0)] = 3.0
    global_hour_weights: Annotated[
        tuple[float, ...], msgspec.Meta(min_length=24, max_length=24)
    ] = (1.0,) * 24


class Engagement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Smoothing of the engagement rate per channel.

    `kappa` is how many (decayed) sends weigh as much as the global rate; evidence halves each
    `half_life_ms`. Users are alike who share the profile's `segment_attribute`; without one, those
    at the same stage of their life with us (`tactful.features.segments`).
    """

    kappa: Positive = 10
    half_life_ms: Positive = 30 * DAY_MS
    segment_attribute: Name | None = None


class Fatigue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much is too much for one user, once a model of engagement is there to tell.

    A send weighs half as much each `half_life_ms`. `negative_cost` is what one unsubscribe or
    complaint costs, in units of value. The frequency wanted of a user, in sends a week, is looked
    for between `min_per_week` and `max_per_week`.
    """

    half_life_ms: Positive = 2 * DAY_MS
    purposes: tuple[Purpose, ...] = (Purpose.MARKETING,)
    negative_cost: Value = 10.0
    min_per_week: Rate = 0.25
    max_per_week: Rate = 28.0


class Exploration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sends that are drawn rather than the best, so that models learn what they don't know.

    Options are drawn by softmax of utility over `temperature` (units of utility), each with a
    chance of at least `min_prob`, among the best `max_options`; at most `budget_per_week` sends a
    user a week are other than the best. `seed` gives other draws.
    """

    temperature: Rate = 0.05
    min_prob: Prob = 0.01
    budget_per_week: NonNegative = 2
    max_options: Positive = 24
    seed: NonNegative = 0


class Admission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which times a record may carry, against the clock, before it goes to dead letters."""

    max_future_ms: NonNegative = 10 * MINUTE_MS
    max_age_ms: Positive = 7 * DAY_MS
    feedback_max_age_ms: Positive = 30 * DAY_MS


class Overflow(enum.StrEnum):
    """Which request gives way when the held queue of a user is full."""

    LEAST_URGENT = "least_urgent"
    OLDEST = "oldest"
    NEWEST = "newest"


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of the state of one user."""

    held: Annotated[int, msgspec.Meta(ge=1, le=256)] = 32
    overflow: Overflow = Overflow.LEAST_URGENT
    tracked_attempts: Annotated[int, msgspec.Meta(ge=1, le=64)] = 16
    label_windows: Annotated[int, msgspec.Meta(ge=1, le=256)] = 64
    max_ttl_ms: Positive = 30 * DAY_MS
    profile_snapshot_interval_ms: NonNegative = 1000
    profile_snapshot_catch_up_ms: NonNegative = 30_000


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All that product people decide. `version` stands in every decision made under it.

    `precedence`: the constraints that are named first where several bind alike; the others follow
    in the order of `tactful.constraints`.
    """

    version: Name
    types: dict[Name, NotificationType]
    channels: dict[Name, ChannelPolicy]
    caps: tuple[Cap, ...] = ()
    gaps: tuple[Gap, ...] = ()
    cool_downs: tuple[CoolDown, ...] = ()
    conflict_groups: dict[Name, ConflictGroup] = {}
    rules: tuple[Rule, ...] = ()
    holidays: Holidays | None = None
    emergency: Emergency = Emergency()
    precedence: tuple[Reason, ...] = ()
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
    fatigue: Fatigue = Fatigue()
    exploration: Exploration | None = None
    admission: Admission = Admission()
    limits: Limits = Limits()
