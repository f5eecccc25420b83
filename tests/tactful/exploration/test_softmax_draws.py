"""Laws of the draw: probabilities that sum to one, keep their floor, and come true."""

from collections import Counter
from math import exp, isclose

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from tactful.exploration import draw, probabilities

utilities = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40)
temperatures = st.floats(1e-6, 1e6)
floors = st.floats(0.0, 1.0)


@given(utilities, temperatures, floors)
def test_the_probabilities_sum_to_one(
    values: list[float], temperature: float, floor: float
) -> None:
    assert isclose(sum(probabilities(values, temperature, floor)), 1.0, abs_tol=1e-9)


@given(utilities, temperatures, floors)
def test_each_option_keeps_its_floor(values: list[float], temperature: float, floor: float) -> None:
    least = min(floor, 1.0 / len(values))
    assert all(prob >= least for prob in probabilities(values, temperature, floor))


@given(utilities, temperatures, floors)
def test_the_better_is_never_less_likely(
    values: list[float], temperature: float, floor: float
) -> None:
    found = probabilities(values, temperature, floor)
    by_utility = [prob for _, prob in sorted(zip(values, found, strict=True))]
    assert by_utility == sorted(by_utility)


@given(utilities, temperatures, st.floats(-1e3, 1e3))
def test_only_differences_count(values: list[float], temperature: float, shift: float) -> None:
    plain = probabilities(values, max(temperature, 0.01), 0.01)
    shifted = probabilities([value + shift for value in values], max(temperature, 0.01), 0.01)
    assert all(isclose(a, b, abs_tol=1e-6) for a, b in zip(plain, shifted, strict=True))


def test_without_a_floor_it_is_the_softmax() -> None:
    found = probabilities([0.10, 0.15, 0.05], 0.05, 0.0)
    weights = [exp(2), exp(3), exp(1)]
    assert all(
        isclose(prob, weight / sum(weights)) for prob, weight in zip(found, weights, strict=True)
    )


def test_a_low_temperature_takes_the_best_but_for_the_floors() -> None:
    assert probabilities([0.1, 0.3, 0.2], 1e-6, 0.01) == (0.01, 0.98, 0.01)


def test_a_floor_too_high_for_so_many_makes_all_alike() -> None:
    assert probabilities([0.1, 0.3, 0.2, 0.0], 0.05, 0.4) == (0.25,) * 4


@given(utilities, temperatures, floors, st.integers(0, 2**32), st.text(), st.text())
def test_the_propensity_is_the_probability_of_what_was_drawn(
    values: list[float], temperature: float, floor: float, seed: int, user: str, request: str
) -> None:
    probs = probabilities(values, temperature, floor)
    found = draw(probs, seed, user, request)
    assert found == draw(probs, seed, user, request)
    assert found.propensity == probs[found.option] > 0.0


def test_options_come_as_often_as_they_say() -> None:
    probs = probabilities([0.0, 0.05, 0.1, 0.11], 0.05, 0.02)
    users = 40_000
    for seed in (0, 1):
        drawn = Counter(draw(probs, seed, f"u{i}", "r1").option for i in range(users))
        found = [drawn[index] for index in range(len(probs))]
        assert chisquare(found, [users * prob for prob in probs]).pvalue > 0.001


def test_the_requests_of_a_user_are_drawn_apart_from_each_other() -> None:
    both = Counter(
        (draw((0.5, 0.5), 0, f"u{i}", "r1").option, draw((0.5, 0.5), 0, f"u{i}", "r2").option)
        for i in range(20_000)
    )
    assert chisquare([both[a, b] for a in (0, 1) for b in (0, 1)]).pvalue > 0.001


def test_another_seed_draws_anew() -> None:
    same = sum(
        draw((0.5, 0.5), 1, f"u{i}", "r1") == draw((0.5, 0.5), 2, f"u{i}", "r1")
        for i in range(10_000)
    )
    assert 4_700 < same < 5_300
