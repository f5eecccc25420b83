"""Rates by segment: shrunk from the segment to everyone to the policy's prior."""

import pytest

from tactful.models import Form, Rates, RateTable, Snapshot, Task
from tactful.models.snapshot import Pair


def rates(table: RateTable) -> Rates:
    return Rates(
        Snapshot(
            task=Task.RATES,
            version="1",
            trained_at_ms=0,
            examples=0,
            form=Form.RATES,
            rates=table,
        )
    )


TABLE = RateTable(
    channel={"": {"email": Pair(80.0, 40.0)}, "new": {"email": Pair(20.0, 0.0)}},
    type={"": {"promotion": Pair(20.0, 20.0)}},
    hour={"": (48.0,) + (0.0,) * 23, "new": (0.0,) * 23 + (48.0,)},
)


def test_a_segment_is_shrunk_to_everyone_and_everyone_to_the_prior() -> None:
    found = rates(TABLE).channel("new", "email", prior=0.1)
    everyone = (40 + 20 * 0.1) / 100
    assert found.prob == pytest.approx((0 + 20 * everyone) / 40)
    assert found.segment_weight == pytest.approx(0.5)
    assert found.global_weight == pytest.approx(0.4)
    assert found.prior_weight == pytest.approx(0.1)


@pytest.mark.parametrize("segment", ["", "other"])
def test_an_unknown_segment_has_everyones_rate(segment: str) -> None:
    assert rates(TABLE).type(segment, "promotion", prior=0.0) == (0.5, 0.0, 0.5, 0.5)


def test_without_any_data_the_prior_holds() -> None:
    assert rates(RateTable()).channel("new", "sms", prior=0.3) == (0.3, 0.0, 0.0, 1.0)
    assert rates(RateTable()).overall(prior=0.3).prob == 0.3
    usual = (1.0, 3.0, *(0.0,) * 22)
    assert rates(RateTable()).hours("new", usual) == (0.25, 0.75, *(0.0,) * 22)


def test_the_overall_rate_is_that_of_all_channels() -> None:
    assert rates(TABLE).overall(prior=0.1).prob == pytest.approx((40 + 2) / 100)


FLAT = (1.0,) * 24


def test_hours_are_shrunk_too_and_add_up_to_one() -> None:
    everyone = rates(TABLE).hours("", FLAT)
    assert everyone[0] == pytest.approx((48 + 48 / 24) / 96)
    assert everyone[1] == pytest.approx(0.5 / 24)
    new = rates(TABLE).hours("new", FLAT)
    assert new[23] == pytest.approx((48 + 48 * 0.5 / 24) / 96)
    assert new[0] == pytest.approx(everyone[0] / 2)
    assert rates(TABLE).hours("other", FLAT) == everyone
    for hours in (everyone, new):
        assert sum(hours) == pytest.approx(1.0)


def test_hours_follow_another_usual_at_once() -> None:
    known = rates(TABLE)
    known.hours("new", FLAT)
    early = (1.0, *(0.0,) * 23)
    assert known.hours("new", early) == rates(TABLE).hours("new", early)
