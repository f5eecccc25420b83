"""Fatigue: so long until the user is as rested as at the frequency they want (`tactful.fatigue`).

The dosage halves each half-life, so the moment is a closed form and lies the same for all channels.
"""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import format_local
from tactful.records import Reason


def _binds(ask: Ask) -> bool:
    rules = ask.knowledge.policy.fatigue
    return ask.appeal is not None and not ask.urgent and ask.kind.purpose in rules.purposes


def _rested_ms(ask: Ask) -> int:
    """From when on the user is rested, 0 where the constraint does not bind."""
    if not _binds(ask):
        return 0
    assert ask.appeal is not None
    return ask.appeal.rested_ms


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    return max(from_ms, _rested_ms(ask))


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel, from_ms
    if ask.appeal is None:
        return "the user is rested"
    found = ask.appeal.weariness
    return (
        f"rested only by {format_local(ask.zone, found.rested_ms)} (fatigue {found.fatigue:.0%}, "
        f"wants about {found.wanted_per_week:.2g} a week)"
    )


def _idle(ask: Ask) -> bool:
    return _rested_ms(ask) <= ask.now_ms


CONSTRAINT = Constraint(
    Reason.FATIGUE,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    idle=_idle,
)
