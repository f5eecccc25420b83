"""Rule 5: same history, same bytes out; stopping anywhere and restoring changes nothing."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from histories import USER, end_of, make_history
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Moment
from lively import any_knowledge, changing, make_lively_history, make_lively_knowledge
from strategies import Dice, make_policy

from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.knowledge import Knowledge


@given(any_knowledge, changing, st.booleans())
def test_the_same_history_gives_the_same_bytes(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    first, second = (
        Life(USER, knowledge, punctual=punctual).live(moments).wake_until(end_of(moments))
        for _ in range(2)
    )
    assert first.written() == second.written()
    assert first.packed == second.packed


@given(any_knowledge, changing, st.integers(0, 40))
def test_stopping_at_any_record_and_restoring_gives_the_same_continuation(
    knowledge: Knowledge, moments: list[Moment], cut: int
) -> None:
    whole = Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    before = Life(USER, knowledge).live(moments[:cut])
    after = Life(USER, before.knowledge, before.packed)
    after.clock_ms = before.clock_ms
    after.live(moments[cut:]).wake_until(end_of(moments))
    parts = [part for part in (before.written(), after.written()) if part]
    assert b"\n".join(parts) == whole.written()
    assert after.packed == whole.packed


@given(any_knowledge, changing)
def test_a_state_kept_in_memory_does_as_one_kept_in_bytes(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    life = Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    state = UserState(USER)
    for each in life.steps:
        effects = step(state, each.record, each.now_ms, each.knowledge)
        assert effects.outputs == each.outputs
        state = effects.state
        assert state == each.after


@given(any_knowledge, changing)
def test_a_step_taken_twice_from_one_state_does_the_same_twice(
    knowledge: Knowledge, moments: list[Moment]
) -> None:
    """What the first one gave is not changed by the second: nothing is shared that moves."""
    for each in Life(USER, knowledge).live(moments).steps:
        again = step(each.before, each.record, each.now_ms, each.knowledge)
        assert again.outputs == each.outputs
        assert again.state == each.after


def _digest() -> str:
    """One hash over what many fixed histories gave out and left behind."""
    total = hashlib.sha256()
    for seed in range(20):
        dice = Dice(seed, "digest")
        wild = Knowledge(make_policy(dice)), make_history(dice, 40)
        lively = make_lively_knowledge(dice), make_lively_history(dice, 40, changing=True)
        for knowledge, moments in (wild, lively):
            life = Life(USER, knowledge).live(moments).wake_until(end_of(moments))
            total.update(life.written())
            total.update(life.packed or b"")
    return total.hexdigest()


def test_another_process_with_other_string_hashes_gives_the_same_bytes() -> None:
    """The order of a set or the hash of a string must show in no output."""
    here = Path(__file__).parent
    found = subprocess.run(
        [sys.executable, "-c", f"import {Path(__file__).stem} as laws; print(laws._digest())"],
        env={
            **os.environ,
            "PYTHONHASHSEED": "4711",
            "PYTHONPATH": os.pathsep.join(map(str, (here, here.parent, here.parent.parent))),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == _digest()
