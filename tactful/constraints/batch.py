"""Batches: requests of one batch key wait for each other, from the first of them on."""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import format_local, next_local_minute
from tactful.records import Reason


def closes_ms(ask: Ask) -> int:
    """When the request's batch closes, 0 for one that is not collected."""
    batch = ask.kind.policy.batch
    key = ask.request.batch_key
    if (
        batch is None
        or key is None
        or ask.attempt > 1
        or ask.urgent
        or not ask.kind.policy.digestible
    ):
        return 0
    started = [
        rival.first_ms
        for rival in ask.rivals
        if rival.batch_key == key and rival.type_tag == ask.kind.tag
    ]
    closes = min([ask.first_ms, *started]) + batch.window_ms
    return closes if batch.hour is None else next_local_minute(ask.zone, closes, batch.hour * 60)


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    del channel
    return max(from_ms, closes_ms(ask))


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    del channel, from_ms
    closes = format_local(ask.zone, closes_ms(ask))
    return f"the batch {ask.request.batch_key} is collected until {closes}"


CONSTRAINT = Constraint(
    Reason.BATCH,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    applies=lambda kind: kind.policy.batch is not None,
    idle=lambda ask: ask.request.batch_key is None,
)
