"""What the reference works on: records, what waits, what is tracked, and what comes out."""

from dataclasses import dataclass, field
from typing import NamedTuple

from reference.constraints import Sent

from tactful.policy import Policy
from tactful.records import Event, Outcome, ProfileUpdate, Reason, Request, Verdict
from tactful.volume.price import PricePath


class Answer(NamedTuple):
    """Feedback on an attempt of a request."""

    id: str
    request_id: str
    attempt: int
    channel: str
    outcome: Outcome
    at_ms: int


Record = Event | Request | ProfileUpdate | Answer | None
"""None is a wake-up."""


class World(NamedTuple):
    """What a step knows beside the user."""

    now_ms: int
    policy: Policy
    prices: dict[str, PricePath]
    activity: bytes


class Entry(NamedTuple):
    """A ledger entry, as far as it is compared."""

    request_id: str
    attempt: int
    verdict: Verdict
    reason: Reason
    also: tuple[Reason, ...]
    channel: str | None
    decided_ms: int
    until_ms: int | None = None
    merged_into: str | None = None


@dataclass(eq=False)
class Waiting:
    """A request (or a further attempt of one) that has no final verdict yet."""

    request: Request
    first_seen_ms: int
    attempt: int = 1
    because: Reason | None = None
    tried: tuple[str, ...] = ()
    latest_ms: int | None = None
    moment_ms: int = 0
    channel: str | None = None
    binding: tuple[Reason, ...] = ()
    earliest_ms: int = 0
    utility: float = 0.0


@dataclass(eq=False)
class Track:
    """The sends of a request that is tried on another channel when one fails."""

    request: Request
    first_seen_ms: int
    latest_ms: int
    sends: list[Sent] = field(default_factory=list)
    escalates_ms: int | None = None
    ends_ms: int = 0
    """As it was known at the last send."""
