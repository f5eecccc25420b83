"""Price paths as they are published and read."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.ids import decision_id
from tactful.volume.price import (
    TIE_WIDTH,
    PriceError,
    PricePath,
    PriceStep,
    parse_price,
    tie_break,
)

PATH = PricePath((PriceStep(1_000, 0.5), PriceStep(2_000, 0.3), PriceStep(3_000, 0.0)))


@pytest.mark.parametrize(
    ("at_ms", "price"), [(0, 0.0), (999, 0.0), (1_000, 0.5), (2_999, 0.3), (9_999, 0.0)]
)
def test_each_step_holds_until_the_next(at_ms: int, price: float) -> None:
    assert PATH.at(at_ms) == price


@pytest.mark.parametrize(
    ("bid", "from_ms", "earliest_ms"),
    [
        (0.5, 1_000, 1_000),
        (0.4, 1_000, 2_000),
        (0.4, 2_500, 2_500),
        (0.1, 1_500, 3_000),
        (0.1, 500, 500),
    ],
)
def test_a_bid_passes_at_the_first_price_at_or_below_it(
    bid: float, from_ms: int, earliest_ms: int
) -> None:
    assert PATH.earliest_ms(bid, from_ms) == earliest_ms


def test_a_bid_below_the_last_price_never_passes() -> None:
    assert PricePath((PriceStep(0, 0.5),)).earliest_ms(0.4, 7) is None


steps = st.lists(
    st.tuples(st.integers(0, 50), st.floats(0, 1)), min_size=1, max_size=8, unique_by=lambda s: s[0]
).map(lambda found: PricePath(tuple(PriceStep(*step) for step in sorted(found))))


@given(steps, st.floats(0, 1), st.integers(0, 60), st.integers(0, 60))
def test_the_earliest_moment_is_the_first_with_that_price_and_never_moves_back(
    path: PricePath, bid: float, one: int, other: int
) -> None:
    moments = [at_ms for at_ms in range(min(one, other), 61) if path.at(at_ms) <= bid]
    assert path.earliest_ms(bid, min(one, other)) == (moments[0] if moments else None)
    early, late = (path.earliest_ms(bid, at_ms) for at_ms in sorted((one, other)))
    assert late is None or early is not None
    if early is not None and late is not None:
        assert early <= late


@given(steps)
def test_a_published_path_is_read_as_it_was(path: PricePath) -> None:
    assert parse_price(msgspec.json.encode(path)) == path


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b"{", "truncated"),
        (b'{"steps": []}', "length >= 1"),
        (b'{"steps": [[2, 0.5], [1, 0.0]]}', "found the times [2, 1]"),
        (b'{"steps": [[1, -0.5]]}', ">= 0"),
        (b'{"steps": [[1, 0.5]], "pace": 1}', "unknown field `pace`"),
    ],
)
def test_a_path_that_is_none_is_refused_with_its_fault(value: bytes, said: str) -> None:
    with pytest.raises(PriceError, match="price") as refused:
        parse_price(value)
    assert said in str(refused.value)


def test_equal_bids_are_told_apart_by_less_than_scores_are_rounded_to() -> None:
    ties = [tie_break(decision_id("ann", f"r{number}")) for number in range(1_000)]
    assert len(set(ties)) == len(ties)
    assert all(0 <= tie < TIE_WIDTH for tie in ties)
