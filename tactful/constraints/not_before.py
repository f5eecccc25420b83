"""The request's own earliest moment."""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import format_local
from tactful.records import Reason


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    return max(from_ms, ask.request.not_before_ms or 0)


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel, from_ms
    return f"not to be sent before {format_local(ask.zone, ask.request.not_before_ms or 0)}"


CONSTRAINT = Constraint(
    Reason.NOT_BEFORE,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    idle=lambda ask: (ask.request.not_before_ms or 0) <= ask.now_ms,
)
