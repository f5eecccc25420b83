"""The outlook of one user as plain data, ready for a screen, a picture or JSON."""

import enum

import msgspec

from tactful.records import Counterfactual, Priority, Reason


class ReleaseBy(enum.StrEnum):
    """What kind of thing would end a wait."""

    MOMENT = "moment"
    EVENT = "event"
    SETTING = "setting"
    CANCELLATION = "cancellation"
    ANSWER = "answer"
    EXPIRY = "expiry"


class Release(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that would end a wait: what, in words, and from when on (None: at any time)."""

    by: ReleaseBy
    text: str
    at_ms: int | None = None


class Waiting(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request that is held.

    Attributes:
        until_ms: when it is decided again at the latest.
        free_ms: the first moment at which a channel would be allowed, where that is before
            `until_ms`: it waits for a better hour.
        why: the ledger's sentence.
        late: its moment has passed without a verdict: nothing decides at present.
    """

    request_id: str
    type: str
    priority: Priority
    attempt: int
    reason: Reason
    why: str
    held_since_ms: int
    until_ms: int
    expires_at_ms: int
    releases: list[Release]
    also: list[Reason] = []
    channel: str | None = None
    free_ms: int | None = None
    counterfactual: Counterfactual | None = None
    late: bool = False


class Escalation(msgspec.Struct, frozen=True, omit_defaults=True):
    """A send that another may follow.

    Attributes:
        attempt: the one that was sent last.
        next_at_ms: when the next channel is tried unless it was opened; None if only a failure
            moves it on.
        until_ms: no attempt is made after it.
        left: the channels that no attempt has tried.
    """

    request_id: str
    type: str
    attempt: int
    max_attempts: int
    channel: str
    sent_at_ms: int
    until_ms: int
    left: list[str]
    next_at_ms: int | None = None


class Weariness(msgspec.Struct, frozen=True, omit_defaults=True):
    """How tired the user was at the newest verdict that tells.

    Attributes:
        fatigue: the share of engagement that the sends of late cost, 0 to 1.
        wanted_per_week: how many sends a week of that type the user wants.
        type: the type that the verdict was on.
        at_ms: when it was given.
    """

    fatigue: float
    wanted_per_week: float
    type: str
    at_ms: int


class Outlook(msgspec.Struct, frozen=True, omit_defaults=True):
    """The next hours of a user, from `now_ms` to `until_ms`.

    `later` counts what waits for a moment after `until_ms`; `weariness` is None without models.
    """

    user_id: str
    now_ms: int
    until_ms: int
    waiting: list[Waiting]
    escalations: list[Escalation]
    later: int = 0
    time_zone: str | None = None
    weariness: Weariness | None = None
