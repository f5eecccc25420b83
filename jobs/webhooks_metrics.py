"""The metrics of the webhook worker, as declared in `tactful.metrics`, in a Prometheus registry."""

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector

from connectors.webhooks.outbox import Result
from tactful.metrics import WEBHOOK_METRICS, Kind

SCOPE = "tactful_webhooks_"


class WebhookMetrics:
    """What the worker counts; one attribute each."""

    attempts: Counter
    answers: Counter
    disabled: Counter
    unreadable: Counter
    pending: Gauge

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        for metric in WEBHOOK_METRICS:
            kind = Counter if metric.kind is Kind.COUNTER else Gauge
            meaning = f"{metric.meaning} ({metric.unit})"
            made = kind(SCOPE + metric.name, meaning, metric.labels, registry=self.registry)
            setattr(self, metric.name, made)

    def count(self, result: Result) -> None:
        """Note an answer, by the class of its status."""
        group = "none" if result.status == 0 else f"{result.status // 100}xx"
        self.answers.labels(group).inc()
