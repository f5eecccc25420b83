"""Counts of verdicts in buckets that slide: bounded in time and in names, whatever comes."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tactful.records import LedgerEntry, Reason, Verdict

BUCKET_MS = 10_000
BUCKETS = 90
MAX_CHANNELS = 64
"""Channels told apart; a further one is counted as `OTHER`."""
NO_CHANNEL = "none"
OTHER = "other"


class Key(NamedTuple):
    """What is counted apart."""

    verdict: Verdict
    reason: Reason
    channel: str


class FlowView(NamedTuple):
    """The buckets of a span, the oldest first; those in which nothing was decided are there too.

    Attributes:
        bucket_ms: how long one is.
        starts_ms: when each begins, epoch milliseconds.
        counts: verdicts of each bucket.
    """

    bucket_ms: int
    starts_ms: list[int]
    counts: list[Counter[Key]]

    @property
    def total(self) -> int:
        """All verdicts of the span."""
        return sum(each.total() for each in self.counts)

    def series(self, by: str, only: Verdict | None = None) -> dict[str, list[int]]:
        """Counts of each bucket by `verdict`, `reason` or `channel`, of one verdict if asked."""
        found: dict[str, list[int]] = {}
        for place, counted in enumerate(self.counts):
            for key, count in counted.items():
                if only not in (None, key.verdict):
                    continue
                name = str(getattr(key, by))
                found.setdefault(name, [0] * len(self.counts))[place] += count
        return found

    def totals(self, by: str) -> dict[str, int]:
        """Counts of the whole span by `verdict`, `reason` or `channel`, the largest first."""
        summed = {name: sum(counts) for name, counts in self.series(by).items()}
        return dict(sorted(summed.items(), key=lambda pair: (-pair[1], pair[0])))


class Flow:
    """Counts ledger entries by the moment of their decision.

    What was decided outside the span that is kept, or ahead of the clock by more than a bucket, is
    counted in `outside` and nowhere else: neither an old replay nor a wrong clock grows it.

    Args:
        bucket_ms: how long a bucket is.
        buckets: how many are kept.
    """

    def __init__(self, bucket_ms: int = BUCKET_MS, buckets: int = BUCKETS) -> None:
        self.bucket_ms = bucket_ms
        self.buckets = buckets
        self.taken = 0
        self.outside = 0
        self.newest_ms: int | None = None
        """The moment of the newest decision, of those not ahead of the clock."""
        self._counts: dict[int, Counter[Key]] = {}
        self._channels: set[str] = set()

    def take(self, entries: Iterable[LedgerEntry], now_ms: int) -> None:
        """Count entries.

        Args:
            entries: in any order.
            now_ms: the clock, epoch milliseconds.
        """
        last = now_ms // self.bucket_ms
        self._forget(last)
        for entry in entries:
            self.taken += 1
            slot = entry.decided_at_ms // self.bucket_ms
            if slot <= last + 1:
                self.newest_ms = max(self.newest_ms or 0, entry.decided_at_ms)
            if not last - self.buckets < slot <= last + 1:
                self.outside += 1
                continue
            key = Key(entry.verdict, entry.reason, self._channel(entry.channel))
            self._counts.setdefault(slot, Counter())[key] += 1

    def view(self, now_ms: int, buckets: int | None = None) -> FlowView:
        """The newest buckets, the one that the clock stands in included."""
        last = now_ms // self.bucket_ms
        self._forget(last)
        span = min(buckets or self.buckets, self.buckets)
        slots = range(last - span + 1, last + 1)
        return FlowView(
            self.bucket_ms,
            [slot * self.bucket_ms for slot in slots],
            [Counter(self._counts.get(slot, {})) for slot in slots],
        )

    def _forget(self, last: int) -> None:
        for slot in [each for each in self._counts if each <= last - self.buckets]:
            del self._counts[slot]

    def _channel(self, name: str | None) -> str:
        if name is None:
            return NO_CHANNEL
        if name not in self._channels:
            if len(self._channels) >= MAX_CHANNELS:
                return OTHER
            self._channels.add(name)
        return name
