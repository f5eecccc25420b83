"""The API's metrics, as declared in `tactful.metrics`: by route template, never by path."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from tactful.metrics import API_METRICS, Kind

SCOPE = "tactful_api_"


class ApiMetrics:
    """All metrics of one API, in a registry of its own; one attribute each."""

    requests: Counter
    request_ms: Histogram
    decision_ms: Histogram
    decisions: Counter
    open_requests: Gauge
    refused_logins: Counter
    audit_failures: Counter

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        for metric in API_METRICS:
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
