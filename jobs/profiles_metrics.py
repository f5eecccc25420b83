"""The profile sink's metrics, as declared in `tactful.metrics`, in a Prometheus registry."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from tactful.metrics import PROFILE_SINK_METRICS, Kind

SCOPE = "tactful_profiles_"
"""What stands before each name in Prometheus."""


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
    batch_ms: Histogram
    age_ms: Histogram

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # CPU seconds, memory, open files
        for metric in PROFILE_SINK_METRICS:
            name, meaning = SCOPE + metric.name, f"{metric.meaning} ({metric.unit})"
            made: Counter | Gauge | Histogram
            match metric.kind:
                case Kind.COUNTER:
                    made = Counter(name, meaning, metric.labels, registry=self.registry)
                case Kind.GAUGE:
                    made = Gauge(name, meaning, metric.labels, registry=self.registry)
                case Kind.HISTOGRAM:
                    made = Histogram(
                        name,
                        meaning,
                        metric.labels,
                        buckets=metric.buckets,
                        registry=self.registry,
                    )
            setattr(self, metric.name, made)
