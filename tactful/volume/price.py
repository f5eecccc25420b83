"""The price of a channel over time, as the volume controller publishes it.

A notification bids what its send is worth (its utility). It passes as soon as the price is at or
below its bid, so a provider's rate is kept without a counter that users share. Bids of equal worth
are told apart by a share of the decision's hash too small to outweigh any difference of worth.
"""

from bisect import bisect_right
from itertools import pairwise
from typing import Annotated

import msgspec

from tactful.records.common import TimeMs

TIE_WIDTH = 1e-6
"""How far the hash may raise a bid: below the sixth decimal, to which scores are rounded."""

MAX_STEPS = 256


class PriceError(ValueError):
    """A price that can't be used; the message names the key, what was found, what is allowed."""


class PriceStep(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """From a moment on the price is this, until the next step."""

    from_ms: TimeMs
    price: Annotated[float, msgspec.Meta(ge=0.0, le=1e9)]


class PricePath(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The price of a channel from each step on, in the order of time; free before the first.

    Attributes:
        steps: the last one holds for ever, so a controller that may die ends with a price of 0.
        version: which publication it is, for the ledger's readers.
    """

    steps: Annotated[tuple[PriceStep, ...], msgspec.Meta(min_length=1, max_length=MAX_STEPS)]
    version: int = 0

    def at(self, at_ms: int) -> float:
        """The price at a moment."""
        index = bisect_right(self.steps, at_ms, key=_start)
        return self.steps[index - 1].price if index else 0.0

    def earliest_ms(self, bid: float, from_ms: int) -> int | None:
        """The first moment at or after `from_ms` at which a bid passes, None for never."""
        index = bisect_right(self.steps, from_ms, key=_start)
        if not index or self.steps[index - 1].price <= bid:
            return from_ms
        for step in self.steps[index:]:
            if step.price <= bid:
                return step.from_ms
        return None


def _start(step: PriceStep) -> int:
    return step.from_ms


_decoder = msgspec.json.Decoder(PricePath)


def parse_price(value: bytes) -> PricePath:
    """A price path from JSON.

    Raises:
        PriceError: it is no price path, or its steps are not in the order of time.
    """
    try:
        path = _decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise PriceError(f"price: {error}") from error
    times = [step.from_ms for step in path.steps]
    if any(later <= earlier for earlier, later in pairwise(times)):
        raise PriceError(f"price: steps: found the times {times}, allowed: each after the last")
    return path


def tie_break(decision_id: str) -> float:
    """What a decision's bid gains by its hash: in [0, `TIE_WIDTH`)."""
    return int(decision_id[:8], 16) / 2**32 * TIE_WIDTH
