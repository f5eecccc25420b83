"""Rates by segment with decay, and the uplift of holdbacks."""

import pytest
from learning_kit import DAY_MS, START_MS, an_example, labels

from tactful.evaluation import UpliftSequence
from tactful.learning import Trainer
from tactful.learning.rates import HALF_LIFE_MS, MAX_NAMES, MAX_SEGMENTS
from tactful.learning.uplift import FILTER_BITS, Bloom
from tactful.models import RateTable, Snapshot
from tactful.records import Example, ExampleKind


def table(trainer: Trainer, now_ms: int = START_MS) -> RateTable:
    found = trainer.snapshot(now_ms).rates
    assert found is not None
    return found


def test_a_send_weighs_half_after_the_half_life() -> None:
    trainer = Trainer("rates")
    trainer.learn([an_example(labels=labels(engaged=1))])
    now = table(trainer)
    later = table(trainer, START_MS + HALF_LIFE_MS)
    assert now.channel["active"]["email"] == now.channel[""]["email"]
    assert (now.channel[""]["email"].sent, now.type[""]["promotion"].engaged) == (1.0, 1.0)
    assert later.channel[""]["email"].sent == pytest.approx(0.5)


@pytest.mark.parametrize("days", [1, 1000])
def test_a_correction_is_as_if_it_had_been_so_from_the_start(days: int) -> None:
    right, wrong = Trainer("rates"), Trainer("rates")
    other = an_example(5, at_ms=START_MS + days * DAY_MS)
    right.learn([an_example(1, labels=labels(engaged=1)), other])
    wrong.learn([an_example(1), other])
    wrong.learn([an_example(1, labels=labels(engaged=1), corrects=labels(), revision=1)])
    now_ms = START_MS + days * DAY_MS
    one, two = table(right, now_ms), table(wrong, now_ms)
    assert two.channel[""]["email"].engaged == pytest.approx(one.channel[""]["email"].engaged)
    assert two.channel[""]["email"].sent == pytest.approx(one.channel[""]["email"].sent)


def test_an_hour_in_which_much_is_sent_is_no_better_for_it() -> None:
    trainer = Trainer("rates")
    for place in range(900):
        hour = 9 if place % 9 else 20
        trainer.learn(
            [
                an_example(
                    place,
                    labels=labels(engaged=int(place // 9 % 5 == 0)),
                    features={f"hour:{hour}": 1.0},
                )
            ]
        )
    hours = table(trainer, START_MS).hour[""]
    assert hours[9] == pytest.approx(hours[20], rel=0.02)
    assert hours[3] == pytest.approx(hours[9], rel=0.02)


def test_tables_stay_bounded_and_keep_what_was_sent_most() -> None:
    trainer = Trainer("rates")
    trainer.learn(an_example(place, segment="large") for place in range(50))
    trainer.learn(
        an_example(place, segment=f"s{place}", type=f"t{place}")
        for place in range(3 * MAX_SEGMENTS)
    )
    found = table(trainer)
    assert len(found.channel) == MAX_SEGMENTS
    assert len(found.type[""]) == MAX_NAMES
    assert "large" in found.channel
    assert "promotion" in found.type[""]


def holdback(
    user: int, group: str, outcome: int, kind: str = "promotion", **more: object
) -> Example:
    given = {
        "kind": ExampleKind.HOLDBACK,
        "user_id": f"u{user}",
        "group": group,
        "labels": {"outcome": outcome},
        "type": kind,
        "decision_id": f"{kind}-{user}",
    }
    return an_example(user, **(given | more))


def uplift(trainer: Trainer) -> Snapshot:
    return trainer.snapshot(START_MS)


def test_the_uplift_is_that_of_the_sequence_row_by_row() -> None:
    trainer, sequence = Trainer("uplift"), UpliftSequence()
    for user in range(2000):
        treated, outcome = user % 5 != 0, int(user % 7 < (3 if user % 5 else 1))
        trainer.learn([holdback(user, "treated" if treated else "control", outcome)])
        sequence.add(treated=treated, outcome=float(outcome))
    gain = uplift(trainer).gains["promotion"]
    interval = sequence.interval()
    assert interval is not None
    assert gain.low == pytest.approx(interval.low)
    assert gain.high == pytest.approx(interval.high)
    assert gain.value == pytest.approx(sequence.value)
    assert (gain.treated, gain.control) == (1600, 400)


def test_a_user_counts_once_a_type() -> None:
    trainer = Trainer("uplift")
    trainer.learn([holdback(1, "treated", 1), holdback(1, "treated", 0), holdback(2, "control", 0)])
    trainer.learn([holdback(1, "treated", 1, kind="newsletter")])
    gains = uplift(trainer).gains
    assert (gains["promotion"].treated, gains["promotion"].control) == (1, 1)
    assert (gains["newsletter"].treated, gains["newsletter"].low) == (1, None)


def test_a_late_outcome_corrects_the_row_that_was_counted_and_no_other() -> None:
    trainer = Trainer("uplift")
    trainer.learn([holdback(1, "treated", 0), holdback(1, "treated", 0, decision_id="second")])
    late = {"corrects": {"outcome": 0}, "revision": 1}
    trainer.learn([holdback(1, "treated", 1, decision_id="second", **late)])
    assert uplift(trainer).gains["promotion"].treated_rate == 0.0
    trainer.learn([holdback(1, "treated", 1, **late)])
    assert uplift(trainer).gains["promotion"].treated_rate == 1.0


def test_the_filter_never_forgets_and_seldom_invents() -> None:
    bloom = Bloom()
    for place in range(20_000):
        bloom.add(f"in {place}")
    assert all(f"in {place}" in bloom for place in range(20_000))
    assert sum(f"out {place}" in bloom for place in range(20_000)) < 20
    assert len(bytes(bloom)) * 8 == FILTER_BITS
