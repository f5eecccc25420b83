"""The bodies of the REST interface that are not records of the topics themselves."""

from typing import Annotated, Any, Literal

import msgspec

from tactful.records import (
    ChannelProfile,
    Event,
    Feedback,
    HeldProfile,
    LedgerEntry,
    ProfileActivity,
    ProfileUpdate,
    Reason,
    Request,
    Verdict,
)
from tactful.records.common import Hour, Id, Name, TimeMs

FreeForm = dict[str, Any]


def _relaxed(
    record: type[msgspec.Struct],
    name: str,
    doc: str,
    *,
    without: tuple[str, ...] = (),
    **types: Any,
) -> type[msgspec.Struct]:
    """A record as it is sent here: `id` and `at_ms` may be left out, free-form values are any JSON.

    It stands for the record in the OpenAPI document; what arrives is checked by the record's own
    contract.
    """
    fields: list[Any] = []
    for each in msgspec.structs.fields(record):
        if each.name in without:
            continue
        type_ = types.get(each.name, each.type)
        if each.name in {"id", "at_ms"}:
            fields.append((each.name, type_ | None, None))
        elif each.required:
            fields.append((each.name, type_))
        else:
            fields.append((each.name, type_, each.default))
    required = [each for each in fields if len(each) == 2]
    optional = [each for each in fields if len(each) == 3]
    made = msgspec.defstruct(
        name, [*required, *optional], frozen=True, omit_defaults=True, module=__name__
    )
    made.__doc__ = doc
    return made


EventIn = _relaxed(
    Event,
    "EventIn",
    "Something the user did. Without `id` one is made (from the Idempotency-Key, if there is one); "
    "without `at_ms` it happened now.",
    attributes=FreeForm | None,
)
RequestIn = _relaxed(
    Request,
    "RequestIn",
    "A wish to notify a user. `id` is the idempotency key of the request.",
    data=FreeForm | None,
)
FeedbackIn = _relaxed(Feedback, "FeedbackIn", "What became of a notification that was sent.")
ProfileIn = _relaxed(
    ProfileUpdate,
    "ProfileIn",
    "New values for parts of a profile; null takes a field back.",
    without=("user_id", "preferences", "consent", "erase"),
    attributes=dict[Name, Any] | None,
)


class DecisionIn(msgspec.Struct, frozen=True):
    """A request that is to be decided while the caller waits, at most for `deadline_ms`."""

    request: RequestIn  # type: ignore[valid-type]
    deadline_ms: Annotated[int, msgspec.Meta(ge=50, le=30_000)] = 2_000


class EventsIn(msgspec.Struct, frozen=True):
    """Events in bulk."""

    events: Annotated[list[EventIn], msgspec.Meta(min_length=1, max_length=1_000)]  # type: ignore[valid-type]


class Accepted(msgspec.Struct, frozen=True, omit_defaults=True):
    """A record that Kafka has. What follows from it shows in the ledger and the profile."""

    id: str
    user_id: str
    at_ms: int
    decision_id: str | None = None


class Refused(msgspec.Struct, frozen=True, omit_defaults=True):
    """One record of a bulk that breaks the contract; it was not written."""

    index: int
    found: str
    allowed: str
    field: str | None = None


class BulkAccepted(msgspec.Struct, frozen=True):
    """What became of a bulk: the good ones are written, the others told."""

    accepted: list[Accepted]
    refused: list[Refused]


class Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """A user's profile. Contact data are shown to those who may see them, else only their names."""

    user_id: str
    version: int
    updated_at_ms: int
    time_zone: str | None
    identifiers: dict[str, str | None]
    attributes: FreeForm
    preferences: FreeForm
    consent: dict[str, bool]
    activity: ProfileActivity
    channels: dict[str, ChannelProfile]
    held: HeldProfile


class PreferencesOut(msgspec.Struct, frozen=True):
    """What a user wants, merged; `version` is of the profile it was read from."""

    user_id: str
    version: int
    time_zone: str | None
    preferences: FreeForm


class ConsentOut(msgspec.Struct, frozen=True):
    """What a user allowed: by purpose, by channel, or by `purpose:channel`."""

    user_id: str
    version: int
    consent: dict[str, bool]


class ConsentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole consent: what is not named any more is taken back."""

    consent: Annotated[dict[Name, bool], msgspec.Meta(max_length=128)]


class ConsentChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Single consents: true, false, or null to take one back."""

    consent: Annotated[dict[Name, bool | None], msgspec.Meta(min_length=1, max_length=128)]


class History(msgspec.Struct, frozen=True, omit_defaults=True):
    """Verdicts about a user, newest first; `next` asks for the page after."""

    entries: list[LedgerEntry]
    next: str | None = None


class AuditRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who read or changed what: names of fields, never their values."""

    id: str
    user_id: str
    at_ms: int
    actor: str
    action: str
    fields: list[str] = []
    role: str | None = None
    via: str | None = None
    source: str | None = None
    request_id: str | None = None
    subject_id: str | None = None


class AuditPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Audit records, newest first."""

    entries: list[AuditRow]
    next: str | None = None


class Held(msgspec.Struct, frozen=True):
    """What waits for a user: the newest verdict on each attempt that is still held."""

    user_id: str
    entries: list[LedgerEntry]


class Explanation(msgspec.Struct, frozen=True):
    """Why a request ended, or waits, as it does; all its verdicts, oldest first."""

    request_id: str
    user_id: str
    verdict: Verdict
    reason: Reason
    explanation: str
    final: bool
    entries: list[LedgerEntry]


class DecisionOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """The verdict on a request."""

    decision_id: str
    request_id: str
    user_id: str
    verdict: Verdict
    reason: Reason
    final: bool
    explanation: str
    entry: LedgerEntry
    channel: str | None = None


class Moment(msgspec.Struct, frozen=True, omit_defaults=True):
    """One channel at one moment, and what is expected of it."""

    channel: str
    at_ms: int
    hour: Hour
    utility: float
    engage_prob: float


class BestTime(msgspec.Struct, frozen=True, omit_defaults=True):
    """The best channel and moment for a type within two days, and the other channels' earliest.

    `evidence` is how many events of the user the hours are from; at 0 they are those of all users.
    Caps and gaps don't count here: the sends they count are not in the profile.
    """

    user_id: str
    type: str
    time_zone: str
    evidence: float
    reason: Reason
    explanation: str
    best: Moment | None = None
    others: list[Moment] = []


class AudienceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The users of a campaign."""

    type: Name
    user_ids: Annotated[list[Id], msgspec.Meta(min_length=1, max_length=1_000)]


class Audience(msgspec.Struct, frozen=True):
    """The best moments of each user, and how they spread over channels and hours (UTC)."""

    type: str
    users: list[BestTime]
    unknown: list[str]
    by_channel: dict[str, int]
    by_hour_utc: list[int]


class PolicyOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """The policy in force. `refused` tells of a newer record that can't be used."""

    version: str
    policy: FreeForm
    refused: str | None = None


class PolicyProblem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something in a policy that does not hold, or deserves a second look."""

    message: str
    line: int | None = None


class PolicyChecked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether a policy can be used; what would change against the one in force."""

    usable: bool
    problems: list[PolicyProblem]
    warnings: list[str]
    changes: list[str]
    version: str | None = None


class PolicyPushed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A policy that was published. `seen`: the API's own follower read it back, as the job does."""

    version: str
    seen: bool
    warnings: list[str] = []


class ModelOut(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model in use."""

    task: str
    version: str
    trained_at_ms: int | None = None
    examples: int | None = None
    form: str | None = None
    metrics: FreeForm | None = None
    card: FreeForm | None = None


class Models(msgspec.Struct, frozen=True):
    """All models in use."""

    models: list[ModelOut]


class Export(msgspec.Struct, frozen=True):
    """Profile (with contact data), verdicts and audit records of a user, readable.

    `complete` says whether all of these three that is stored is in it: it is false when a row could
    not be read, or there were more than 50,000 of a kind.
    """

    user_id: str
    exported_at_ms: int
    profile: Profile | None
    history: list[LedgerEntry]
    audit: list[AuditRow]
    complete: bool


class ErasureIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The user's id again, so that nobody is erased by a slip."""

    confirm: Id


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True):
    """An erasure under way or done. `receipt` proves it: it is signed and holds no user id."""

    receipt: str
    erased_at_ms: int
    state: Literal["accepted", "done"]
    keys_destroyed: int
    profile_gone: bool
    status_url: str


class LinkIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A link for a message to a user.

    With `decision_id` and `channel` an unsubscription counts as what came of that notification, so
    that models learn from it.
    """

    purpose: Literal["preferences", "unsubscribe"]
    channel: Name | None = None
    type: Name | None = None
    decision_id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")] | None = None
    ttl_s: Annotated[int, msgspec.Meta(ge=60, le=31_536_000)] | None = None


class Link(msgspec.Struct, frozen=True):
    """A signed link, and the headers (RFC 8058) for an e-mail that carries it."""

    url: str
    expires_at_ms: TimeMs
    headers: dict[str, str]


__all__ = [
    name
    for name, value in list(globals().items())
    if isinstance(value, type)
    and issubclass(value, msgspec.Struct)
    and value.__module__ == __name__
]
