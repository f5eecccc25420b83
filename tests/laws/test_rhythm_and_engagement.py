"""Laws of what is learnt per user: rhythms are densities, rates stay rates."""

import msgspec
import pytest
from histories import USER, Writer, changing_histories
from hypothesis import assume, given
from hypothesis import strategies as st
from interpreter import Life, Moment
from strategies import STARTS_MS, Dice, knowledges, make_policy, seeds

from tactful.activity.part import HALF_LIFE_MS
from tactful.engagement.part import estimate
from tactful.engagement.section import unpack
from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, hour_of_week, local_ms, zone_named
from tactful.policy.model import Engagement, Timing
from tactful.records import Event, ProfileSnapshot
from tactful.timing import Rhythm

START_MS = STARTS_MS[0]
at_times = st.lists(st.integers(-60 * DAY_MS, 60 * DAY_MS), max_size=30)


def _active(times_ms: list[int]) -> bytes:
    life = Life(USER, Knowledge())
    for place, at_ms in enumerate(times_ms):
        life.take(Event(f"e{place}", USER, "open", START_MS + at_ms), START_MS)
    return life.state.sections[Section.ACTIVITY]


def _timing(seed: int) -> Timing:
    return make_policy(Dice(seed, "timing")).timing


@given(at_times, seeds, st.integers(-DAY_MS, 400 * DAY_MS))
def test_the_rhythm_of_a_kind_of_day_is_a_density(
    times_ms: list[int], seed: int, later_ms: int
) -> None:
    rhythm = Rhythm(_active(times_ms), START_MS + later_ms, _timing(seed))
    for first in (0, 5 * 24):
        hours = [rhythm.at(first + hour) for hour in range(24)]
        assert min(hours) >= 0.0
        assert sum(hours) / 24 == pytest.approx(1.0, rel=1e-6)


@given(at_times, st.integers(0, 167), seeds)
def test_one_more_event_at_an_hour_never_lowers_it(
    times_ms: list[int], hours: int, seed: int
) -> None:
    timing = _timing(seed)
    more_ms = hours * HOUR_MS
    now_ms = START_MS + 60 * DAY_MS
    zone, _ = zone_named(None, Knowledge().policy.time_zone)
    hour = hour_of_week(local_ms(zone, START_MS + more_ms))
    before = Rhythm(_active(times_ms), now_ms, timing).at(hour)
    after = Rhythm(_active([*times_ms, more_ms]), now_ms, timing).at(hour)
    # Bins are half floats: 2^-11 is half of their last place.
    assert after >= before * (1 - 2**-10)


@given(at_times, seeds)
def test_a_rhythm_long_unseen_is_the_global_one(times_ms: list[int], seed: int) -> None:
    timing = _timing(seed)
    now_ms = START_MS + 60 * HALF_LIFE_MS
    known = Rhythm(_active(times_ms), now_ms, timing)
    unknown = Rhythm(b"", now_ms, timing)
    for hour in range(168):
        assert known.at(hour) == pytest.approx(unknown.at(hour), abs=1e-6)


def test_many_events_of_one_hour_neither_overflow_nor_lose_the_hour() -> None:
    life = Life(USER, Knowledge())
    for place in range(5000):
        # Seven weeks of it: the landmark moves on several times.
        at_ms = START_MS + (place % 7) * 7 * DAY_MS + place * 28 * DAY_MS // 100
        life.take(Event(f"e{place}", USER, "open", at_ms), at_ms)
        if place % 500 == 0:
            rhythm = Rhythm(life.state.sections[Section.ACTIVITY], at_ms, Timing())
            assert sum(rhythm.at(hour) for hour in range(24)) == pytest.approx(24.0)


@given(knowledges, changing_histories(60))
def test_engagement_stays_a_probability(knowledge: Knowledge, moments: list[Moment]) -> None:
    for step in Life(USER, knowledge).live(moments).steps:
        policy = step.knowledge.policy
        for counts in unpack(step.after.sections[Section.ENGAGEMENT]).values():
            assert 0.0 <= counts.engaged_weight <= counts.sent_weight
            for later_ms in (-DAY_MS, 0, DAY_MS, 1000 * DAY_MS):
                for prior in (0.0, 0.5, 1.0):
                    now_ms = step.now_ms + later_ms
                    found = estimate(counts, prior, now_ms, policy.engagement)
                    assert 0.0 <= found.prob <= 1.0
                    assert 0.0 < found.shrinkage_weight <= 1.0
        for output in step.outputs:
            if isinstance(output, ProfileSnapshot):
                for shown in output.channels.values():
                    assert 0.0 <= shown.engage_prob <= 1.0
                    assert 0.0 <= shown.shrinkage_weight <= 1.0


@given(knowledges, changing_histories(60))
def test_evidence_fades_to_the_global_rate(knowledge: Knowledge, moments: list[Moment]) -> None:
    rules = Engagement(half_life_ms=DAY_MS)
    life = Life(USER, knowledge).live(moments)
    assume(life.steps)
    for counts in unpack(life.state.sections[Section.ENGAGEMENT]).values():
        last_ms = max(step.now_ms for step in life.steps)
        found = estimate(counts, 0.3, last_ms + 100 * DAY_MS, rules)
        assert found.prob == pytest.approx(0.3, abs=1e-9)
        assert found.shrinkage_weight == pytest.approx(1.0)


@given(seeds)
def test_outcomes_reported_again_under_new_ids_count_once(seed: int) -> None:
    writer = Writer(Dice(seed, "again"))
    life = Life(USER, Knowledge(make_policy(Dice(seed, "policy"))))
    life.live([Moment(START_MS, writer.welcome(START_MS))])
    for _ in range(3):
        life.take(writer.request(START_MS), START_MS)
    first = writer.feedback(START_MS)
    if all(first.decision_id != decision.decision_id for decision in life.decisions):
        return
    life.take(first, START_MS)
    once = life.state.sections[Section.ENGAGEMENT]
    for place in range(3):
        life.take(msgspec.structs.replace(first, id=f"again-{place}"), START_MS)
    assert life.state.sections[Section.ENGAGEMENT] == once
