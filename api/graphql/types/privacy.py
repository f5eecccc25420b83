"""Who looked, all that is stored of a user, erasures, and links for messages."""

import msgspec
import strawberry

from api import shapes
from api.graphql.types.scalars import Json, Millis


@strawberry.type
class AuditRow:
    """Who read or changed what: names of fields, never their values."""

    id: str
    user_id: str
    at_ms: Millis
    actor: str
    action: str
    fields: list[str]
    role: str | None
    via: str | None
    source: str | None
    request_id: str | None
    subject_id: str | None

    @classmethod
    def of(cls, row: shapes.AuditRow) -> "AuditRow":
        """From what REST shows."""
        return cls(**msgspec.structs.asdict(row))


@strawberry.type
class AuditPage:
    """Audit records, newest first; `next` is the `page` of the next question."""

    entries: list[AuditRow]
    next: str | None


@strawberry.type
class Export:
    """What is stored of a user. `document` is that of REST, whole."""

    user_id: str
    exported_at_ms: Millis
    complete: bool
    document: Json

    @classmethod
    def of(cls, found: shapes.Export) -> "Export":
        """From what REST exports."""
        return cls(
            user_id=found.user_id,
            exported_at_ms=found.exported_at_ms,
            complete=found.complete,
            # Taken apart field by field, 50,000 verdicts would hold up everybody else for long.
            document=msgspec.to_builtins(found),
        )


@strawberry.type
class Receipt:
    """An erasure under way (`accepted`) or `done`. `receipt` proves it, and holds no user id."""

    receipt: str
    erased_at_ms: Millis
    state: str
    keys_destroyed: int
    profile_gone: bool
    status_url: str

    @classmethod
    def of(cls, receipt: shapes.Receipt) -> "Receipt":
        """From what REST answers."""
        return cls(**msgspec.structs.asdict(receipt))


@strawberry.type
class Link:
    """A signed link, and the headers (RFC 8058) for an e-mail that carries it."""

    url: str
    expires_at_ms: Millis
    headers: Json

    @classmethod
    def of(cls, link: shapes.Link) -> "Link":
        """From what REST answers."""
        return cls(**msgspec.structs.asdict(link))
