"""The API's metrics for Prometheus: counts and times by route template, never by path."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class ApiMetrics:
    """All metrics of one API, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tactful_api_requests_total",
            "Requests answered, by route, method and status",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "tactful_api_request_seconds",
            "Time from the first byte to the last, by route, seconds",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.decision_seconds = Histogram(
            "tactful_api_decision_seconds",
            "Time from a synchronous request to its verdict, seconds",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.decisions = Counter(
            "tactful_api_decisions_total",
            "Synchronous requests by what came of them: a verdict, or pending",
            ["outcome"],
            registry=self.registry,
        )
        self.open_requests = Gauge(
            "tactful_api_open_requests", "Requests being worked on", registry=self.registry
        )
        self.refused_logins = Counter(
            "tactful_api_refused_logins_total",
            "Token requests that were refused",
            registry=self.registry,
        )
        self.audit_failures = Counter(
            "tactful_api_audit_failures_total",
            "Answers withheld because no audit record could be written",
            registry=self.registry,
        )
