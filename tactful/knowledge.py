"""What `step` knows beside the user: the policy in force, made ready for the decision path.

Knowledge is a value: an update gives a new one, and an invalid update leaves the old one in use.
"""

from dataclasses import dataclass, field
from functools import cached_property

from tactful.ids import tag
from tactful.policy import DEFAULT_POLICY, Cap, ConsentMode, Policy, PolicyError, Purpose
from tactful.policy import parse_policy as _parse_policy
from tactful.records import Reason
from tactful.sends.log import PURPOSE_BIT

POLICY_KEY = "policy/default"


class InvalidKnowledgeError(ValueError):
    """A knowledge record that can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap as it applies to one type: count the sends that match, refuse the one too many."""

    name: str
    reason: Reason
    max: int
    window_ms: int
    purpose_mask: int
    type_tag: int | None


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the policy, ready to use."""

    name: str
    tag: int
    address: str | None
    engage_prob: float
    cost: float
    deliver_within_ms: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A notification type of the policy, ready to use."""

    name: str
    tag: int
    purpose: Purpose
    purpose_bit: int
    opt_in: bool
    channels: tuple[Channel, ...]
    limits: tuple[Limit, ...]
    ttl_ms: int
    value_half_life_ms: int


@dataclass(frozen=True)
class Knowledge:
    """The policy in force and the versions of the models."""

    policy: Policy = DEFAULT_POLICY
    model_versions: dict[str, str] = field(default_factory=dict)

    def with_update(self, key: str, value: bytes) -> "Knowledge":
        """The knowledge after one record of `tactful.knowledge`; the old one stays as it is.

        Args:
            key: `kind/name`; this version knows `policy/default`. Other kinds are left for the
                versions that know them.
            value: JSON; empty bytes (a tombstone) take the built-in default back.

        Raises:
            InvalidKnowledgeError: the value can't be used.
        """
        if key != POLICY_KEY:
            return self
        if not value:
            return Knowledge(DEFAULT_POLICY, self.model_versions)
        try:
            return Knowledge(_parse_policy(value), self.model_versions)
        except PolicyError as error:
            raise InvalidKnowledgeError(f"{key}: {error}") from error

    @cached_property
    def channels(self) -> dict[str, Channel]:
        """The channels by name."""
        return {
            name: Channel(
                name=name,
                tag=tag(name),
                address=policy.address,
                engage_prob=policy.engage_prob,
                cost=policy.cost,
                deliver_within_ms=policy.deliver_within_ms,
            )
            for name, policy in self.policy.channels.items()
        }

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """The notification types by name."""
        return {
            name: Kind(
                name=name,
                tag=tag(name),
                purpose=kind.purpose,
                purpose_bit=PURPOSE_BIT[kind.purpose],
                opt_in=self.policy.consent.get(kind.purpose, ConsentMode.OPT_IN)
                is ConsentMode.OPT_IN,
                channels=tuple(self.channels[channel] for channel in kind.channels),
                limits=tuple(
                    _limit(cap, name)
                    for cap in self.policy.caps
                    if (name in cap.types if cap.types else kind.purpose in cap.purposes)
                ),
                ttl_ms=min(kind.ttl_ms, self.policy.limits.max_ttl_ms),
                value_half_life_ms=kind.value_half_life_ms,
            )
            for name, kind in self.policy.types.items()
        }

    @cached_property
    def send_memory_ms(self) -> int:
        """How long a send is remembered: the longest cap window, and as long as feedback comes."""
        windows = [cap.window_ms for cap in self.policy.caps]
        return max([*windows, FEEDBACK_MEMORY_MS])


FEEDBACK_MEMORY_MS = 7 * 86_400_000
"""For this long after a send its outcomes count once each, however often they are reported."""


def _limit(cap: Cap, type_name: str) -> Limit:
    per_type = bool(cap.types)
    return Limit(
        name=cap.name,
        reason=Reason.CAP_TYPE if per_type else Reason.CAP_USER,
        max=cap.max,
        window_ms=cap.window_ms,
        purpose_mask=0 if per_type else sum(PURPOSE_BIT[purpose] for purpose in cap.purposes),
        type_tag=tag(type_name) if per_type else None,
    )
