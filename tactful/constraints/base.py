"""The interface of a constraint, and what a constraint is asked about."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from tactful.knowledge import Channel, Kind, Knowledge
from tactful.local_time import Zone, zone_named
from tactful.policy import Purpose
from tactful.profile import section as profile_section
from tactful.profile.fields import Fields
from tactful.profile.section import Settings
from tactful.records import FrequencyMode, Priority, Reason, Request
from tactful.sends.log import Sent

if TYPE_CHECKING:
    from tactful.scoring import Appeal

_URGENT = frozenset({Priority.CRITICAL, Priority.HIGH})
DIGEST_MODES = frozenset({FrequencyMode.DAILY_DIGEST, FrequencyMode.WEEKLY_DIGEST})


class Rival(NamedTuple):
    """Another request of the user that waits, as constraints see it.

    Attributes:
        request_id: which one.
        type_tag: its type.
        batch_key: its batch, None without one.
        first_ms: when it was first seen.
        due_ms: when it is decided again.
        value: what an engagement with it is worth.
        order: who goes first where only one can: the smaller.
    """

    request_id: str
    type_tag: int
    batch_key: str | None
    first_ms: int
    due_ms: int
    value: float
    order: tuple[int, float, int, str]


class Ask:
    """One request of one user at one moment, with all that constraints look at.

    Attributes:
        request: what was asked, its priority settled.
        first_ms: when it was first seen.
        attempt: which attempt it is.
        settings: the user's zone, addresses, preferences and consent.
        profile: the profile's section, for what few constraints need (see the properties).
        last_seen_ms: the user's newest event, 0 without any.
        sends: the send log, the oldest first.
        rivals: the user's other requests that wait.
        order: the request's own place among them (see `Rival.order`).
        appeal: what the models expect of the user, None without a model of engagement.
        bids: by channel, what a send now is worth; the composer fills it in before it asks.
        held: the conditions asked so far, and whether they hold: they do so on every channel.
        own_zone: False when the zone is the policy's default.

    Times are epoch milliseconds.
    """

    def __init__(
        self,
        request: Request,
        kind: Kind,
        now_ms: int,
        knowledge: Knowledge,
        settings: Settings,
        sends: list[Sent],
        *,
        first_ms: int | None = None,
        attempt: int = 1,
        rivals: Sequence[Rival] = (),
        order: tuple[int, float, int, str] = (0, 0.0, 0, ""),
        profile: bytes = b"",
        last_seen_ms: int = 0,
        appeal: "Appeal | None" = None,
    ) -> None:
        self.request = request
        self.kind = kind
        self.now_ms = now_ms
        self.knowledge = knowledge
        self.settings = settings
        self.sends = sends
        self.first_ms = now_ms if first_ms is None else first_ms
        self.attempt = attempt
        self.rivals = rivals
        self.order = order
        self.profile = profile
        self.last_seen_ms = last_seen_ms
        self.appeal = appeal
        self.bids: dict[str, float] = {}
        self.held: dict[str, bool] = {}
        self.critical = request.priority is Priority.CRITICAL
        self.urgent = request.priority in _URGENT
        self.expires_ms = expires_ms(request, kind)
        self.zone: Zone
        self.zone, self.own_zone = zone_named(settings.zone, knowledge.policy.time_zone)

    @property
    def marketing(self) -> bool:
        """Whether the type's purpose is marketing."""
        return self.kind.purpose is Purpose.MARKETING

    @property
    def present(self) -> bool:
        """Whether the user is there now, as far as events tell."""
        seen_ms = self.last_seen_ms
        return bool(seen_ms) and (self.now_ms - seen_ms <= self.knowledge.policy.timing.presence_ms)

    @property
    def in_digest_mode(self) -> bool:
        """Whether the user wants this request at the digest hour: marketing that is not urgent."""
        return (
            self.settings.preferences.frequency in DIGEST_MODES
            and not self.urgent
            and self.kind.purpose is Purpose.MARKETING
        )

    @cached_property
    def attributes(self) -> dict[str, Any]:
        """The profile's attributes, decoded when a condition or a holiday first asks for them."""
        return profile_section.attributes(self.profile)

    def written_at_ms(self, identifier: str) -> int:
        """When an identifier was last written, 0 for never."""
        fields = Fields(profile_section.unpack(self.profile))
        return max(0, fields.written_at_ms("identifiers", (identifier,)))


def expires_ms(request: Request, kind: Kind) -> int:
    """When a request has lost its point: what it says, or its type's time to live."""
    limit = request.at_ms + kind.ttl_ms
    return limit if request.expires_at_ms is None else min(request.expires_at_ms, limit)


Earliest = Callable[[Ask, Channel, int], int | None]


def _always(kind: Kind) -> bool:
    del kind
    return True


def _never(kind: Kind) -> bool:
    del kind
    return False


def _busy(ask: Ask) -> bool:
    del ask
    return False


class Constraint(NamedTuple):
    """A reason to wait or to stay silent.

    Attributes:
        reason: the code in the ledger.
        earliest_ms: (ask, channel, from_ms) -> the first moment at or after `from_ms` at which
            this constraint lets the request go on the channel, None for never. It never moves
            back: a later `from_ms` gives no earlier moment.
        timed: whether the answer depends on `from_ms`; one that does not returns `from_ms` or None.
        binds_critical: whether `critical` is bound by it too.
        because: (ask, channel, from_ms) -> why, as the end of a sentence.
        applies: whether it can ever bind a type under the policy.
        by_channel: for a timed one, whether its moment differs between the channels of a type.
        idle: whether it has nothing to say about this request, on any channel at any moment: a
            quick look that saves asking it again and again.
    """

    reason: Reason
    earliest_ms: Earliest
    timed: bool
    binds_critical: bool
    because: Callable[[Ask, Channel, int], str]
    applies: Callable[[Kind], bool] = _always
    by_channel: Callable[[Kind], bool] = _never
    idle: Callable[[Ask], bool] = _busy
