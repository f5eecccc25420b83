"""Which records are taken: their time must be near enough to the clock.

Live only; a replay of history takes its clock from the records themselves.
"""

from typing import NamedTuple

from tactful.knowledge import Knowledge
from tactful.records import DeadLetterReason, Event, Feedback, ProfileUpdate, Request


class Rejection(NamedTuple):
    """Why a record goes to dead letters."""

    reason: DeadLetterReason
    field: str
    detail: str


def admit(
    record: Event | Request | Feedback | ProfileUpdate, now_ms: int, knowledge: Knowledge
) -> Rejection | None:
    """None for a record to take, else why not."""
    rules = knowledge.policy.admission
    age_ms = now_ms - record.at_ms
    if age_ms < -rules.max_future_ms:
        return Rejection(
            DeadLetterReason.FAR_FUTURE,
            "at_ms",
            f'{_kind(record)} {record.id!r}: field "at_ms": found {record.at_ms}, '
            f"{-age_ms} ms ahead of the clock, allowed: at most {rules.max_future_ms} ms ahead",
        )
    limit_ms = rules.feedback_max_age_ms if isinstance(record, Feedback) else rules.max_age_ms
    if age_ms > limit_ms:
        return Rejection(
            DeadLetterReason.TOO_LATE,
            "at_ms",
            f'{_kind(record)} {record.id!r}: field "at_ms": found {record.at_ms}, '
            f"{age_ms} ms behind the clock, allowed: at most {limit_ms} ms behind",
        )
    return None


def _kind(record: Event | Request | Feedback | ProfileUpdate) -> str:
    return "profile update" if isinstance(record, ProfileUpdate) else type(record).__name__.lower()
