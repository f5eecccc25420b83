"""When a request may go: the fixed point of its constraints, and the hours that follow it."""

from collections.abc import Sequence
from typing import NamedTuple

from tactful.composer.plan import Moment
from tactful.constraints import Ask, Constraint
from tactful.knowledge import Channel
from tactful.local_time import DAY_MS, HOUR_MS, hour_of_week, local_ms, offset_ms


class Hours(NamedTuple):
    """The full local hours after a moment, up to the horizon.

    Attributes:
        starts: when each begins.
        first: the hour of the week of the first; the others follow it, None where the clock
            changes on the way.
    """

    starts: range
    first: int | None


class Way:
    """The moments at which one request may go, and how far ahead it looks.

    Attributes:
        horizon_ms: no hour beyond it is waited for, epoch milliseconds.
        by_channel: whether the constraints' moments differ between channels.
        present: whether the user is there now.
    """

    __slots__ = ("ask", "by_channel", "horizon_ms", "present")

    def __init__(self, ask: Ask, *, by_channel: bool) -> None:
        self.ask = ask
        self.by_channel = by_channel
        timing = ask.knowledge.policy.timing
        # The wait for a better hour counts from when the request was first seen, so it ends.
        # `critical` never waits, whatever the policy says, and a digest has its hour.
        batched = ask.request.batch_key is not None and ask.kind.policy.batch is not None
        waits = not (ask.critical or batched or ask.in_digest_mode)
        priority = ask.request.priority
        within_ms = timing.best_time_within_ms.get(priority, 0) if waits and priority else 0
        self.horizon_ms = min(ask.expires_ms, ask.first_ms + within_ms)
        self.present = ask.present

    def settle(self, channel: Channel, timed: Sequence[Constraint], from_ms: int) -> Moment:
        """The fixed point of the constraints at or after a moment, None beyond expiry."""
        ask = self.ask
        moment = from_ms
        movers: list[Constraint] = []
        while True:
            before = moment
            for each in timed:
                earliest = each.earliest_ms(ask, channel, moment)
                if earliest == moment:
                    continue
                if each not in movers:
                    movers.append(each)
                if earliest is None or earliest > ask.expires_ms:
                    return Moment(None, tuple(movers))
                moment = earliest
            if moment == before:
                return Moment(moment, tuple(movers))

    def settled(
        self,
        channel: Channel,
        timed: Sequence[Constraint],
        from_ms: int,
        known: dict[object, object],
    ) -> Moment:
        """The same, worked out once for all channels where their moments are alike.

        Args:
            channel: which one.
            timed: the constraints to keep.
            from_ms: where to begin.
            known: what was worked out under the same constraints.
        """
        key = (channel.name if self.by_channel else "", from_ms)
        found = known.get(key)
        if found is None:
            found = known[key] = self.settle(channel, timed, from_ms)
        assert isinstance(found, Moment)
        return found

    def hours_after(self, from_ms: int) -> Hours:
        """The full local hours that begin after a moment, up to the horizon."""
        zone = self.ask.zone
        wall_ms = local_ms(zone, from_ms)
        start_ms = from_ms + HOUR_MS - wall_ms % HOUR_MS
        starts = range(start_ms, self.horizon_ms + 1, HOUR_MS)
        if not starts:
            return Hours(starts, 0)
        offset = offset_ms(zone, start_ms)
        # No zone changes its clocks twice within a day.
        looks = (*range(start_ms + DAY_MS, starts[-1], DAY_MS), starts[-1])
        if any(offset_ms(zone, at_ms) != offset for at_ms in looks):
            return Hours(starts, None)
        return Hours(starts, hour_of_week(local_ms(zone, start_ms)))

    def hour_of_week(self, at_ms: int) -> int:
        """The local hour of the week at a moment."""
        return hour_of_week(local_ms(self.ask.zone, at_ms))
