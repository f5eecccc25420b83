"""How options are scored: by worth (`by_worth`), or by models (`by_model`)."""

from collections.abc import Sequence
from typing import Protocol

from tactful.composer.best import Best
from tactful.composer.plan import Moment
from tactful.constraints import Constraint
from tactful.engagement.part import Estimate
from tactful.knowledge import Channel


class Scorer(Protocol):
    """What a composition asks of it."""

    def estimate(self, channel: Channel) -> Estimate | None:
        """The user's smoothed engagement rate on a channel; None where a model scores."""
        ...

    def utility(self, channel: Channel, at_ms: int) -> float:
        """What a send at a moment is worth."""
        ...

    def chosen(
        self, channel: Channel, timed: Sequence[Constraint], known: dict[object, object]
    ) -> tuple[Moment, int, float]:
        """From when on a channel could go, the moment to choose, and its utility.

        Args:
            channel: which one.
            timed: the constraints to keep.
            known: what was worked out for other channels under the same constraints.
        """
        ...

    def slots(
        self,
        channel: Channel,
        timed: Sequence[Constraint],
        known: dict[object, object],
        best: Best,
    ) -> list[tuple[float, int]]:
        """The candidates of a channel with their utilities, in no order.

        Args:
            channel: which one.
            timed: the constraints to keep.
            known: what was worked out for other channels under the same constraints.
            best: what was found on all channels; what can't be among it is left out.
        """
        ...
