"""The posterior of a channel's rate: its mean is the estimate, its interval narrows with sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.engagement.part import smoothed
from tactful.engagement.posterior import posterior

KAPPA = 10


@given(st.floats(0, 500), st.floats(0, 1), st.floats(0.01, 0.99))
def test_law_its_mean_is_the_estimate_of_the_core(sent: float, share: float, prior: float) -> None:
    estimate = smoothed(sent, sent * share, 1.0, prior, KAPPA)
    found = posterior(estimate.prob, estimate.shrinkage_weight, KAPPA)
    assert found.mean == pytest.approx(estimate.prob, abs=1e-3)
    assert found.alpha + found.beta == pytest.approx(sent + KAPPA, rel=1e-6, abs=1e-2)
    low, high = found.interval()
    assert 0.0 <= low <= high <= 1.0


def test_more_sends_make_it_narrower() -> None:
    few, many = posterior(0.2, 1.0, KAPPA), posterior(0.2, 0.05, KAPPA)
    assert many.interval()[1] - many.interval()[0] < few.interval()[1] - few.interval()[0]


def test_its_density_holds_all_the_probability() -> None:
    rates = [(i + 0.5) / 1_000 for i in range(1_000)]
    assert sum(posterior(0.3, 0.4, KAPPA).density(rates)) / 1_000 == pytest.approx(1.0, abs=1e-3)


def test_a_rate_of_nothing_can_still_be_drawn() -> None:
    found = posterior(0.0, 0.5, KAPPA)
    assert found.interval()[0] == pytest.approx(0.0, abs=1e-6)
    assert all(value >= 0 for value in found.density([0.1, 0.5]))
