"""Every metric, declared once: its name, kind, unit, meaning and labels.

`METRICS` are those of the decide job, `LEARN_METRICS` those of the learn job,
`PROFILE_SINK_METRICS` those of the profile sink, `HISTORY_SINK_METRICS` those of the history and
the audit sink, `VOLUME_METRICS` those of the volume controller, `WEBHOOK_METRICS` those of the
webhook worker, `API_METRICS` those of the API.
"""

import enum
from typing import NamedTuple


class Kind(enum.StrEnum):
    """What a metric is to Prometheus."""

    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE = "gauge"


class Metric(NamedTuple):
    """One metric.

    Attributes:
        name: without the scope that Flink, or a worker (`tactful_profiles_`), puts before it.
        kind: counter, histogram or gauge.
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

LEARNED = Metric(
    "learned",
    Kind.COUNTER,
    "examples",
    "Examples a task has learned from, corrections included.",
    ("task",),
)
LEARN_COPIES = Metric(
    "learn_copies",
    Kind.COUNTER,
    "examples",
    "Examples whose id a task had seen already; they change nothing.",
    ("task",),
)
LEARN_LATE = Metric(
    "learn_late",
    Kind.COUNTER,
    "examples",
    "Examples that came after later ones were learned, as their partition had been idle.",
    ("task",),
)
LEARN_FAILED = Metric(
    "learn_failed",
    Kind.COUNTER,
    "examples",
    "Examples a task could not learn from; the log has the traceback.",
    ("task",),
)
DRIFTS = Metric(
    "drifts",
    Kind.COUNTER,
    "detections",
    "Times the loss of a task has risen for good; its steps are larger for a while.",
    ("task",),
)
PUBLISHED = Metric(
    "published",
    Kind.COUNTER,
    "snapshots",
    "Snapshots of a task that went to the knowledge topic.",
    ("task",),
)
LEARN_DEAD_LETTERS = Metric(
    "learn_dead_letters",
    Kind.COUNTER,
    "records",
    "Examples that could not be read, sent to the dead-letter topic.",
    ("reason",),
)

LEARN_METRICS = (
    LEARNED,
    LEARN_COPIES,
    LEARN_LATE,
    LEARN_FAILED,
    DRIFTS,
    PUBLISHED,
    LEARN_DEAD_LETTERS,
)

_WAITS_MS = (5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)

_SINK_METRICS = (
    Metric("retries", Kind.COUNTER, "attempts", "Attempts to write a batch that failed."),
    Metric(
        "dead_letters",
        Kind.COUNTER,
        "records",
        "Records that can never be written, sent to the dead-letter topic.",
        ("reason",),
    ),
    Metric(
        "lag_records",
        Kind.GAUGE,
        "records",
        "Records of the topic not written yet, in the partitions of this worker.",
    ),
    Metric("partitions", Kind.GAUGE, "partitions", "Partitions that this worker reads."),
    Metric(
        "assignments",
        Kind.COUNTER,
        "assignments",
        "Times this worker was given partitions; more than one when it or another came or left.",
    ),
    Metric(
        "breaker_state",
        Kind.GAUGE,
        "state",
        "How Cassandra stands: 0 closed (well), 1 half-open (a probe is due), 2 open (away).",
    ),
    Metric(
        "batch_ms",
        Kind.HISTOGRAM,
        "ms",
        "Time from the first attempt to write a batch to its last acknowledgement.",
        buckets=_WAITS_MS,
    ),
    Metric(
        "age_ms",
        Kind.HISTOGRAM,
        "ms",
        "Time from a record's entry into Kafka to its row; of the oldest record of a batch.",
        buckets=_WAITS_MS,
    ),
)

PROFILE_SINK_METRICS = (
    Metric("rows", Kind.COUNTER, "rows", "Rows written to Cassandra."),
    Metric("erased", Kind.COUNTER, "rows", "Rows deleted, as the user was erased."),
    Metric(
        "keys_destroyed",
        Kind.COUNTER,
        "keys",
        "Data keys destroyed, as the user was erased.",
    ),
    Metric(
        "cache_untold",
        Kind.COUNTER,
        "batches",
        "Batches of which Redis could not be told; all it holds is declared void afterwards.",
    ),
    Metric(
        "superseded",
        Kind.COUNTER,
        "records",
        "Snapshots not written, as the same batch held a newer one of that user.",
    ),
    *_SINK_METRICS,
)

HISTORY_SINK_METRICS = (
    Metric("rows", Kind.COUNTER, "rows", "Rows written to Cassandra."),
    Metric(
        "skipped",
        Kind.COUNTER,
        "records",
        "Records not written: past their 24 months, or of a user who was erased since.",
    ),
    Metric(
        "superseded",
        Kind.COUNTER,
        "records",
        "Records not written, as the same batch held them twice.",
    ),
    *_SINK_METRICS,
)

VOLUME_METRICS = (
    Metric("entries", Kind.COUNTER, "entries", "Ledger entries read."),
    Metric(
        "refused",
        Kind.COUNTER,
        "records",
        "Ledger entries and knowledge records that could not be read; they are passed over.",
    ),
    Metric("paths", Kind.COUNTER, "paths", "Price paths published.", ("channel",)),
    Metric(
        "failed_writes",
        Kind.COUNTER,
        "attempts",
        "Attempts to publish that Kafka did not acknowledge; the next follows within a second.",
    ),
    Metric("rate", Kind.GAUGE, "sends/s", "What the policy allows.", ("channel",)),
    Metric("price", Kind.GAUGE, "value", "What a send must be worth now.", ("channel",)),
    Metric("waiting", Kind.GAUGE, "requests", "Requests that wait for the price.", ("channel",)),
    Metric(
        "scheduled",
        Kind.GAUGE,
        "requests",
        "Requests that wait for the channel for another reason.",
        ("channel",),
    ),
    Metric("lag_ms", Kind.GAUGE, "ms", "From a verdict to its being seen, smoothed."),
    Metric(
        "tick_ms",
        Kind.HISTOGRAM,
        "ms",
        "Time to work out the prices of all channels once.",
        buckets=(1, 2, 5, 10, 20, 50, 100, 250, 1_000),
    ),
)

WEBHOOK_METRICS = (
    Metric("attempts", Kind.COUNTER, "attempts", "Attempts to deliver that were begun."),
    Metric(
        "answers",
        Kind.COUNTER,
        "answers",
        "Attempts that ended, by the class of the status (`2xx`); `none` where no answer came.",
        ("group",),
    ),
    Metric(
        "disabled",
        Kind.COUNTER,
        "subscriptions",
        "Subscriptions disabled, as the endpoint is gone, kept failing, or fell too far behind.",
    ),
    Metric(
        "unreadable",
        Kind.COUNTER,
        "records",
        "Ledger entries and profile updates that could not be read; they are passed over.",
    ),
    Metric("pending", Kind.GAUGE, "deliveries", "Deliveries that are not done."),
)

API_METRICS = (
    Metric(
        "requests",
        Kind.COUNTER,
        "requests",
        "Requests answered; `route` is the template, never a path.",
        ("route", "method", "status"),
    ),
    Metric(
        "request_ms",
        Kind.HISTOGRAM,
        "ms",
        "Time from a request's first byte to the last of its answer.",
        ("route",),
        (1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000),
    ),
    Metric(
        "decision_ms",
        Kind.HISTOGRAM,
        "ms",
        "Time from a synchronous request to its verdict, or to its deadline.",
        buckets=(5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000),
    ),
    Metric(
        "decisions",
        Kind.COUNTER,
        "requests",
        "Synchronous requests by what came of them: a verdict, or `pending`.",
        ("outcome",),
    ),
    Metric("open_requests", Kind.GAUGE, "requests", "Requests being worked on."),
    Metric("refused_logins", Kind.COUNTER, "requests", "Token requests that were refused."),
    Metric(
        "audit_failures",
        Kind.COUNTER,
        "records",
        "Audit records that could not be written; where it was known in time, nothing was read.",
    ),
    Metric(
        "unreadable",
        Kind.COUNTER,
        "records",
        "Stored records that can't be decoded, each time one is met; `table` is where it stands.",
        ("table",),
    ),
)
