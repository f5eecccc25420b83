"""What became of what was sent or changed."""

import strawberry

from api import shapes
from api.auditing import audited
from api.auth import Scope
from api.graphql.guard import Caller
from api.graphql.types.scalars import Json, Millis
from api.graphql.types.turns import in_turns
from api.routes.preferences import consent_in, preferences_in
from schemas.audit import AuditAction
from tactful.records import ProfileSnapshot


@strawberry.type
class Accepted:
    """A record that Kafka has."""

    id: str
    user_id: str
    at_ms: Millis
    decision_id: str | None

    @classmethod
    def of(cls, accepted: shapes.Accepted) -> "Accepted":
        """From what REST answers."""
        return cls(
            id=accepted.id,
            user_id=accepted.user_id,
            at_ms=accepted.at_ms,
            decision_id=accepted.decision_id,
        )


@strawberry.type
class Refused:
    """One record of a bulk that breaks the contract; it was not written."""

    index: int
    field: str | None
    found: str
    allowed: str


@strawberry.type
class BulkAccepted:
    """What became of a bulk: the good ones are written, the others told."""

    accepted: list[Accepted]
    refused: list[Refused]

    @classmethod
    def of(cls, done: shapes.BulkAccepted) -> "BulkAccepted":
        """From what REST answers."""
        return cls(
            accepted=in_turns([Accepted.of(each) for each in done.accepted]),
            refused=[
                Refused(index=each.index, field=each.field, found=each.found, allowed=each.allowed)
                for each in done.refused
            ],
        )


@strawberry.type
class Settings:
    """A user's preferences and consent after a change of either.

    Whoever may change one of them may not always see the other: that one is null then.
    """

    user_id: str
    snapshot: strawberry.Private[ProfileSnapshot | None]
    changed: strawberry.Private[str]

    @strawberry.field
    def preferences(self, info: strawberry.Info) -> Json | None:
        """What the user wants."""
        if not self._shows(info, "preferences", Scope.PREFERENCES_READ):
            return None
        return preferences_in(self.snapshot, self.user_id).preferences

    @strawberry.field
    def consent(self, info: strawberry.Info) -> Json | None:
        """What the user allows."""
        if not self._shows(info, "consent", Scope.CONSENT_READ):
            return None
        return consent_in(self.snapshot, self.user_id).consent

    def _shows(self, info: strawberry.Info, part: str, scope: Scope) -> bool:
        """Whether the caller may see a part, with the record of it where it is not its own."""
        if part == self.changed:
            return True
        caller: Caller = info.context
        if not caller.who.may(scope, self.user_id):
            return False
        audited(caller.request, caller.services, caller.who, AuditAction.READ, self.user_id, [part])
        return True
