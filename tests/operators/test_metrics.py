"""Metrics are declared once, counted as declared, and on the page that describes them."""

from itertools import chain
from pathlib import Path

import pytest
from fake_flink import Group

from operators.learn_metrics import LearnMetrics
from operators.metrics import FLUSH_INTERVAL_MS, Counter, Histogram, Metrics
from tactful import metrics as declared
from tactful.metrics import (
    API_METRICS,
    HISTORY_SINK_METRICS,
    LEARN_METRICS,
    METRICS,
    PROFILE_SINK_METRICS,
    VOLUME_METRICS,
    WEBHOOK_METRICS,
    Kind,
    Metric,
)

ALL = (
    METRICS,
    LEARN_METRICS,
    PROFILE_SINK_METRICS,
    HISTORY_SINK_METRICS,
    VOLUME_METRICS,
    WEBHOOK_METRICS,
    API_METRICS,
)
"""In the order of the page."""

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"


def row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels)
    return f"| `{metric.name}` | {metric.kind} | {metric.unit} | {labels} | {metric.meaning} |"


def test_the_page_lists_each_declared_metric_and_no_other() -> None:
    listed = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert listed == [row(metric) for metric in chain(*ALL)]


def test_each_declared_metric_has_what_its_kind_needs() -> None:
    for found in ALL:
        assert len({metric.name for metric in found}) == len(found)
    for metric in chain(*ALL):
        assert metric.unit
        assert metric.meaning.endswith(".")
        assert bool(metric.buckets) is (metric.kind is Kind.HISTOGRAM)
        assert list(metric.buckets) == sorted(set(metric.buckets))


def test_the_operator_binds_each_declared_metric() -> None:
    counts: dict[tuple[str, ...], int] = {}
    metrics = Metrics(Group(counts))
    metrics.verdict(("send", "allowed", "email"))
    metrics.dead_letter("unkeyed")
    metrics.flush(0)
    bound = {path[-1].removesuffix("_bucket") for path in counts}
    assert {metric.name for metric in METRICS} <= bound


def test_the_learn_operator_binds_each_of_its_own() -> None:
    counts: dict[tuple[str, ...], int] = {}
    metrics = LearnMetrics(Group(counts))
    for counter in vars(metrics).values():
        if isinstance(counter, Counter):
            counter.count(("x",))
    metrics.flush()
    assert {path[-1] for path in counts} == {metric.name for metric in LEARN_METRICS}


def test_a_counter_with_labels_makes_a_group_for_each_name_and_value() -> None:
    counts: dict[tuple[str, ...], int] = {}
    counter = Counter(Group(counts), declared.DEAD_LETTERS)
    for reason in ("unkeyed", "wrong_key", "unkeyed"):
        counter.count((reason,))
    assert counts == {}, "nothing is handed on before the flush"
    counter.flush()
    counter.flush()
    assert counts == {
        ("reason", "unkeyed", "dead_letters"): 2,
        ("reason", "wrong_key", "dead_letters"): 1,
    }


@pytest.mark.parametrize(
    ("value", "first"), [(0, "10"), (10, "10"), (11, "20"), (20, "20"), (21, "+Inf")]
)
def test_a_value_counts_in_its_bucket_and_in_all_larger_ones(value: int, first: str) -> None:
    counts: dict[tuple[str, ...], int] = {}
    histogram = Histogram(Group(counts), Metric("h", Kind.HISTOGRAM, "ms", "m.", (), (10, 20)))
    histogram.record(value)
    histogram.flush()
    bounds = ["10", "20", "+Inf"]
    expected = [int(bounds.index(bound) >= bounds.index(first)) for bound in bounds]
    assert [counts["le", bound, "h_bucket"] for bound in bounds] == expected
    assert counts[("h_count",)] == 1
    assert counts[("h_sum",)] == value


def test_counts_are_handed_on_once_a_second() -> None:
    counts: dict[tuple[str, ...], int] = {}
    metrics = Metrics(Group(counts))
    metrics.duplicates.count()
    assert metrics.flush_if_due(FLUSH_INTERVAL_MS)
    metrics.duplicates.count()
    assert metrics.pending
    assert not metrics.flush_if_due(2 * FLUSH_INTERVAL_MS - 1)
    assert metrics.flush_if_due(2 * FLUSH_INTERVAL_MS)
    assert counts["tactful", "duplicates"] == 2
    assert not metrics.pending
