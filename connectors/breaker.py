"""A circuit breaker with growing pauses, shared by all stores; time is handed in, never read."""

import enum
import random


class BreakerState(enum.IntEnum):
    """How a dependency stands; the numbers are what the metric shows."""

    CLOSED = 0
    HALF_OPEN = 1
    OPEN = 2


class Breaker:
    """Counts failures in a row and says when the next attempt is due.

    After each failure the pause doubles, from `pause_ms` to `max_pause_ms`, less up to a quarter
    so that many workers don't come back at the same instant. From `failures_to_open` failures on
    the breaker is open: until the pause is over nothing may be tried, then one probe may.
    """

    def __init__(
        self,
        *,
        failures_to_open: int = 2,
        pause_ms: int = 250,
        max_pause_ms: int = 4_000,
        seed: int | None = None,
    ) -> None:
        self.failures_to_open = failures_to_open
        self.pause_ms = pause_ms
        self.max_pause_ms = max_pause_ms
        self.failures = 0
        self._due_ms = 0
        self._jitter = random.Random(seed)  # noqa: S311 - it spreads retries, it guards nothing

    def due_in_ms(self, now_ms: int) -> int:
        """Milliseconds until the next attempt may be made; 0 when it may be made now."""
        return max(0, self._due_ms - now_ms) if self.failures else 0

    def state(self, now_ms: int) -> BreakerState:
        """How the dependency stands at `now_ms`."""
        if self.failures < self.failures_to_open:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self.due_in_ms(now_ms) else BreakerState.HALF_OPEN

    def succeeded(self) -> None:
        """An attempt went well: the breaker is closed and the pauses start small again."""
        self.failures = 0

    def failed(self, now_ms: int) -> int:
        """An attempt failed at `now_ms`; gives the pause in milliseconds before the next."""
        self.failures += 1
        pause = min(self.max_pause_ms, self.pause_ms << min(self.failures - 1, 20))
        pause -= int(pause * 0.25 * self._jitter.random())
        self._due_ms = now_ms + pause
        return pause
