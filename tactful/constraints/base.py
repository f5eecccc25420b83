"""The interface of a constraint, and what a constraint is asked about."""

from collections.abc import Callable
from typing import NamedTuple

from tactful.knowledge import Channel, Kind, Knowledge
from tactful.local_time import Zone, zone_named
from tactful.policy import Purpose
from tactful.profile.section import Settings
from tactful.records import Priority, Reason, Request
from tactful.sends.log import Sent


class Ask:
    """One request of one user at one moment, with all that constraints look at.

    Times are epoch milliseconds. `own_zone` is False when the zone is the policy's default.
    """

    __slots__ = (
        "critical",
        "expires_ms",
        "kind",
        "knowledge",
        "now_ms",
        "own_zone",
        "request",
        "sends",
        "settings",
        "zone",
    )

    def __init__(
        self,
        request: Request,
        kind: Kind,
        now_ms: int,
        knowledge: Knowledge,
        settings: Settings,
        sends: list[Sent],
    ) -> None:
        self.request = request
        self.kind = kind
        self.now_ms = now_ms
        self.knowledge = knowledge
        self.settings = settings
        self.sends = sends
        self.critical = request.priority is Priority.CRITICAL
        self.expires_ms = expires_ms(request, kind)
        self.zone: Zone
        self.zone, self.own_zone = zone_named(settings.zone, knowledge.policy.time_zone)

    @property
    def marketing(self) -> bool:
        """Whether the type's purpose is marketing."""
        return self.kind.purpose is Purpose.MARKETING


def expires_ms(request: Request, kind: Kind) -> int:
    """When a request has lost its point: what it says, or its type's time to live."""
    limit = request.at_ms + kind.ttl_ms
    return limit if request.expires_at_ms is None else min(request.expires_at_ms, limit)


Earliest = Callable[[Ask, Channel, int], int | None]


class Constraint(NamedTuple):
    """A reason to wait or to stay silent.

    Attributes:
        reason: the code in the ledger.
        earliest_ms: (ask, channel, from_ms) -> the first moment at or after `from_ms` at which
            this constraint lets the request go on the channel, None for never. It never moves
            back: a later `from_ms` gives no earlier moment.
        timed: whether the answer depends on `from_ms`; one that does not returns `from_ms` or None.
        binds_critical: whether `critical` is bound by it too.
        by_channel: for a timed one, whether its moment differs from channel to channel.
        because: (ask, channel, from_ms) -> why, as the end of a sentence.
    """

    reason: Reason
    earliest_ms: Earliest
    timed: bool
    binds_critical: bool
    because: Callable[[Ask, Channel, int], str]
    by_channel: bool = False
