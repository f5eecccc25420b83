"""The dosage of a steady rhythm, the frequency that is worth most, and when a user is rested."""

from itertools import pairwise
from math import exp, isclose

from hypothesis import given
from hypothesis import strategies as st

from tactful.fatigue import GRID, RESTED, fatigue, rested_ms, rhythms, steady_dosage, wanted
from tactful.local_time import DAY_MS, HOUR_MS

half_lives_ms = st.integers(1, 400 * DAY_MS)
frequencies = st.floats(0.01, 1000.0)


@given(st.floats(1.0, 50.0), st.integers(6 * HOUR_MS, 30 * DAY_MS))
def test_a_steady_rhythm_settles_at_its_dosage(per_week: float, half_life_ms: int) -> None:
    apart_ms = 7 * DAY_MS / per_week
    dosage = 0.0
    for _ in range(20_000):
        dosage = (dosage + 1.0) * 0.5 ** (apart_ms / half_life_ms)
    assert isclose(max(dosage, RESTED), steady_dosage(per_week, half_life_ms), rel_tol=1e-6)


@given(frequencies, frequencies, half_lives_ms)
def test_more_often_is_a_higher_dosage(one: float, other: float, half_life_ms: int) -> None:
    less, more = sorted((one, other))
    assert steady_dosage(less, half_life_ms) <= steady_dosage(more, half_life_ms)


@given(frequencies, frequencies, half_lives_ms)
def test_the_grid_goes_from_the_least_to_the_most(
    one: float, other: float, half_life_ms: int
) -> None:
    least, most = sorted((one, other))
    grid = rhythms(least, most, half_life_ms)
    assert len(grid) == GRID
    assert grid[0].per_week == least
    assert grid[-1].per_week == most
    assert all(a.per_week <= b.per_week * (1 + 1e-9) for a, b in pairwise(grid))


def test_who_never_tires_wants_the_most_and_who_is_only_hurt_the_least() -> None:
    grid = rhythms(0.25, 28.0, 2 * DAY_MS)
    assert wanted(grid, [1.0] * GRID).per_week == 28.0
    assert wanted(grid, [-1.0] * GRID).per_week == 0.25
    assert wanted(grid, [0.0] * GRID).per_week == 0.25


def test_the_wanted_frequency_is_near_the_true_best() -> None:
    """Engagement falls by e^-D: compared with a grid a hundred times as fine."""

    def worth(dosage: float) -> float:
        return exp(-dosage)

    grid = rhythms(0.25, 28.0, 2 * DAY_MS)
    found = wanted(grid, [worth(each.dosage) for each in grid])
    fine = [0.25 * (28.0 / 0.25) ** (i / 3200) for i in range(3201)]
    best = max(fine, key=lambda each: each * worth(steady_dosage(each, 2 * DAY_MS)))
    assert best / 1.09 < found.per_week < best * 1.09


@given(st.floats(0.0, 300.0), st.floats(RESTED, 300.0), half_lives_ms)
def test_who_is_rested_is_so_from_the_first_moment_on(
    dosage: float, most: float, half_life_ms: int
) -> None:
    now_ms = 10**12
    at_ms = rested_ms(dosage, now_ms, most, half_life_ms)

    def then(moment_ms: int) -> float:
        return dosage * 0.5 ** ((moment_ms - now_ms) / half_life_ms)

    assert then(at_ms) <= most * (1 + 1e-9)
    assert at_ms == now_ms or then(at_ms - 1) > most * (1 - 1e-9)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_fatigue_is_a_share(now: float, rested: float) -> None:
    assert 0.0 <= fatigue(now, rested) <= 1.0


def test_the_example_of_the_composer_page_is_true() -> None:
    """docs/composer.md, "Fatigue and the wanted frequency": a model of -1 - 0.6 D."""

    def prob(dosage: float) -> float:
        return 1.0 / (1.0 + exp(1.0 + 0.6 * dosage))

    assert round(fatigue(prob(4.0), prob(0.0)), 2) == 0.88
    grid = rhythms(0.25, 28.0, 2 * DAY_MS)
    found = wanted(grid, [prob(each.dosage) for each in grid])
    at = grid.index(found)
    weekly = [
        (round(each.per_week, 2), round(each.per_week * prob(each.dosage), 3))
        for each in grid[at - 1 : at + 2]
    ]
    assert weekly == [(4.12, 0.611), (4.77, 0.618), (5.53, 0.609)]
    assert round(found.dosage, 3) == 1.509
    assert round(rested_ms(4.0, 0, found.dosage, 2 * DAY_MS) / HOUR_MS, 1) == 67.5
