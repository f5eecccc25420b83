"""Laws that every constraint keeps, and the composer's fixed point against brute force."""

from functools import lru_cache

import pytest
from histories import USER, Writer
from hypothesis import given
from hypothesis import strategies as st
from strategies import STARTS_MS, Dice, make_policy, seeds

from tactful.composer.compose import Composer
from tactful.constraints import CONSTRAINTS, Ask, Constraint
from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.profile import section as profile_section
from tactful.records import ProfileUpdate
from tactful.sends.log import COUNTED_BIT, Sent
from tactful.timing import Rhythm

OFFSETS_MS = (0, 1, MINUTE_MS, 17 * MINUTE_MS, HOUR_MS, 5 * HOUR_MS, DAY_MS, 3 * DAY_MS)


@lru_cache(maxsize=512)
def _ask(seed: int) -> Ask:
    """A request at a random moment, of a user with random wishes and sends behind them."""
    dice = Dice(seed, "ask")
    knowledge = Knowledge(make_policy(dice))
    writer = Writer(dice)
    now_ms = dice.one_of(*STARTS_MS) + dice.whole(0, 3 * 24 * 4) * 15 * MINUTE_MS
    state = UserState(USER)
    for update in (
        writer.welcome(now_ms - DAY_MS),
        ProfileUpdate("p", USER, now_ms, preferences=writer.preferences()),
    ):
        state = step(state, update, now_ms, knowledge).state
    kind = dice.one_of(*knowledge.kinds.values())
    request = writer.request(now_ms)
    sends = [
        Sent(
            now_ms - dice.one_of(0, 1, HOUR_MS, DAY_MS, 6 * DAY_MS),
            kind.tag,
            0,
            b"",
            COUNTED_BIT | kind.purpose_bit,
        )
        for _ in range(dice.whole(0, 5))
    ]
    settings = profile_section.settings(state.sections[1])
    return Ask(request, kind, now_ms, knowledge, settings, sorted(sends))


constraints = pytest.mark.parametrize("constraint", CONSTRAINTS, ids=lambda each: each.reason)


@constraints
@given(seeds, st.sampled_from(OFFSETS_MS), st.sampled_from(OFFSETS_MS))
def test_a_constraint_never_moves_back_and_keeps_its_word(
    constraint: Constraint, seed: int, offset_ms: int, later_ms: int
) -> None:
    ask = _ask(seed)
    for channel in ask.kind.channels:
        from_ms = ask.now_ms + offset_ms
        first = constraint.earliest_ms(ask, channel, from_ms)
        second = constraint.earliest_ms(ask, channel, from_ms + later_ms)
        assert (first is None) == (second is None)
        if first is None or second is None:
            continue
        assert first >= from_ms
        assert second >= first
        if not constraint.timed:
            assert first == from_ms
        # What it allows at a moment, it allows when asked again at that moment. Quiet and digest
        # hours may need a second asking where clocks change, so the settled moment is tried.
        settled = first
        for _ in range(3):
            settled = constraint.earliest_ms(ask, channel, settled) or settled
        assert constraint.earliest_ms(ask, channel, settled) == settled
        assert constraint.earliest_ms(ask, channel, from_ms + (first - from_ms) // 2) == first
        if first != from_ms:
            assert constraint.because(ask, channel, from_ms)


@given(seeds)
def test_the_earliest_moment_is_the_first_that_all_constraints_allow(seed: int) -> None:
    """Minute by minute; all moments here lie on whole minutes but those that caps give."""
    ask = _ask(seed)
    if ask.critical:
        return
    timed = [each for each in CONSTRAINTS if each.timed]
    channels = list(ask.kind.channels)
    rhythm = Rhythm(b"", ask.now_ms, ask.knowledge.policy.timing)
    plan = Composer(ask, channels, {}, rhythm, ask.now_ms).plan()
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
