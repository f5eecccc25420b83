"""Counts decayed engagement by segment: of channels, of types, of the hours of the day.

A send decided at t weighs 2^((t - t0) / half-life) for a fixed t0 (forward decay: Cormode,
Shkapenyuk, Srivastava and Xu, 2009, ICDE): ratios need no decay at all, and a correction finds the
weight that its send was counted with. When weights grow large all are scaled down together.
"""

from collections.abc import Iterator
from typing import Any

from tactful.learning.census import Census
from tactful.local_time import DAY_MS
from tactful.models import Form, RateTable, Snapshot, Task
from tactful.models.snapshot import HOURS, Pair
from tactful.records import Example

HALF_LIFE_MS = 28 * DAY_MS
RESCALE_MS = 20 * HALF_LIFE_MS
"""t0 moves on when weights have grown a millionfold."""
MAX_SEGMENTS = 64
MAX_NAMES = 64
"""Channels, and types, of a segment; the one with the least sends gives way."""
EVERYONE = ""
HOUR_SENDS = 10.0
"""How many sends at the average rate an hour is given before it has any."""

MIN_EXAMPLES = 100

_Counts = list[float]  # sent, engaged


class RatesTrainer:
    """What is learned of rates."""

    def __init__(self) -> None:
        self.census = Census()
        self._t0_ms = 0
        self._tables: dict[str, dict[str, dict[str, _Counts]]] = {
            group: {} for group in ("channel", "type", "hour")
        }

    @property
    def ready(self) -> bool:
        """Whether there is anything to publish."""
        return self.census.examples >= MIN_EXAMPLES

    def learn(self, example: Example) -> bool:
        """One example, or the correction of one; never drift."""
        if not self._t0_ms:
            self._t0_ms = example.at_ms
        weight = self._weight(example.at_ms)
        engaged = float(example.labels["engaged"])
        if example.corrects is None:
            self.census.count(example)
            sent = weight
        else:
            sent = 0.0
            engaged -= float(example.corrects["engaged"])
            self.census.seen(example)
            self.census.corrections += bool(engaged)
        if sent or engaged:
            for counts in self._places(example, grow=example.corrects is None):
                counts[0] += sent
                # A correction of what gave way, or was never counted, must not go below nothing.
                counts[1] = min(max(counts[1] + engaged * weight, 0.0), counts[0])
        return False

    def fill(self, version: str, now_ms: int) -> Snapshot:
        """The snapshot as of now, in sends of now."""
        unit = _weight_at(max(0, now_ms - self._t0_ms)) if self._t0_ms else 1.0

        def table(group: str) -> dict[str, dict[str, Pair]]:
            return {
                segment: {name: Pair(s / unit, min(e, s) / unit) for name, (s, e) in names.items()}
                for segment, names in self._tables[group].items()
            }

        hours = {segment: _hours(names, unit) for segment, names in self._tables["hour"].items()}
        everyone = self._tables["channel"].get(EVERYONE, {}).values()
        sent, engaged = sum(each[0] for each in everyone), sum(each[1] for each in everyone)
        return Snapshot(
            task=Task.RATES,
            version=version,
            trained_at_ms=now_ms,
            examples=self.census.examples,
            form=Form.RATES,
            rates=RateTable(channel=table("channel"), type=table("type"), hour=hours),
            metrics={
                "rate": engaged / sent if sent else 0.0,
                "decayed_sends": sent / unit,
                "segments": float(len(self._tables["channel"])),
            },
            card={
                "question": "how often a send is engaged with, by segment and channel, type, hour",
                "data": self.census.told(),
                "learning": {"half_life_ms": HALF_LIFE_MS},
            },
        )

    def numbers(self) -> dict[str, Any]:
        """The whole state."""
        return {"t0_ms": self._t0_ms, "tables": self._tables, "census": self.census.numbers()}

    def restore(self, numbers: dict[str, Any]) -> None:
        """Go on from `numbers`."""
        self._t0_ms, self._tables = numbers["t0_ms"], numbers["tables"]
        self.census.restore(numbers["census"])

    def _weight(self, at_ms: int) -> float:
        if at_ms - self._t0_ms > RESCALE_MS:
            factor = _weight_at(self._t0_ms - at_ms)
            for table in self._tables.values():
                for names in table.values():
                    for counts in names.values():
                        counts[0] *= factor
                        counts[1] *= factor
            self._t0_ms = at_ms
        return _weight_at(at_ms - self._t0_ms)

    def _places(self, example: Example, *, grow: bool) -> Iterator[_Counts]:
        hour = next((name[5:] for name in example.features if name.startswith("hour:")), None)
        for segment in dict.fromkeys((EVERYONE, example.segment)):
            for group, name in (
                ("channel", example.channel),
                ("type", example.type),
                ("hour", hour),
            ):
                if name is None:
                    continue
                table = self._tables[group]
                if segment not in table:
                    if not grow:
                        continue
                    _give_way(table, MAX_SEGMENTS)
                    table[segment] = {}
                names = table[segment]
                if name not in names:
                    if not grow:
                        continue
                    while len(names) >= MAX_NAMES:
                        del names[min(names, key=lambda each: (names[each][0], each))]
                    names[name] = [0.0, 0.0]
                yield names[name]


def _weight_at(since_ms: int) -> float:
    return float(2.0 ** (since_ms / HALF_LIFE_MS))


def _give_way(table: dict[str, dict[str, _Counts]], most: int) -> None:
    while len(table) >= most:
        sends = {
            segment: sum(each[0] for each in names.values())
            for segment, names in table.items()
            if segment != EVERYONE
        }
        del table[min(sends, key=lambda each: (sends[each], each))]


def _hours(names: dict[str, _Counts], unit: float) -> tuple[float, ...]:
    """Engagements by hour as if sends had been spread evenly over the day.

    rate(h) = (engaged_h + m r) / (sent_h + m), r the rate over all hours; times sends / 24. So an
    hour is not taken for a good one because much was sent in it.
    """
    sent = sum(each[0] for each in names.values()) / unit
    engaged = sum(each[1] for each in names.values()) / unit
    if not sent:
        return (0.0,) * HOURS
    found = []
    for hour in range(HOURS):
        hour_sent, hour_engaged = names.get(str(hour), (0.0, 0.0))
        shrunk = hour_engaged / unit + HOUR_SENDS * engaged / sent
        found.append(shrunk / (hour_sent / unit + HOUR_SENDS) * sent / HOURS)
    return tuple(found)
