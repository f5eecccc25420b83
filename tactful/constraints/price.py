"""Provider rate: a channel's price, which a send must be worth (`tactful.volume`)."""

from tactful.constraints.base import Ask, Constraint
from tactful.knowledge import Channel
from tactful.records import Reason


def _earliest_ms(ask: Ask, channel: Channel, from_ms: int) -> int | None:
    path = ask.knowledge.prices.get(channel.name)
    return from_ms if path is None else path.earliest_ms(ask.bids[channel.name], from_ms)


def _because(ask: Ask, channel: Channel, from_ms: int) -> str:
    path = ask.knowledge.prices[channel.name]
    return (
        f"{channel.name} is at its provider's rate: worth {ask.bids[channel.name]:.4f}, the price "
        f"is {path.at(from_ms):.4f}"
    )


CONSTRAINT = Constraint(
    Reason.PRICE,
    _earliest_ms,
    timed=True,
    binds_critical=False,
    because=_because,
    by_channel=lambda kind: len(kind.channels) > 1,
    idle=lambda ask: not ask.knowledge.prices,
)
