"""Every metric of the decide job, declared once: its name, kind, unit, meaning and labels."""

import enum
from typing import NamedTuple


class Kind(enum.StrEnum):
    """What a metric is to Prometheus."""

    COUNTER = "counter"
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    """One metric.

    Attributes:
        name: without the scope that Flink puts before it.
        kind: counter or histogram.
        unit: of one count, or of the values in a histogram.
        meaning: when it goes up.
        labels: the names of its labels, in order.
        buckets: the upper bounds of a histogram's buckets, ascending; one without bound follows.
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[int, ...] = ()


VERDICTS = Metric(
    "verdicts",
    Kind.COUNTER,
    "verdicts",
    "Entries written to the ledger. `channel` is `none` where no channel was chosen.",
    ("verdict", "reason", "channel"),
)
DEAD_LETTERS = Metric(
    "dead_letters",
    Kind.COUNTER,
    "records",
    "Records that could not be taken, sent to the dead-letter topic.",
    ("reason",),
)
DUPLICATES = Metric(
    "duplicates",
    Kind.COUNTER,
    "records",
    "Records whose id was already seen; they change nothing.",
)
WAKEUPS = Metric(
    "wakeups",
    Kind.COUNTER,
    "wake-ups",
    "Timers that fired when something was due.",
)
KNOWLEDGE_UPDATES = Metric(
    "knowledge_updates",
    Kind.COUNTER,
    "records",
    "Knowledge records taken into use.",
)
DECISION_TIME = Metric(
    "decision_time_us",
    Kind.HISTOGRAM,
    "µs",
    "Time to decode a record, take its step and encode what it emits; one record in sixteen.",
    buckets=(5, 10, 20, 30, 50, 75, 100, 200, 500, 1_000, 5_000, 50_000),
)
LAG = Metric(
    "lag_ms",
    Kind.HISTOGRAM,
    "ms",
    "Age of a record (its `at_ms`) when it is taken; live only.",
    buckets=(5, 10, 20, 30, 60, 100, 250, 500, 1_000, 5_000, 30_000, 300_000),
)
STATE_SIZE = Metric(
    "state_size_bytes",
    Kind.HISTOGRAM,
    "bytes",
    "Size of a user's state when it is written; one write in sixteen.",
    buckets=(256, 512, 1_024, 1_536, 2_048, 3_072, 4_096, 8_192, 16_384, 65_536),
)

METRICS = (
    VERDICTS,
    DEAD_LETTERS,
    DUPLICATES,
    WAKEUPS,
    KNOWLEDGE_UPDATES,
    DECISION_TIME,
    LAG,
    STATE_SIZE,
)
