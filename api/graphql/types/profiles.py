"""A user's profile, and what they want and allow."""

import msgspec
import strawberry

from api import shapes
from api.graphql.types.scalars import Json, Millis


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
class Preferences:
    """What a user wants; `version` is of the profile it was read from."""

    user_id: str
    version: Millis
    time_zone: str | None
    preferences: Json

    @classmethod
    def of(cls, shown: shapes.PreferencesOut) -> "Preferences":
        """From what REST shows."""
        return cls(**msgspec.structs.asdict(shown))


@strawberry.type
class Consent:
    """What a user allows: by purpose, by channel, or by `purpose:channel`."""

    user_id: str
    version: Millis
    consent: Json

    @classmethod
    def of(cls, shown: shapes.ConsentOut) -> "Consent":
        """From what REST shows."""
        return cls(**msgspec.structs.asdict(shown))
