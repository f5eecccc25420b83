"""Consent: what the law and the user allow, by purpose and channel. Binds `critical` too."""

from tactful.choices.consent import allowed
from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.records import Reason


def given(ask: Ask, channel: Channel) -> bool:
    """Whether there is consent."""
    kind = ask.kind
    return allowed(ask.settings.consent, kind.purpose.value, channel.name, opt_in=kind.opt_in)


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    return from_ms if given(ask, channel) else None


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del from_ms
    return f"no consent to {ask.kind.purpose} on {channel.name}"


CONSTRAINT = Constraint(
    Reason.CONSENT, _earliest_ms, timed=False, binds_critical=True, because=_because
)
