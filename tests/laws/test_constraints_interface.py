"""Laws that every constraint keeps, and the composer's fixed point against brute force."""

import pytest
from asks import make_ask
from hypothesis import given
from hypothesis import strategies as st
from strategies import seeds

from tactful.composer.compose import Composer
from tactful.constraints import CONSTRAINTS, REASONS, Constraint, of
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS, zones
from tactful.policy.problems import CONSTRAINTS as NAMED
from tactful.timing import Rhythm

OFFSETS_MS = (0, 1, MINUTE_MS, 17 * MINUTE_MS, HOUR_MS, 5 * HOUR_MS, DAY_MS, 3 * DAY_MS)
offsets = st.sampled_from(OFFSETS_MS) | st.integers(0, 9 * DAY_MS)
constraints = pytest.mark.parametrize("constraint", CONSTRAINTS, ids=lambda each: each.reason)


def test_each_reason_has_one_constraint_and_the_policy_knows_their_order() -> None:
    assert len(set(REASONS)) == len(REASONS)
    assert REASONS == NAMED


@constraints
@given(seeds, offsets)
def test_a_constraint_never_answers_with_an_earlier_moment_and_keeps_its_word(
    constraint: Constraint, seed: int, offset_ms: int
) -> None:
    """Asked again at its own answer, it gives the answer."""
    ask = make_ask(seed)
    from_ms = ask.now_ms + offset_ms
    for channel in ask.kind.channels:
        found = constraint.earliest_ms(ask, channel, from_ms)
        assert found == constraint.earliest_ms(ask, channel, from_ms)
        if found is None:
            continue
        assert found >= from_ms
        assert constraint.earliest_ms(ask, channel, found) == found
        if not constraint.timed:
            assert found == from_ms


@constraints
@given(seeds, offsets, offsets)
def test_who_asks_later_gets_no_earlier_moment(
    constraint: Constraint, seed: int, offset_ms: int, later_ms: int
) -> None:
    """And between a question and its answer every question has that answer: it is the first."""
    ask = make_ask(seed)
    from_ms = ask.now_ms + offset_ms
    for channel in ask.kind.channels:
        first = constraint.earliest_ms(ask, channel, from_ms)
        second = constraint.earliest_ms(ask, channel, from_ms + later_ms)
        if first is None:
            assert second is None
        elif second is not None:
            assert second >= first
            between = from_ms + (first - from_ms) * (later_ms % 7) // 7
            assert constraint.earliest_ms(ask, channel, between) == first


@constraints
@given(seeds, offsets)
def test_a_clock_that_stepped_back_breaks_no_promise(
    constraint: Constraint, seed: int, offset_ms: int
) -> None:
    ask = make_ask(seed, clock_back=True)
    for channel in ask.kind.channels:
        found = constraint.earliest_ms(ask, channel, ask.now_ms + offset_ms)
        if found is not None:
            assert found >= ask.now_ms + offset_ms
            assert constraint.earliest_ms(ask, channel, found) == found


@constraints
@given(seeds, offsets)
def test_a_constraint_that_binds_says_so_at_the_end_of_a_sentence(
    constraint: Constraint, seed: int, offset_ms: int
) -> None:
    """At the moment itself, and at now where it moved what another one had moved before."""
    ask = make_ask(seed)
    from_ms = ask.now_ms + offset_ms
    for channel in ask.kind.channels:
        if constraint.earliest_ms(ask, channel, from_ms) == from_ms:
            continue
        for moment in (from_ms, ask.now_ms):
            text = constraint.because(ask, channel, moment)
            assert text
            assert text == text.strip()
            assert not text.endswith((".", ",", ";", ":"))
            assert "\n" not in text
            assert "None" not in text


@constraints
@given(seeds, offsets)
def test_what_a_constraint_says_of_itself_is_true(
    constraint: Constraint, seed: int, offset_ms: int
) -> None:
    """Where it does not apply or is idle it never moves; unless it says so, channels agree."""
    ask = make_ask(seed)
    from_ms = ask.now_ms + offset_ms
    found = [constraint.earliest_ms(ask, channel, from_ms) for channel in ask.kind.channels]
    if not constraint.applies(ask.kind) or constraint.idle(ask):
        assert set(found) == {from_ms}
    if constraint.timed and not constraint.by_channel(ask.kind):
        assert len(set(found)) == 1
    if constraint.timed and not of(ask.knowledge, ask.kind, critical=False).by_channel:
        assert len(set(found)) == 1


@constraints
@given(seeds)
def test_a_constraint_that_is_left_out_for_a_type_never_moves(
    constraint: Constraint, seed: int
) -> None:
    ask = make_ask(seed)
    if constraint in of(ask.knowledge, ask.kind, critical=False).all:
        return
    for channel in ask.kind.channels:
        for offset_ms in OFFSETS_MS:
            from_ms = ask.now_ms + offset_ms
            assert constraint.earliest_ms(ask, channel, from_ms) == from_ms


class _Counting:
    """Counts the looks at the clock of a zone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.looks = 0
        real = zones._offset_at_quarter_ms

        def counted(*given_: object) -> int:
            self.looks += 1
            return real(*given_)  # type: ignore[arg-type]

        monkeypatch.setattr(zones, "_offset_at_quarter_ms", counted)


@constraints
@given(seeds)
def test_an_answer_is_found_by_edges_however_far_it_lies(constraint: Constraint, seed: int) -> None:
    """The looks at the wall clock stay few, though the answer may be a month away."""
    ask = make_ask(seed)
    with pytest.MonkeyPatch.context() as patch:
        counting = _Counting(patch)
        for channel in ask.kind.channels:
            for offset_ms in (0, DAY_MS, 30 * DAY_MS, 360 * DAY_MS):
                before = counting.looks
                constraint.earliest_ms(ask, channel, ask.now_ms + offset_ms)
                # Some twenty a day's edge; at most as many edges as there are sends, or weekdays.
                assert counting.looks - before <= 30 * (16 + 8 * len(ask.sends))


@given(seeds)
def test_the_earliest_moment_is_the_first_that_all_constraints_allow(seed: int) -> None:
    """Minute by minute; all moments here lie on whole minutes but those that caps give."""
    ask = make_ask.__wrapped__(seed)  # the composer fills in its bids
    if ask.critical:
        return
    timed = [each for each in CONSTRAINTS if each.timed]
    channels = list(ask.kind.channels)
    rhythm = Rhythm(b"", ask.now_ms, ask.knowledge.policy.timing)
    plan = Composer(ask, channels, {}, rhythm).plan()
    channel, considered = channels[0], plan.considered[0]
    end_ms = min(ask.expires_ms, ask.now_ms + 3 * DAY_MS)
    if considered.earliest_ms is not None:
        end_ms = min(end_ms, considered.earliest_ms - 1)
        for each in timed:
            earliest_ms = considered.earliest_ms
            assert each.earliest_ms(ask, channel, earliest_ms) == earliest_ms
    shut = any(
        each.earliest_ms(ask, channel, ask.now_ms) is None for each in CONSTRAINTS if not each.timed
    )
    if shut:
        assert considered.earliest_ms is None
        return
    for at_ms in range(ask.now_ms, end_ms + 1, MINUTE_MS):
        assert any(each.earliest_ms(ask, channel, at_ms) != at_ms for each in timed)
