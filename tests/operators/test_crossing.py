"""What crosses into Python arrives as it was, whatever its bytes."""

from hypothesis import given
from hypothesis import strategies as st

from operators.crossing import Arrived, seal, unseal

RECORDS = st.builds(
    Arrived,
    topic=st.text("abcXYZ019._-", min_size=1, max_size=40),
    partition=st.integers(0, 10_000),
    offset=st.integers(0, 2**62),
    stamped_ms=st.integers(-1, 2**45),
    key=st.binary(max_size=60),
    value=st.binary(max_size=300),
)


@given(RECORDS)
def test_a_sealed_record_is_unsealed_as_it_was(record: Arrived) -> None:
    assert unseal(seal(record)) == record


def test_bars_in_key_and_value_end_no_field() -> None:
    record = Arrived("t", 1, 2, 3, b"a|b|", b"|0|c\x00\xff")
    assert seal(record) == b"t|1|2|3|4|a|b||0|c\x00\xff"
    assert unseal(seal(record)) == record
