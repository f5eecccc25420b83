"""The GraphQL types; what is free-form in REST is the JSON scalar here."""

from typing import TYPE_CHECKING, Any, NewType

import msgspec
import strawberry

from api import shapes
from api.problems import invalid
from tactful.records import LedgerEntry

if TYPE_CHECKING:
    Json = Any
    Millis = int
else:
    Json = strawberry.scalar(
        NewType("JSON", object),
        description="Any JSON value.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    )
    Millis = strawberry.scalar(
        NewType("Millis", int),
        description="Epoch milliseconds (UTC); beyond the 32 bits of Int.",
        serialize=int,
        parse_value=int,
    )


@strawberry.type
class Profile:
    """A user's profile; contact data only for those who may see them."""

    user_id: str
    version: Millis
    updated_at_ms: Millis
    time_zone: str | None
    identifiers: Json
    attributes: Json
    preferences: Json
    consent: Json
    activity: Json
    channels: Json
    held: int

    @classmethod
    def of(cls, shown: shapes.Profile) -> "Profile":
        """From what REST shows."""
        plain = msgspec.to_builtins(shown)
        return cls(
            user_id=shown.user_id,
            version=shown.version,
            updated_at_ms=shown.updated_at_ms,
            time_zone=shown.time_zone,
            identifiers=plain["identifiers"],
            attributes=plain["attributes"],
            preferences=plain["preferences"],
            consent=plain["consent"],
            activity=plain["activity"],
            channels=plain["channels"],
            held=shown.held.count,
        )


@strawberry.type
class Considered:
    """How one channel did."""

    channel: str
    score: float
    earliest_ms: Millis | None
    blocked_by: list[str]


@strawberry.type
class Verdict:
    """One verdict of the ledger with its why."""

    decision_id: str
    request_id: str
    user_id: str
    type: str
    verdict: str
    reason: str
    final: bool
    priority: str
    channel: str | None
    score: float | None
    propensity: float | None
    attempt: int
    requested_at_ms: Millis
    decided_at_ms: Millis
    expires_at_ms: Millis
    reconsider_at_ms: Millis | None
    explanation: str
    policy_version: str
    considered: list[Considered]

    @classmethod
    def of(cls, entry: LedgerEntry) -> "Verdict":
        """From a ledger entry."""
        return cls(
            decision_id=entry.decision_id,
            request_id=entry.request_id,
            user_id=entry.user_id,
            type=entry.type,
            verdict=str(entry.verdict),
            reason=str(entry.reason),
            final=entry.verdict.final,
            priority=str(entry.priority),
            channel=entry.channel,
            score=entry.score,
            propensity=entry.propensity,
            attempt=entry.attempt,
            requested_at_ms=entry.requested_at_ms,
            decided_at_ms=entry.decided_at_ms,
            expires_at_ms=entry.expires_at_ms,
            reconsider_at_ms=entry.reconsider_at_ms,
            explanation=entry.explanation,
            policy_version=entry.policy_version,
            considered=[
                Considered(
                    channel=each.channel,
                    score=each.score,
                    earliest_ms=each.earliest_ms,
                    blocked_by=[str(reason) for reason in each.blocked_by],
                )
                for each in entry.considered
            ],
        )


@strawberry.type
class VerdictPage:
    """Verdicts, newest first; `next` is the `page` of the next question."""

    entries: list[Verdict]
    next: str | None


@strawberry.type
class Moment:
    """One channel at one moment."""

    channel: str
    at_ms: Millis
    hour: int
    utility: float
    engage_prob: float


@strawberry.type
class BestTime:
    """The best channel and moment for a type."""

    type: str
    time_zone: str
    evidence: float
    reason: str
    explanation: str
    best: Moment | None
    others: list[Moment]

    @classmethod
    def of(cls, found: shapes.BestTime) -> "BestTime":
        """From what REST shows."""
        return cls(
            type=found.type,
            time_zone=found.time_zone,
            evidence=found.evidence,
            reason=str(found.reason),
            explanation=found.explanation,
            best=None if found.best is None else Moment(**msgspec.to_builtins(found.best)),
            others=[Moment(**msgspec.to_builtins(each)) for each in found.others],
        )


@strawberry.type
class Policy:
    """The policy in force."""

    version: str
    policy: Json
    refused: str | None


@strawberry.type
class Model:
    """A model in use."""

    task: str
    version: str
    trained_at_ms: Millis | None
    examples: int | None
    form: str | None
    metrics: Json | None
    card: Json | None

    @classmethod
    def of(cls, found: shapes.ModelOut) -> "Model":
        """From what REST shows."""
        return cls(**{name: getattr(found, name) for name in found.__struct_fields__})


@strawberry.type
class Accepted:
    """A record that Kafka has."""

    id: str
    user_id: str
    at_ms: Millis
    decision_id: str | None


@strawberry.type
class Settings:
    """A user's preferences and consent after a change."""

    user_id: str
    preferences: Json
    consent: Json


def plain(value: Any) -> dict[str, Any]:
    """A JSON argument that has to be an object.

    Raises:
        Problem: 422.
    """
    if not isinstance(value, dict):
        raise invalid(None, "something else", "a JSON object")
    return dict(value)
