"""Laws of the state's bytes: they come back equal, and damage is a `StateError`, nothing else."""

import pytest
from histories import USER, changing_histories
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Moment
from strategies import knowledges

from state.codec import StateError, pack, unpack
from tactful.engine.state import SECTION_COUNT, UserState
from tactful.knowledge import Knowledge

states = st.builds(
    UserState,
    st.just(USER),
    st.lists(st.binary(max_size=40), min_size=SECTION_COUNT, max_size=SECTION_COUNT),
    st.none() | st.integers(1, 2**63),
)


@given(states)
def test_a_state_comes_back_equal(state: UserState) -> None:
    assert unpack(pack(state), USER) == state


@given(states)
def test_equal_states_have_equal_bytes(state: UserState) -> None:
    assert pack(unpack(pack(state), USER)) == pack(state)


@given(knowledges, changing_histories())
def test_a_lived_state_comes_back_equal(knowledge: Knowledge, moments: list[Moment]) -> None:
    for step in Life(USER, knowledge).live(moments).steps:
        assert unpack(pack(step.after), USER) == step.after


@given(states, st.data())
def test_a_truncated_state_is_refused(state: UserState, data: st.DataObject) -> None:
    value = pack(state)
    cut = data.draw(st.integers(1, len(value) - 1))
    with pytest.raises(StateError):
        unpack(value[:cut], USER)


@given(states, st.binary(min_size=1, max_size=8))
def test_a_state_with_more_behind_it_is_refused(state: UserState, more: bytes) -> None:
    with pytest.raises(StateError):
        unpack(pack(state) + more, USER)


@given(states, st.data())
def test_a_damaged_byte_gives_a_state_or_a_state_error(
    state: UserState, data: st.DataObject
) -> None:
    value = bytearray(pack(state))
    at = data.draw(st.integers(0, len(value) - 1))
    value[at] ^= data.draw(st.integers(1, 255))
    try:
        found = unpack(bytes(value), USER)
    except StateError:
        return
    assert found != state


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_give_a_state_or_a_state_error(value: bytes) -> None:
    try:
        found = unpack(value, USER)
    except StateError:
        return
    assert len(found.sections) == SECTION_COUNT
