"""The best channel and moment, for a user and for an audience."""

import msgspec
import strawberry

from api import shapes
from api.graphql.types.scalars import Json, Millis
from api.graphql.types.turns import in_turns


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

    user_id: str
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
            user_id=found.user_id,
            type=found.type,
            time_zone=found.time_zone,
            evidence=found.evidence,
            reason=str(found.reason),
            explanation=found.explanation,
            best=None if found.best is None else Moment(**msgspec.to_builtins(found.best)),
            others=[Moment(**msgspec.to_builtins(each)) for each in found.others],
        )


@strawberry.type
class Audience:
    """The best moments of each user, and how they spread over channels and hours (UTC)."""

    type: str
    users: list[BestTime]
    unknown: list[str]
    by_channel: Json
    by_hour_utc: list[int]

    @classmethod
    def of(cls, found: shapes.Audience) -> "Audience":
        """From what REST shows."""
        return cls(
            type=found.type,
            users=in_turns([BestTime.of(each) for each in found.users]),
            unknown=found.unknown,
            by_channel=found.by_channel,
            by_hour_utc=found.by_hour_utc,
        )
