"""Hours foretold from the past alone: what a predictor may see, what it scores, what it says."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tactful.evaluation import EvaluationError
from tactful.evaluation.estimate import Floats
from tactful.evaluation.hour_models import (
    GlobalHours,
    RhythmSettings,
    ShrunkHours,
    Staying,
    VisitRhythm,
    kernel,
    named,
    visit_rhythm,
)
from tactful.evaluation.hours import HOURS, HOURS_OF_WEEK, Opens, Past, score

HOUR_MS = 3_600_000
EVEN = np.full(HOURS, 1 / HOURS)


def opens(*rows: tuple[int, int], user: int = 0) -> Opens:
    """Opens of one user at (hours since a Monday's midnight, minute)."""
    at = np.array([hour * HOUR_MS + minute * 60_000 for hour, minute in rows], dtype=np.int64)
    return Opens(np.full(len(rows), user), at, at // HOUR_MS % HOURS_OF_WEEK)


def past(*rows: tuple[int, int]) -> Past:
    """What is known after these opens."""
    seen: list[Past] = []

    def watch(known: Past, weekday: int) -> Floats:
        del weekday
        seen.append(known)
        return EVEN

    score(opens(*rows, (rows[-1][0] + 24, 0)), watch, warm_up=0)
    known = seen[-1]
    # the scorer has told the last open as well
    return Past(
        known.user,
        known.at_ms[:-1],
        known.hours_of_week[:-1],
        known.begins_visit[:-1],
        np.bincount(known.hours_of_week[:-1], minlength=HOURS_OF_WEEK).astype(float),
        np.bincount(
            np.array(known.hours_of_week[:-1])[known.begins_visit[:-1]], minlength=HOURS_OF_WEEK
        ).astype(float),
    )


def test_a_predictor_sees_the_opens_before_and_no_later_one() -> None:
    seen = []

    def watch(known: Past, weekday: int) -> Floats:
        seen.append((known.user, list(known.at_ms), weekday, float(known.everyone.sum())))
        return EVEN

    log = Opens(np.array([0, 1, 0]), np.array([0, 5, 30 * HOUR_MS]), np.array([0, 0, 30]))
    score(log, watch, warm_up=0)
    assert seen == [(0, [], 0, 0.0), (1, [], 0, 1.0), (0, [0], 1, 2.0)]


def test_the_first_share_is_learned_from_and_not_scored() -> None:
    log = opens(*((24 * day + 8, 0) for day in range(10)))
    found = score(log, ShrunkHours(1.0), k=1, warm_up=0.25)
    assert len(found) == 7
    assert found.hits.tolist() == [1.0] * 7


def test_a_visit_begins_half_an_hour_after_the_last_open() -> None:
    log = opens((8, 0), (8, 30), (9, 1), (9, 31), (10, 2))
    found = score(log, lambda *_: EVEN, warm_up=0)
    assert found.begins_visit.tolist() == [True, False, True, False, True]
    assert len(found.visits) == 3


def test_even_hours_lose_log_24_and_hit_k_in_24() -> None:
    found = score(opens((1, 0), (30, 0), (70, 0)), lambda *_: EVEN, k=3, warm_up=0)
    assert found.losses.tolist() == pytest.approx([math.log(24)] * 3)
    assert found.hits.tolist() == pytest.approx([3 / 24] * 3)


def test_gains_are_those_of_the_first_over_the_second() -> None:
    rng = np.random.default_rng(1)
    at = np.sort(rng.choice(1000, 300, replace=False)) * 24 + rng.choice([8, 20], 300)
    log = Opens(rng.integers(0, 9, 300), at * HOUR_MS, at % HOURS_OF_WEEK)
    good, none = score(log, ShrunkHours(5.0)), score(log, lambda *_: EVEN)
    more_hits, less_loss = good.gains(none)
    assert more_hits.value == pytest.approx(good.hit().value - none.hit().value)
    assert less_loss.value == pytest.approx(none.log_loss().value - good.log_loss().value)
    assert less_loss.interval.low > 0
    with pytest.raises(EvaluationError, match="the same 210"):
        good.gains(score(log, ShrunkHours(5.0), warm_up=0.5))


def test_what_is_no_distribution_is_refused() -> None:
    with pytest.raises(EvaluationError, match="24 probabilities that sum to 1"):
        score(opens((1, 0), (2, 0)), lambda *_: EVEN * 2)
    with pytest.raises(EvaluationError, match="24 probabilities that sum to 1"):
        score(opens((1, 0), (2, 0)), lambda *_: EVEN * math.nan)


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (lambda: Opens(np.zeros(2), np.array([5, 4]), np.zeros(2)), "row 1 earlier"),
        (lambda: Opens(np.zeros(1), np.array([5]), np.array([168])), "allowed: 0 to 167"),
        (lambda: Opens(np.zeros(3), np.array([5]), np.zeros(1)), "found 3 rows"),
        (lambda: score(opens((1, 0)), lambda *_: EVEN, warm_up=0.5), "some after the warm-up"),
        (lambda: score(opens((1, 0)), lambda *_: EVEN, warm_up=1), "warm_up: found 1"),
    ],
)
def test_what_cannot_be_scored_says_why(log: object, said: str) -> None:
    with pytest.raises(EvaluationError, match=said):
        log()  # type: ignore[operator]


def test_shrunk_hours_are_the_posterior_mean() -> None:
    known = past((8, 0), (32, 0), (57, 0))
    found = ShrunkHours(kappa=5.0, prior=24.0)(known, 0)
    shared = (np.bincount([8, 8, 9], minlength=24) + 1) / 27
    assert found.tolist() == pytest.approx(
        ((np.bincount([8, 8, 9], minlength=24) + 5 * shared) / 8).tolist()
    )
    assert GlobalHours(24.0)(known, 0).tolist() == pytest.approx(shared.tolist())


def test_the_kernel_goes_around_midnight_and_loses_nothing() -> None:
    spread = kernel(1.0)
    assert spread.sum(axis=0).tolist() == pytest.approx([1.0] * 24)
    assert spread[0, 23] == spread[0, 1] == spread[12, 13] > spread[0, 2] > 0
    assert kernel(0.0).tolist() == np.eye(24).tolist()


def test_the_rhythm_is_its_formula_written_out() -> None:
    rng = np.random.default_rng(3)
    bins, shared = rng.random(HOURS_OF_WEEK), rng.dirichlet(np.ones(HOURS))
    settings = RhythmSettings(1.5, 7.0, 3.0)
    for weekday, days in ((2, range(5)), (6, range(5, 7))):
        found = visit_rhythm(bins, shared, weekday, settings)
        for hour in range(HOURS):

            def smoothed(of: range, at: int = hour) -> float:
                gauss = [math.exp(-((min(d, 24 - d) / 1.5) ** 2) / 2) for d in range(24)]
                return sum(
                    bins[24 * day + other] * gauss[abs(other - at)] / sum(gauss)
                    for day in of
                    for other in range(HOURS)
                )

            total = sum(bins)
            week = (smoothed(range(7)) + 7 * shared[hour]) / (total + 7)
            own = sum(bins[24 * day : 24 * day + 24].sum() for day in days)
            assert found[hour] == pytest.approx((smoothed(days) + 3 * week) / (own + 3))


def test_without_a_past_the_rhythm_is_everyones() -> None:
    shared = np.random.default_rng(0).dirichlet(np.ones(HOURS))
    assert visit_rhythm(np.zeros(HOURS_OF_WEEK), shared, 3).tolist() == pytest.approx(
        shared.tolist()
    )


def test_a_visit_counts_once_and_half_after_the_half_life() -> None:
    known = past((8, 0), (8, 5), (8, 10), (24 * 14 + 9, 0))
    bins = VisitRhythm(half_life_days=14)._bins(known)
    assert bins[9] == 1.0
    assert bins[8] == pytest.approx(2 ** -(1 + 1 / 24 / 14))
    assert bins.sum() == bins[8] + bins[9]


def test_who_often_opens_twice_is_expected_where_they_are() -> None:
    often = past((8, 0), (8, 5), (8, 9), (32, 0), (32, 4))
    once = past((8, 0), (20, 0), (32, 0), (44, 0))
    own = Staying(lambda *_: EVEN)
    assert own(often, 1)[8] > own(once, 1)[20] > EVEN[0]
    assert own(often, 1)[9] > own(often, 1)[10]


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20_000)), min_size=2, max_size=30),
    st.floats(0.1, 100),
)
def test_every_way_gives_a_distribution_that_excludes_no_hour(
    rows: list[tuple[int, int]], kappa: float
) -> None:
    rows.sort(key=lambda row: row[1])
    users, at = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    log = Opens(users, at * 600_000, at // 6 % HOURS_OF_WEEK)
    for predict in named(kappa).values():
        # `score` itself refuses what is no distribution
        assert np.isfinite(score(log, predict, warm_up=0).losses).all()
