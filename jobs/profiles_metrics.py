"""The profile worker's metrics, each declared once with its kind, unit, meaning and labels."""

import dataclasses

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


@dataclasses.dataclass(frozen=True, slots=True)
class Declared:
    """One metric: its unit is the last word of its name, or a count."""

    name: str
    kind: type[Counter] | type[Gauge] | type[Histogram]
    unit: str
    meaning: str
    labels: tuple[str, ...] = ()


DECLARED = (
    Declared("tactful_profiles_rows", Counter, "rows", "rows written to Cassandra"),
    Declared("tactful_profiles_erased", Counter, "rows", "rows deleted, as the user was erased"),
    Declared(
        "tactful_profiles_superseded",
        Counter,
        "records",
        "snapshots not written, as the same batch held a newer one of that user",
    ),
    Declared(
        "tactful_profiles_retries", Counter, "attempts", "writes of a batch that Cassandra failed"
    ),
    Declared(
        "tactful_profiles_dead_letters",
        Counter,
        "records",
        "records that can never be written, by reason",
        ("reason",),
    ),
    Declared(
        "tactful_profiles_lag_records",
        Gauge,
        "records",
        "records of the topic that are not written yet, in this worker's partitions",
    ),
    Declared("tactful_profiles_partitions", Gauge, "partitions", "partitions this worker reads"),
    Declared(
        "tactful_profiles_assignments",
        Counter,
        "assignments",
        "times partitions were given to this worker; it grows when it left its group",
    ),
    Declared(
        "tactful_profiles_breaker_state",
        Gauge,
        "state",
        "how Cassandra stands: 0 closed (well), 1 half-open (a probe is due), 2 open (it rests)",
    ),
    Declared(
        "tactful_profiles_batch_seconds",
        Histogram,
        "seconds",
        "time from the first attempt to write a batch to its last acknowledgement",
    ),
    Declared(
        "tactful_profiles_age_seconds",
        Histogram,
        "seconds",
        "time from a record's entry into Kafka to its acknowledged row, oldest record of a batch",
    ),
)


class ProfileMetrics:
    """The declared metrics in a registry of their own; one attribute each."""

    rows: Counter
    erased: Counter
    superseded: Counter
    retries: Counter
    dead_letters: Counter
    lag_records: Gauge
    partitions: Gauge
    assignments: Counter
    breaker_state: Gauge
    batch_seconds: Histogram
    age_seconds: Histogram

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for metric in DECLARED:
            more = {"buckets": _SECONDS} if metric.kind is Histogram else {}
            made = metric.kind(
                metric.name,
                f"{metric.meaning} ({metric.unit})",
                metric.labels,
                registry=self.registry,
                **more,  # type: ignore[arg-type]
            )
            setattr(self, metric.name.removeprefix("tactful_profiles_"), made)
