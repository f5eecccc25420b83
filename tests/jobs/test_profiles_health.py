import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from prometheus_client import Counter, Gauge

from jobs.health import HealthServer
from jobs.profiles_metrics import DECLARED, ProfileMetrics


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


def test_every_metric_is_declared_once_with_unit_and_meaning() -> None:
    names = [metric.name for metric in DECLARED]
    assert len(set(names)) == len(names)
    for metric in DECLARED:
        assert metric.unit
        assert len(metric.meaning.split()) >= 3
    made = ProfileMetrics()
    for name, kind in ProfileMetrics.__annotations__.items():
        assert isinstance(getattr(made, name), kind)
        assert kind in {Counter, Gauge} or name.endswith("_seconds")
    assert {n.removeprefix("tactful_profiles_") for n in names} == set(
        ProfileMetrics.__annotations__
    )
