"""What a policy lets people choose from: channels in use, and types with what may be turned off."""

from typing import NamedTuple

from tactful.policy import ConsentMode, Policy, Purpose
from tactful.records import Priority


class OfferedType(NamedTuple):
    """A notification type as a person sees it.

    Attributes:
        name: the policy's.
        purpose: why it exists.
        channels: those it may use, in the policy's order.
        always_on: it is `critical` by itself, and `critical` passes every preference.
        may_be_urgent: a request of it may be `critical`, and then comes though it is turned off.
    """

    name: str
    purpose: Purpose
    channels: tuple[str, ...]
    always_on: bool
    may_be_urgent: bool


class Offer(NamedTuple):
    """All that can be chosen.

    Attributes:
        channels: those that any type uses.
        types: in the policy's order.
        opt_in: by purpose in use, whether nothing is sent without a yes.
    """

    channels: tuple[str, ...]
    types: tuple[OfferedType, ...]
    opt_in: dict[Purpose, bool]

    def of(self, purpose: Purpose) -> tuple[OfferedType, ...]:
        """The types of a purpose."""
        return tuple(each for each in self.types if each.purpose is purpose)

    def channels_of(self, purpose: Purpose) -> tuple[str, ...]:
        """The channels that types of a purpose use."""
        used = {name for each in self.of(purpose) for name in each.channels}
        return tuple(name for name in self.channels if name in used)

    def type(self, name: str) -> OfferedType | None:
        """A type by name."""
        return next((each for each in self.types if each.name == name), None)


def offer_of(policy: Policy) -> Offer:
    """What a policy lets people choose from."""
    types = tuple(
        OfferedType(
            name,
            kind.purpose,
            tuple(each for each in policy.channels if each in kind.channels),
            kind.priority is Priority.CRITICAL,
            kind.max_priority is Priority.CRITICAL,
        )
        for name, kind in policy.types.items()
    )
    used = {channel for each in types for channel in each.channels}
    return Offer(
        tuple(name for name in policy.channels if name in used),
        types,
        {
            purpose: policy.consent.get(purpose, ConsentMode.OPT_IN) is ConsentMode.OPT_IN
            for purpose in Purpose
            if any(each.purpose is purpose for each in types)
        },
    )
