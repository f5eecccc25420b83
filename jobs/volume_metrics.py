"""The volume controller's metrics, as declared in `tactful.metrics`, in a Prometheus registry."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from tactful.metrics import VOLUME_METRICS, Kind

SCOPE = "tactful_volume_"
"""What stands before each name in Prometheus."""


class VolumeMetrics:
    """The declared metrics in a registry of their own; one attribute each."""

    entries: Counter
    refused: Counter
    paths: Counter
    failed_writes: Counter
    rate: Gauge
    price: Gauge
    waiting: Gauge
    scheduled: Gauge
    lag_ms: Gauge
    tick_ms: Histogram

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # CPU seconds, memory, open files
        for metric in VOLUME_METRICS:
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
