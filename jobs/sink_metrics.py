"""The metrics of the sinks, as declared in `tactful.metrics`, in a Prometheus registry."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from connectors.cassandra.sink import Written
from connectors.prometheus import DeclaredMetrics, registry_of_process
from tactful.metrics import HISTORY_SINK_METRICS, PROFILE_SINK_METRICS

SCOPE = "tactful_profiles_"
"""What stands before each name of the profile sink in Prometheus."""

HISTORY_SCOPE = "tactful_history_"
AUDIT_SCOPE = "tactful_audit_"


class SinkMetrics(DeclaredMetrics):
    """What every sink counts; one attribute each."""

    rows: Counter
    superseded: Counter
    retries: Counter
    dead_letters: Counter
    lag_records: Gauge
    partitions: Gauge
    assignments: Counter
    breaker_state: Gauge
    batch_ms: Histogram
    age_ms: Histogram

    def count(self, written: Written) -> None:
        """Note what a batch came to."""
        self.rows.inc(written.rows)


class ProfileMetrics(SinkMetrics):
    """Those of the profile sink."""

    erased: Counter
    keys_destroyed: Counter
    cache_untold: Counter

    def __init__(self) -> None:
        super().__init__(PROFILE_SINK_METRICS, SCOPE, registry_of_process())

    def count(self, written: Written) -> None:
        """Note what a batch came to."""
        super().count(written)
        self.erased.inc(written.erased)
        self.keys_destroyed.inc(written.keys_destroyed)
        self.cache_untold.inc(written.untold)


class HistoryMetrics(SinkMetrics):
    """Those of the history sink, and of the audit sink."""

    skipped: Counter

    def __init__(self, scope: str, registry: CollectorRegistry) -> None:
        super().__init__(HISTORY_SINK_METRICS, scope, registry)

    def count(self, written: Written) -> None:
        """Note what a batch came to."""
        super().count(written)
        self.skipped.inc(written.skipped)
