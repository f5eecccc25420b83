"""The metrics of the webhook worker, as declared in `tactful.metrics`, in a Prometheus registry."""

from prometheus_client import Counter, Gauge

from connectors.prometheus import DeclaredMetrics, registry_of_process
from connectors.webhooks.outbox import Result
from tactful.metrics import WEBHOOK_METRICS

SCOPE = "tactful_webhooks_"


class WebhookMetrics(DeclaredMetrics):
    """What the worker counts; one attribute each."""

    attempts: Counter
    answers: Counter
    disabled: Counter
    unreadable: Counter
    pending: Gauge

    def __init__(self) -> None:
        super().__init__(WEBHOOK_METRICS, SCOPE, registry_of_process())

    def count(self, result: Result) -> None:
        """Note an answer, by the class of its status."""
        group = "none" if result.status == 0 else f"{result.status // 100}xx"
        self.answers.labels(group).inc()
