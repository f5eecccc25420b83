"""A burst through `step` itself, many users' timers and the controller, under one virtual clock."""

from pathlib import Path

import pytest

from bench.burst_report import Told, draw, overtaken, per_window, rank_correlation, report
from bench.burst_traffic import VALUES, Burst, value_of
from bench.burst_virtual import START_MS, VirtualBurst
from tactful.records import Verdict

SMALL = Burst(requests=2_400, users=600, over_ms=10_000, rate_per_s=40.0)


@pytest.fixture(scope="module")
def simulated() -> VirtualBurst:
    found = VirtualBurst(SMALL)
    found.run()
    return found


def test_each_request_of_a_burst_has_one_final_verdict(simulated: VirtualBurst) -> None:
    found = report(SMALL, START_MS, simulated.ledger)
    assert found["lost"] == 0
    assert found["sent"] == found["with_one_final_verdict"] == SMALL.requests


def test_after_the_burst_the_rate_is_kept_until_the_queue_is_empty(
    simulated: VirtualBurst,
) -> None:
    found = report(SMALL, START_MS, simulated.ledger)["windows_of_5_s"]
    assert found["windows"] >= 7
    assert found["beyond_10_percent"] == 0, found


def test_the_dearest_go_first(simulated: VirtualBurst) -> None:
    found = report(SMALL, START_MS, simulated.ledger)
    best = found["rank_correlation_of_a_perfect_order"]
    assert best < -0.97
    assert found["rank_correlation_of_value_and_time"] < best + 0.01
    assert found["overtaken"] <= 0.01 * SMALL.requests


def test_who_waits_is_asked_a_few_times(simulated: VirtualBurst) -> None:
    assert 1 <= report(SMALL, START_MS, simulated.ledger)["holds_per_request"] <= 6


def test_the_picture_is_drawn_from_the_ledger(simulated: VirtualBurst, tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        draw(SMALL, START_MS, simulated.ledger, tmp_path / name)
    drawn = (tmp_path / "one.svg").read_text()
    assert drawn == (tmp_path / "two.svg").read_text()
    assert "<svg" in drawn


def told(name: str, value: float, at_ms: int, verdict: Verdict = Verdict.SEND) -> Told:
    return Told(name, f"value_{value:g}", verdict, at_ms)


def test_a_report_counts_what_was_lost_doubled_and_overtaken() -> None:
    burst = Burst(requests=5, users=5, over_ms=1_000, rate_per_s=1.0)
    found = report(
        burst,
        0,
        [
            told("a", 1, 500),
            told("b", 1, 1_500),
            told("c", 2, 1_400, Verdict.HOLD),
            told("c", 2, 2_600),
            told("d", 2, 3_000),
            told("d", 2, 3_100),
        ],
    )
    assert found["lost"] == 1
    assert found["with_one_final_verdict"] == 3
    assert found["sent_while_it_came"] == 1
    assert found["overtaken"] == 2
    assert found["windows_of_1_s"] == {
        "windows": 2,
        "beyond_10_percent": 0,
        "least_per_s": 1.0,
        "mean_per_s": 1.0,
        "most_per_s": 1.0,
    }
    assert found["holds_per_request"] == 0.2


def test_order_is_measured_by_ranks() -> None:
    assert rank_correlation([(1, 9.0), (2, 5.0), (3, 1.0)]) == -1
    assert rank_correlation([(1, 1.0), (2, 5.0), (3, 9.0)]) == 1
    assert rank_correlation([(1, 1.0), (2, 1.0)]) is None
    assert overtaken([(0, 1.0), (1_000, 2.0), (1_001, 2.0), (5_000, 0.5)]) == 1
    assert per_window([(0, 1.0), (999, 1.0), (2_000, 1.0)], 1_000) == [2, 0, 1]


def test_a_burst_is_what_it_says() -> None:
    asked = list(SMALL.asked(START_MS))
    assert len({each.id for each in asked}) == SMALL.requests
    assert len({each.user_id for each in asked}) == SMALL.users
    assert {value_of(each.type) for each in asked} == set(VALUES)
    assert [each.at_ms for each in asked] == sorted(each.at_ms for each in asked)
    assert asked[-1].at_ms - START_MS < SMALL.over_ms
