"""The audit record: who read or changed what of whom. Names of fields only, never their values."""

import enum
from typing import Annotated

import msgspec

from tactful.records.common import Id, Name, TimeMs


class AuditAction(enum.StrEnum):
    """What was done with personal data."""

    READ = "read"
    CHANGE = "change"
    CONSENT = "consent"
    EXPORT = "export"
    ERASE = "erase"
    DESTROY_KEYS = "destroy_keys"
    REFUSED = "refused"


class AuditEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One access to a user's personal data."""

    id: Id
    user_id: Id
    at_ms: TimeMs
    actor: Id
    action: AuditAction
    fields: Annotated[list[Name], msgspec.Meta(max_length=256)] = []
    role: Name | None = None
    via: Name | None = None
    source: Id | None = None
    request_id: Id | None = None
    subject_id: Id | None = None
