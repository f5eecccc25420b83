"""The dosage curve: the formula of the dosage, seen over time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.engagement.section import decay
from tactful.fatigue import steady_dosage
from tactful.fatigue.curve import dosage_curve
from tactful.local_time import DAY_MS, HOUR_MS

HALF_MS = 2 * DAY_MS


def test_a_send_shows_as_a_step_of_one() -> None:
    points = dosage_curve([HOUR_MS], 0, 2 * HOUR_MS, HOUR_MS, HOUR_MS)
    assert [(p.at_ms, p.dosage) for p in points] == [
        (0, 0.0),
        (HOUR_MS, 0.0),
        (HOUR_MS, 0.0),
        (HOUR_MS, 1.0),
        (2 * HOUR_MS, 0.5),
    ]


def test_a_steady_rhythm_meets_the_steady_dosage() -> None:
    sends = [day * DAY_MS for day in range(60)]
    points = dosage_curve(sends, 0, 60 * DAY_MS, DAY_MS, HALF_MS)
    assert points[-1].dosage == pytest.approx(steady_dosage(7.0, HALF_MS), rel=1e-6)


@given(
    st.lists(st.integers(-5 * DAY_MS, 5 * DAY_MS), max_size=30),
    st.sampled_from([HOUR_MS, 5 * HOUR_MS]),
)
def test_law_each_point_is_the_sum_of_what_the_sends_still_weigh(
    sends: list[int], step_ms: int
) -> None:
    points = dosage_curve(sends, 0, 5 * DAY_MS, step_ms, HALF_MS)
    assert [p.at_ms for p in points] == sorted(p.at_ms for p in points)
    last = {p.at_ms: p.dosage for p in points}
    for at_ms, dosage in last.items():
        weights = sum(decay(sent, at_ms, HALF_MS) for sent in sends if sent <= at_ms)
        assert dosage == pytest.approx(weights, abs=1e-9)
