"""The volume controller's metrics, as declared in `tactful.metrics`, in a Prometheus registry."""

from prometheus_client import Counter, Gauge, Histogram

from connectors.prometheus import DeclaredMetrics, registry_of_process
from tactful.metrics import VOLUME_METRICS

SCOPE = "tactful_volume_"
"""What stands before each name in Prometheus."""


class VolumeMetrics(DeclaredMetrics):
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
        super().__init__(VOLUME_METRICS, SCOPE, registry_of_process())
