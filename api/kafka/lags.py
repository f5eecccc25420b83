"""The lags of the jobs, asked for at most every few seconds, outside the event loop."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from confluent_kafka import KafkaException

from connectors.kafka.group_lags import GroupLag
from tactful.topics import AUDIT

KEEP_S = 4.0

JOBS = {
    "decide": "Decide job",
    "learn": "Learn job",
    "profile-sink": "Profile sink",
    "history-sink": "History sink",
    f"{AUDIT}-sink": "Audit sink",
    "webhooks": "Webhooks",
}
"""The consumer groups by the last word of their names, as people call them."""


def groups_of(prefix: str) -> list[str]:
    """The full names of the groups."""
    return [f"{prefix}.{word}" for word in JOBS]


class Lags(NamedTuple):
    """Lags as they were found; `trouble` says why there are none."""

    rows: Sequence[GroupLag] = ()
    trouble: str | None = None


class LagSource(Protocol):
    """What is asked: `connectors.kafka.group_lags.GroupLags` in production."""

    def read(self) -> Sequence[GroupLag]:
        """The lags by group and topic; it may wait."""


class CachedLags:
    """Asks a source in a thread, and remembers the answer for a moment.

    Args:
        make: gives the source, when it is first asked; None: there is nothing to ask.
        keep_s: how long an answer is good.
        now_s: a clock that does not go back.
    """

    def __init__(
        self,
        make: Callable[[], LagSource] | None,
        keep_s: float = KEEP_S,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._source: LagSource | None = None
        self._keep_s = keep_s
        self._now_s = now_s
        self._known: tuple[float, Lags] | None = None
        self._lock = asyncio.Lock()

    async def read(self) -> Lags:
        """The lags; one asks, and all who come meanwhile get the same answer."""
        if self._make is None:
            return Lags(trouble="not measured here")
        async with self._lock:
            if self._known is None or self._now_s() - self._known[0] > self._keep_s:
                found = await asyncio.to_thread(self._ask, self._make)
                self._known = (self._now_s(), found)
            return self._known[1]

    def _ask(self, make: Callable[[], LagSource]) -> Lags:
        try:
            if self._source is None:
                self._source = make()
            return Lags(tuple(self._source.read()))
        except KafkaException:
            return Lags(trouble="Kafka does not answer")
