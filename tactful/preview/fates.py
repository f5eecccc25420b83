"""What became of each request of one user under one policy."""

import enum
from collections.abc import Iterable

import msgspec

from tactful.records import LedgerEntry, Output, Priority, Reason, Verdict


class Ending(enum.StrEnum):
    """How a request ended, as people count it; a send that was held first is another one."""

    SENT_AT_ONCE = "sent at once"
    SENT_LATER = "sent later"
    DIGEST = "digest"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    OPEN = "still open"


class Fate(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of one request.

    Attributes:
        ending: of its first attempt.
        reason: of the last verdict on that.
        channels: of its sends, in order: more than one by failover or escalation.
        at_ms: when the first attempt ended.
        held: for which reasons it was held, in order, each once.
        explanation: the ledger's sentence on its first verdict.
    """

    ending: Ending
    reason: Reason
    at_ms: int
    channels: list[str] = []
    held: list[Reason] = []
    explanation: str = ""
    merged_into: str | None = None

    @property
    def gist(self) -> tuple[Ending, Reason, int, tuple[str, ...], tuple[Reason, ...], str | None]:
        """What must be equal for two fates to be the same to the user and to whoever asked."""
        return (
            self.ending,
            self.reason,
            self.at_ms,
            tuple(self.channels),
            tuple(self.held),
            self.merged_into,
        )


class Asked(msgspec.Struct, frozen=True):
    """A request and what became of it."""

    request_id: str
    type: str
    priority: Priority
    requested_at_ms: int
    fate: Fate


class Difference(msgspec.Struct, frozen=True):
    """A request that another policy treats in another way; a side is None where it was unknown."""

    user_id: str
    request_id: str
    type: str
    requested_at_ms: int
    before: Fate | None
    after: Fate | None


_ENDINGS = {
    Verdict.DIGEST: Ending.DIGEST,
    Verdict.SUPPRESS: Ending.SUPPRESSED,
    Verdict.EXPIRE: Ending.EXPIRED,
    Verdict.CANCEL: Ending.CANCELLED,
    Verdict.HOLD: Ending.OPEN,
}


def fates_of(outputs: Iterable[Output]) -> dict[str, Asked]:
    """What became of each request, by its id, in the order of the ledger.

    Args:
        outputs: all that went out for one user; only ledger entries are looked at.
    """
    told: dict[str, list[LedgerEntry]] = {}
    for output in outputs:
        if isinstance(output, LedgerEntry):
            told.setdefault(output.request_id, []).append(output)
    return {request_id: _asked(entries) for request_id, entries in told.items()}


def _asked(entries: list[LedgerEntry]) -> Asked:
    first = entries[0]
    mine = [entry for entry in entries if entry.attempt == 1] or entries
    last = mine[-1]
    holds = [entry for entry in mine if entry.verdict is Verdict.HOLD]
    if last.verdict is Verdict.SEND:
        ending = Ending.SENT_LATER if holds else Ending.SENT_AT_ONCE
    else:
        ending = _ENDINGS[last.verdict]
    sends = [e.channel for e in entries if e.verdict is Verdict.SEND and e.channel is not None]
    fate = Fate(
        ending=ending,
        reason=last.reason,
        at_ms=last.decided_at_ms,
        channels=sends,
        held=list(dict.fromkeys(entry.reason for entry in holds)),
        explanation=first.explanation,
        merged_into=last.merged_into,
    )
    return Asked(first.request_id, first.type, first.priority, first.requested_at_ms, fate)
