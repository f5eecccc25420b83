"""The records that have a contract, by the name of their schema file."""

from typing import Final

import msgspec

from schemas.audit import AuditEntry
from tactful.records import (
    DeadLetter,
    Decision,
    Event,
    Feedback,
    LedgerEntry,
    ProfileSnapshot,
    ProfileUpdate,
    RecordKind,
    Request,
)

MAX_VALUE_BYTES: Final = 65_536
"""The longest value that is read; a dead letter carries at most that much of the original."""

MAX_KEY_CHARS: Final = 1024
"""The longest part of a key that a dead letter carries."""

RECORD_TYPES: Final[dict[str, type[msgspec.Struct]]] = {
    "event": Event,
    "request": Request,
    "feedback": Feedback,
    "profile-update": ProfileUpdate,
    "decision": Decision,
    "ledger-entry": LedgerEntry,
    "profile-snapshot": ProfileSnapshot,
    "dead-letter": DeadLetter,
    "audit-entry": AuditEntry,
}

SCHEMA_NAMES: Final = {type_: name for name, type_ in RECORD_TYPES.items()}

TYPE_OF_KIND: Final[dict[RecordKind, type[msgspec.Struct]]] = {
    RecordKind.EVENT: Event,
    RecordKind.REQUEST: Request,
    RecordKind.FEEDBACK: Feedback,
    RecordKind.PROFILE_UPDATE: ProfileUpdate,
}


def label(type_: type[msgspec.Struct]) -> str:
    """The record's name as errors spell it.

    >>> label(ProfileUpdate)
    'profile update'
    """
    return SCHEMA_NAMES[type_].replace("-", " ")
