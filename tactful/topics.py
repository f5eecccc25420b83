"""The names of the Kafka topics: all start with a prefix, `tactful` by default."""

from tactful.records import (
    DeadLetter,
    Decision,
    Example,
    LedgerEntry,
    Output,
    ProfileSnapshot,
    RecordKind,
)

KNOWLEDGE = "knowledge"
LEDGER = "ledger"
PROFILES = "profiles"
EXAMPLES = "examples"
DEAD_LETTERS = "dead-letters"
DECISIONS = "decisions"
WEBHOOKS = "webhooks"
WEBHOOK_DELIVERIES = "webhook-deliveries"
AUDIT = "audit"
"""Who read or changed what of whose data; written by the API, not by the jobs."""

INPUTS = tuple(RecordKind)
COMPACTED = (KNOWLEDGE, PROFILES, WEBHOOKS, WEBHOOK_DELIVERIES)

DEFAULT_PREFIX = "tactful"


def name_of(word: str, prefix: str = DEFAULT_PREFIX) -> str:
    """The topic's full name.

    >>> name_of(LEDGER)
    'tactful.ledger'
    """
    return f"{prefix}.{word}"


def topic_of(output: Output, prefix: str = DEFAULT_PREFIX) -> str:
    """The topic an output belongs to."""
    match output:
        case Decision():
            return f"{prefix}.{DECISIONS}.{output.channel}"
        case LedgerEntry():
            return f"{prefix}.{LEDGER}"
        case ProfileSnapshot():
            return f"{prefix}.{PROFILES}"
        case Example():
            return f"{prefix}.{EXAMPLES}"
        case DeadLetter():
            return f"{prefix}.{DEAD_LETTERS}"
