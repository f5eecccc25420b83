"""The API's metrics, as declared in `tactful.metrics`: by route template, never by path."""

from prometheus_client import Counter, Gauge, Histogram

from connectors.prometheus import DeclaredMetrics, registry_of_process
from tactful.metrics import API_METRICS

SCOPE = "tactful_api_"


class ApiMetrics(DeclaredMetrics):
    """All metrics of one API, in a registry of its own; one attribute each."""

    requests: Counter
    request_ms: Histogram
    decision_ms: Histogram
    decisions: Counter
    open_requests: Gauge
    refused_logins: Counter
    audit_failures: Counter
    unreadable: Counter

    def __init__(self) -> None:
        super().__init__(API_METRICS, SCOPE, registry_of_process())
