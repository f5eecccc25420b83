"""Counts what holdbacks tell: by type, how often the outcome comes with and without the sends.

A user counts once a type, with the first window: rows must be independent. Who was counted is
remembered in a Bloom filter (Bloom, 1970, CACM 13): a false positive loses a row, whatever its
group and outcome, so it can't bias the difference.
"""

from hashlib import blake2b
from typing import Any

from tactful.evaluation import UpliftSequence
from tactful.learning.census import Census
from tactful.models import Form, Gain, Snapshot, Task
from tactful.records import Example

FILTER_BITS = 1 << 21
"""256 KiB; 3 % of rows are lost at 250,000 marks, two marks a row."""
HASHES = 3
MAX_TYPES = 64
CONFIDENCE = 0.95
TREATED = "treated"
CONTROL = "control"

_Counts = dict[str, list[int]]  # by group: rows, ones


class Bloom:
    """A set of texts that may say yes wrongly and never no wrongly."""

    def __init__(self, bits: bytes = b"") -> None:
        self._bits = bytearray(bits or bytes(FILTER_BITS // 8))

    def __contains__(self, text: str) -> bool:
        return all(self._bits[place >> 3] >> (place & 7) & 1 for place in _places(text))

    def add(self, text: str) -> None:
        """Remember a text."""
        for place in _places(text):
            self._bits[place >> 3] |= 1 << (place & 7)

    def __bytes__(self) -> bytes:
        return bytes(self._bits)


class UpliftTrainer:
    """What is learned of the types that have a holdback."""

    def __init__(self) -> None:
        self.census = Census()
        self._counted = Bloom()
        self._types: dict[str, _Counts] = {}

    @property
    def ready(self) -> bool:
        """Whether there is anything to publish."""
        return bool(self._types)

    def learn(self, example: Example) -> bool:
        """One example, or the correction of one; never drift."""
        kind, group = example.type, example.group
        if kind is None or group not in (TREATED, CONTROL):
            self.census.refused += 1
            return False
        outcome = example.labels["outcome"]
        window = f"w {example.decision_id}"
        if example.corrects is not None:
            self.census.seen(example)
            change = outcome - example.corrects["outcome"]
            counts = self._types.get(kind)
            if change and counts is not None and window in self._counted:
                rows, ones = counts[group]
                counts[group][1] = min(max(ones + change, 0), rows)
                self.census.corrections += 1
            return False
        unit = f"u {len(kind)} {kind} {example.user_id}"
        if unit in self._counted:
            return False
        counts = self._types.get(kind)
        if counts is None:
            if len(self._types) >= MAX_TYPES:
                self.census.refused += 1
                return False
            counts = self._types[kind] = {TREATED: [0, 0], CONTROL: [0, 0]}
        self._counted.add(unit)
        self._counted.add(window)
        counts[group][0] += 1
        counts[group][1] += outcome
        self.census.count(example)
        return False

    def fill(self, version: str, now_ms: int) -> Snapshot:
        """The snapshot as of now."""
        return Snapshot(
            task=Task.UPLIFT,
            version=version,
            trained_at_ms=now_ms,
            examples=self.census.examples,
            form=Form.UPLIFT,
            gains={kind: _gain(counts) for kind, counts in sorted(self._types.items())},
            metrics={"types": float(len(self._types))},
            card={
                "question": "what sending a type adds to the rate of its holdback's event",
                "data": self.census.told(),
                "learning": {
                    "interval": "asymptotic confidence sequence (docs/evaluation.md)",
                    "confidence": CONFIDENCE,
                },
            },
        )

    def numbers(self) -> dict[str, Any]:
        """The whole state."""
        return {
            "types": self._types,
            "counted": bytes(self._counted),
            "census": self.census.numbers(),
        }

    def restore(self, numbers: dict[str, Any]) -> None:
        """Go on from `numbers`."""
        self._types = numbers["types"]
        self._counted = Bloom(numbers["counted"])
        self.census.restore(numbers["census"])


def _gain(counts: _Counts) -> Gain:
    treated, control = counts[TREATED], counts[CONTROL]
    sequence = UpliftSequence.of_shares(
        (treated[0], treated[1]), (control[0], control[1]), CONFIDENCE
    )
    interval = sequence.interval()
    return Gain(
        treated=treated[0],
        control=control[0],
        treated_rate=treated[1] / treated[0] if treated[0] else 0.0,
        control_rate=control[1] / control[0] if control[0] else 0.0,
        value=sequence.value,
        low=None if interval is None else interval.low,
        high=None if interval is None else interval.high,
        confidence=CONFIDENCE,
    )


def _places(text: str) -> list[int]:
    digest = blake2b(text.encode(), digest_size=4 * HASHES).digest()
    return [
        int.from_bytes(digest[at : at + 4], "little") % FILTER_BITS
        for at in range(0, 4 * HASHES, 4)
    ]
