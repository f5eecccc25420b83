"""The records that go out: decisions, the ledger, profiles, examples and dead letters."""

import enum
from typing import Any, Literal

import msgspec

from tactful.records.inputs import Outcome, Priority


class Verdict(enum.StrEnum):
    """What was decided. All but `hold` are final."""

    SEND = "send"
    HOLD = "hold"
    DIGEST = "digest"
    SUPPRESS = "suppress"
    EXPIRE = "expire"
    CANCEL = "cancel"

    @property
    def final(self) -> bool:
        """Whether no other verdict can follow for the same request."""
        return self is not Verdict.HOLD


class Reason(enum.StrEnum):
    """Why a verdict was given: the binding constraint, or what let the notification go."""

    # send
    ALLOWED = "allowed"
    BEST_TIME = "best_time"
    CRITICAL = "critical"
    FAILOVER = "failover"
    ESCALATION = "escalation"
    EXPLORED = "explored"
    # constraints
    UNKNOWN_TYPE = "unknown_type"
    UNKNOWN_CHANNEL = "unknown_channel"
    CONSENT = "consent"
    UNREACHABLE = "unreachable"
    PREFERENCE_CHANNEL = "preference_channel"
    PREFERENCE_TYPE = "preference_type"
    FREQUENCY_MODE = "frequency_mode"
    CONDITION = "condition"
    DIGEST_HOUR = "digest_hour"
    PREFERENCE_HOURS = "preference_hours"
    PAUSED = "paused"
    NOT_BEFORE = "not_before"
    QUIET_HOURS = "quiet_hours"
    CAP_USER = "cap_user"
    CAP_TYPE = "cap_type"
    CAP_CHANNEL = "cap_channel"
    CAP_CAMPAIGN = "cap_campaign"
    CAP_CATEGORY = "cap_category"
    GAP = "gap"
    COOL_DOWN = "cool_down"
    CONFLICT = "conflict"
    BATCH = "batch"
    HOLIDAY = "holiday"
    PRICE = "price"
    SEND_LOG_FULL = "send_log_full"
    FATIGUE = "fatigue"
    # others
    HOLDBACK = "holdback"
    CANCELLED_BY_EVENT = "cancelled_by_event"
    ANSWERED = "answered"
    NO_CHANNEL_LEFT = "no_channel_left"
    EXPIRED = "expired"
    OVERFLOW = "overflow"
    ERASED = "erased"


class DeadLetterReason(enum.StrEnum):
    """Why a record could not be accepted."""

    UNDECODABLE = "undecodable"
    UNKEYED = "unkeyed"
    WRONG_KEY = "wrong_key"
    FAR_FUTURE = "far_future"
    TOO_LATE = "too_late"
    UNKNOWN_TOPIC = "unknown_topic"
    INVALID_KNOWLEDGE = "invalid_knowledge"
    STEP_FAILED = "step_failed"


class Considered(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one channel did for one request.

    `score` is the expected utility of its best moment, in units of value, 0 and more;
    `earliest_ms` that moment's lower bound (None: never before expiry); `blocked_by` the
    constraints that bind there.
    """

    channel: str
    score: float
    earliest_ms: int | None = None
    blocked_by: list[Reason] = []


class Counterfactual(msgspec.Struct, frozen=True, omit_defaults=True):
    """What would have been decided without one constraint (and those in `also`)."""

    without: Reason
    verdict: Verdict
    channel: str | None = None
    at_ms: int | None = None


class DigestItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request of a digest. `data` is left out where the whole would grow too large."""

    request_id: str
    type: str
    at_ms: int
    data: dict[str, Any] | None = None


class Digest(msgspec.Struct, frozen=True, omit_defaults=True):
    """Requests that go out as one: the one that the decision answers first."""

    count: int
    items: list[DigestItem]


class Decision(msgspec.Struct, frozen=True, omit_defaults=True):
    """A notification to deliver now. `decision_id` is the idempotency key for the provider."""

    decision_id: str
    request_id: str
    user_id: str
    type: str
    channel: str
    priority: Priority
    decided_at_ms: int
    deliver_by_ms: int
    score: float
    propensity: float
    explanation: str
    policy_version: str
    model_versions: dict[str, str]
    campaign: str | None = None
    batch_key: str | None = None
    data: dict[str, Any] | None = None
    attempt: int = 1
    digest: Digest | None = None


class Scoring(msgspec.Struct, frozen=True, omit_defaults=True):
    """How the models scored the channel and moment that a verdict names.

    Attributes:
        engage_prob: the probability that it is engaged with.
        own_share, segment_share, global_share: what the user's own sends, users alike and everyone
            have in the engagement rate of the channel; they add up to 1.
        segment: the users alike.
        because: the features that moved the log-odds most, with what each added.
        negative_prob: the probability of an unsubscribe or a complaint, where a model tells.
        fatigue: the share of engagement that the sends of late cost.
        wanted_per_week: how many sends a week the user wants of this kind.
    """

    engage_prob: float
    own_share: float
    segment_share: float
    global_share: float
    segment: str
    because: dict[str, float] = {}
    negative_prob: float | None = None
    fatigue: float | None = None
    wanted_per_week: float | None = None


class LedgerEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One verdict with its why.

    Each attempt of a request has any number of holds and one final verdict; attempts beyond the
    first come by failover, escalation, or as `critical` goes out on all channels.
    """

    decision_id: str
    request_id: str
    user_id: str
    type: str
    verdict: Verdict
    reason: Reason
    priority: Priority
    requested_at_ms: int
    decided_at_ms: int
    expires_at_ms: int
    explanation: str
    policy_version: str
    model_versions: dict[str, str]
    channel: str | None = None
    score: float | None = None
    propensity: float | None = None
    also: list[Reason] = []
    considered: list[Considered] = []
    reconsider_at_ms: int | None = None
    campaign: str | None = None
    batch_key: str | None = None
    attempt: int = 1
    counterfactual: Counterfactual | None = None
    merged_into: str | None = None
    bid: float | None = None
    scoring: Scoring | None = None


class ChannelProfile(msgspec.Struct, frozen=True):
    """Engagement on one channel: all-time counts, and the smoothed probability to engage."""

    sent: int
    outcomes: dict[Outcome, int]
    engage_prob: float
    shrinkage_weight: float
    last_sent_ms: int | None = None
    last_engaged_ms: int | None = None


class ProfileActivity(msgspec.Struct, frozen=True):
    """What the user did, counted.

    `hours` are the user's events by local hour of the week, Monday 0:00 first: 168 half-precision
    floats, little-endian, in base64. An event at t counts 2^((t - hours_at_ms) / 28 days).
    """

    events: int
    sessions: int
    first_seen_ms: int | None = None
    last_seen_ms: int | None = None
    hours: str | None = None
    hours_at_ms: int | None = None


class HeldProfile(msgspec.Struct, frozen=True):
    """What waits for the user."""

    count: int
    next_wakeup_ms: int | None = None


class ProfileSnapshot(msgspec.Struct, frozen=True):
    """The whole profile of one user; the highest `version` is the newest.

    After an erasure `erased` is true and everything else is empty.
    """

    user_id: str
    version: int
    updated_at_ms: int
    time_zone: str | None
    identifiers: msgspec.Raw
    attributes: msgspec.Raw
    preferences: msgspec.Raw
    consent: msgspec.Raw
    activity: ProfileActivity
    channels: dict[str, ChannelProfile]
    held: HeldProfile
    duplicates: int
    erased: bool = False


class ExampleKind(enum.StrEnum):
    """What an example teaches."""

    SEND = "send"
    CHURN = "churn"
    HOLDBACK = "holdback"


class Example(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was known when something was decided (`features`), and what came of it (`labels`).

    `labels` are 0 or 1: of a send `engaged`, `clicked`, `converted`, `dismissed`, `unsubscribed`
    and `complained`; of `churn` `churned`; of a holdback `outcome`. An outcome that becomes known
    late gives the same example again with a higher `revision`, and `corrects` has the labels told
    before.
    """

    id: str
    user_id: str
    kind: ExampleKind
    at_ms: int
    labelled_at_ms: int
    labels: dict[str, int]
    features: dict[str, float]
    segment: str
    policy_version: str
    model_versions: dict[str, str]
    decision_id: str | None = None
    channel: str | None = None
    type: str | None = None
    propensity: float = 1.0
    group: str | None = None
    revision: int = 0
    corrects: dict[str, int] | None = None


class DeadLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record that could not be accepted, with where it came from; `value` is base64 in JSON."""

    reason: DeadLetterReason
    detail: str
    topic: str
    partition: int
    offset: int
    value: bytes
    key: str | None = None
    seen_at_ms: int = 0
    field: str | None = None
    source: Literal["kafka"] = "kafka"


Output = Decision | LedgerEntry | ProfileSnapshot | Example | DeadLetter
