"""Metrics as they are declared in `tactful.metrics`, in a Prometheus registry."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

from tactful.metrics import Kind, Metric


def registry_of_process() -> CollectorRegistry:
    """A registry that knows the process: CPU seconds, memory, open files."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


class DeclaredMetrics:
    """Declared metrics, one attribute each; who inherits says of which type they are.

    Args:
        declared: the metrics.
        scope: what stands before each name in Prometheus.
        registry: where they are shown.
    """

    def __init__(self, declared: Iterable[Metric], scope: str, registry: CollectorRegistry) -> None:
        self.registry = registry
        for metric in declared:
            setattr(self, metric.name, _made(metric, scope, registry))


def _made(metric: Metric, scope: str, registry: CollectorRegistry) -> Counter | Gauge | Histogram:
    name, meaning = scope + metric.name, f"{metric.meaning} ({metric.unit})"
    match metric.kind:
        case Kind.COUNTER:
            return Counter(name, meaning, metric.labels, registry=registry)
        case Kind.GAUGE:
            return Gauge(name, meaning, metric.labels, registry=registry)
        case Kind.HISTOGRAM:
            return Histogram(
                name, meaning, metric.labels, buckets=metric.buckets, registry=registry
            )
