import inspect
import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from prometheus_client import Counter, Gauge, Histogram

from jobs.health import HealthServer
from jobs.sink_metrics import ProfileMetrics, SinkMetrics
from tactful.metrics import PROFILE_SINK_METRICS, Kind


def test_metrics_and_health_are_served_until_closed() -> None:
    metrics = ProfileMetrics()
    metrics.rows.inc(3)
    alive = True

    def health() -> tuple[bool, dict[str, Any]]:
        return alive, {"waiting_for": None}

    server = HealthServer("127.0.0.1", 0, metrics.registry, health)
    address = f"http://127.0.0.1:{server.port}"
    try:
        with urllib.request.urlopen(f"{address}/metrics") as answer:
            assert b"tactful_profiles_rows_total 3.0" in answer.read()
        with urllib.request.urlopen(f"{address}/healthz") as answer:
            assert json.load(answer) == {"alive": True, "waiting_for": None}
        alive = False
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{address}/healthz")
        assert refused.value.code == 503
        refused.value.close()
    finally:
        server.close()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address}/healthz")


def test_every_metric_is_declared_once_and_made_as_declared() -> None:
    names = [metric.name for metric in PROFILE_SINK_METRICS]
    assert len(set(names)) == len(names)
    kinds = {Kind.COUNTER: Counter, Kind.GAUGE: Gauge, Kind.HISTOGRAM: Histogram}
    made = ProfileMetrics()
    annotations = inspect.get_annotations(SinkMetrics) | inspect.get_annotations(ProfileMetrics)
    for metric in PROFILE_SINK_METRICS:
        assert type(getattr(made, metric.name)) is kinds[metric.kind]
        assert annotations[metric.name] is kinds[metric.kind]
    assert set(annotations) == set(names)
