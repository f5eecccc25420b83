"""The simulated truth: a function of its seed, plausible against what senders report."""

from collections import Counter
from datetime import UTC, datetime
from statistics import mean
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.records import Outcome
from tactful.simulator.world.baselines import BASELINES, Send, live
from tactful.simulator.world.clock import Clock
from tactful.simulator.world.life import Life, Reply
from tactful.simulator.world.oracle import Oracle
from tactful.simulator.world.population import ZONES, population
from tactful.simulator.world.response import (
    CHANNELS,
    complain_prob,
    odds,
    unsubscribe_prob,
    willingness,
)
from tactful.simulator.world.streams import TTLS_MS
from tactful.simulator.world.tally import Count, Tally
from tactful.simulator.world.world import Plan, World

DAYS = 60
WORLD = World(Plan(seed=1, users=120, days=DAYS))
CLOCK = WORLD.clock
USERS = range(len(WORLD.people))


def lived(policy: str, world: World = WORLD) -> Tally:
    tally = Tally(world.plan.days)
    for user in range(len(world.people)):
        live(world, Life(world, user, tally), BASELINES[policy](world, user))
    return tally


def total(tally: Tally, count: Count) -> float:
    return sum(day[count] for rows in tally.rows for day in rows)


TALLIES = {name: lived(name) for name in BASELINES}


def test_the_same_seed_gives_the_same_world_and_the_first_users_of_any_size() -> None:
    small, again = World(Plan(seed=1, users=20)), World(Plan(seed=1, users=20))
    other = World(Plan(seed=2, users=20))
    for one, two in zip(small.streams, again.streams, strict=True):
        assert one.sessions == two.sessions
        assert one.asked == two.asked
        assert (one.draws == two.draws).all()
    assert small.streams[0].asked != other.streams[0].asked
    for name in ("own", "seen", "appeal"):
        assert (getattr(small.people, name) == getattr(WORLD.people, name)[:, :20]).all()
    assert (small.people.patience == WORLD.people.patience[:20]).all()
    assert small.streams[7].sessions == WORLD.streams[7].sessions


def test_a_policy_lives_the_same_life_twice() -> None:
    assert lived("fixed caps").rows == TALLIES["fixed caps"].rows


def test_probabilities_are_probabilities_and_annoyance_only_harms() -> None:
    people = WORLD.people
    assert people.seen.min() > 0.0
    assert people.seen.max() < 1.0
    last = odds(0.8, 0.4, 1, 0.0, 1.0)
    for annoyance in np.arange(0.5, 40.0, 0.5):
        found = odds(0.8, 0.4, 1, float(annoyance), 1.0)
        assert 0.0 < found.engage < last.engage
        assert last.unsubscribe <= found.unsubscribe < 0.05
        assert last.complain <= found.complain < 0.01
        assert found.pleases < found.annoys
        last = found
    assert willingness(0.4, 1e9) == pytest.approx(0.0, abs=1e-9)
    assert unsubscribe_prob(1e9) < 0.02
    assert complain_prob(1e9, 0) < 0.003


def test_weeks_average_to_one_and_differ_between_people() -> None:
    own = WORLD.people.own[0]
    assert np.allclose(own.mean(axis=-1), 1.0)
    assert len({int(row[:24].argmax()) for row in own}) > 8


def test_the_rates_are_those_that_senders_report() -> None:
    caps = TALLIES["fixed caps"]
    sends = total(caps, Count.SENDS)
    assert 0.10 <= total(caps, Count.ENGAGED) / sends <= 0.35
    assert 0.001 <= total(caps, Count.UNSUBSCRIBED) / sends <= 0.005
    assert total(caps, Count.COMPLAINED) / sends <= 0.001
    flood = TALLIES["send at once"]
    assert total(flood, Count.UNSUBSCRIBED) / total(flood, Count.SENDS) > 0.004
    assert 2.5 < mean(len(stream.asked) for stream in WORLD.streams) / DAYS < 3.5
    assert 1.0 < mean(len(stream.sessions) for stream in WORLD.streams) / DAYS < 1.8


def test_expectations_and_what_happened_agree() -> None:
    for tally in TALLIES.values():
        expected = total(tally, Count.EXPECTED_ENGAGED)
        assert total(tally, Count.ENGAGED) == pytest.approx(expected, rel=0.08)


def test_sessions_follow_the_persons_week() -> None:
    hits, chance = 0.0, 0
    for user in USERS:
        zone = int(WORLD.people.zone[user])
        for at_ms in WORLD.streams[user].sessions:
            phase = WORLD.phase(user, at_ms)
            hits += float(WORLD.people.own[phase, user, int(CLOCK.week_hour(zone, at_ms))])
            chance += 1
    # Drawn in proportion to the intensity, its mean is that of its square: well above 1.
    assert hits / chance > 1.5


def test_some_change_on_the_day_of_the_drift_and_the_others_never() -> None:
    people = WORLD.people
    drifting = people.drifts
    assert 0.15 < drifting.mean() < 0.35
    assert (people.own[0, ~drifting] == people.own[1, ~drifting]).all()
    assert (people.appeal[0, ~drifting] == people.appeal[1, ~drifting]).all()
    assert (people.own[0, drifting] != people.own[1, drifting]).any(axis=-1).all()
    user = int(np.flatnonzero(drifting)[0])
    drift_ms = CLOCK.start_ms + 30 * DAY_MS
    assert [WORLD.phase(user, drift_ms - 1), WORLD.phase(user, drift_ms)] == [0, 1]


@pytest.mark.parametrize("policy", BASELINES)
def test_baselines_obey_quiet_hours_and_expiry(policy: str) -> None:
    for user in list(USERS)[:25]:
        zone = int(WORLD.people.zone[user])
        first, end = WORLD.people.allowed(user)
        stream = WORLD.streams[user]
        sends = list(BASELINES[policy](WORLD, user))
        assert sends == sorted(sends, key=lambda send: send.at_ms)
        assert len({send.request for send in sends}) == len(sends)
        for send in sends:
            assert first <= CLOCK.week_hour(zone, send.at_ms) % 24 < end
            late_ms = send.at_ms - stream.asked[send.request]
            assert 0 <= late_ms <= TTLS_MS[stream.types[send.request]]


@pytest.mark.parametrize("policy", ["fixed caps", "fixed caps, global best hour"])
def test_capped_baselines_obey_their_caps(policy: str) -> None:
    for user in list(USERS)[:25]:
        sends = [send.at_ms for send in BASELINES[policy](WORLD, user)]
        for at_ms in sends:
            assert sum(at_ms - DAY_MS < each <= at_ms for each in sends) <= 1
            assert sum(at_ms - 7 * DAY_MS < each <= at_ms for each in sends) <= 3


def test_nothing_is_sent_after_consent_was_withdrawn() -> None:
    tally = Tally(DAYS)
    left = 0
    for user in USERS:
        life = Life(WORLD, user, tally)
        sent: list[Send] = []

        def noted(user: int = user, sent: list[Send] = sent) -> object:
            for send in BASELINES["send at once"](WORLD, user):
                sent.append(send)
                yield send

        live(WORLD, life, noted())  # type: ignore[arg-type]
        if life.subscribed_until_ms is not None:
            left += 1
            before = [send for send in sent if send.at_ms < life.subscribed_until_ms]
            assert life.sends == len([s for s in before if s.at_ms < CLOCK.end_ms])
    assert left > 30


def test_a_request_is_answered_alike_under_different_policies() -> None:
    told: dict[float, list[Outcome]] = {}
    for earlier in (0, 5):
        life = Life(WORLD, 3, Tally(DAYS))
        at_ms = WORLD.streams[3].asked[40]
        for request in range(earlier):
            life.answer(request, 0, WORLD.streams[3].asked[request])
        told[earlier] = [reply.outcome for reply in life.answer(40, 0, at_ms)]
    # What went out weeks before is forgotten by now, and the draws are the request's own.
    assert told[0] == told[5]


def test_annoyance_grows_with_sends_and_fades_with_rest() -> None:
    life = Life(WORLD, 0, Tally(DAYS))
    at_ms = CLOCK.start_ms + 12 * HOUR_MS
    before = life.annoyance(at_ms)
    life.answer(0, 0, at_ms)
    after = life.annoyance(at_ms)
    memory_ms = float(WORLD.people.memory_days[0]) * DAY_MS
    assert before == 0.0 < after
    assert life.annoyance(at_ms + int(memory_ms)) == pytest.approx(after / np.e, rel=1e-6)


def test_some_feedback_is_late_and_some_is_lost() -> None:
    delays: list[int] = []
    lost = engaged = 0
    for user in USERS:
        life = Life(WORLD, user, tally := Tally(DAYS))
        for request, at_ms in enumerate(WORLD.streams[user].asked):
            if life.subscribed_until_ms is not None:
                break
            replies = life.answer(request, 0, at_ms)
            told = [r for r in replies if r.outcome is Outcome.OPENED]
            delays += [r.told_ms - r.at_ms for r in told]
            engaged += len(told)
        lost += int(total(tally, Count.ENGAGED))
    assert 0.01 < 1 - engaged / lost < 0.06
    late = sum(delay > MINUTE_MS for delay in delays) / len(delays)
    assert 0.02 < late < 0.09


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle(WORLD)


def test_the_oracle_beats_every_baseline_in_expectation(oracle: Oracle) -> None:
    tally = Tally(DAYS)
    for user in USERS:
        oracle.live(Life(WORLD, user, tally))
    best = total(tally, Count.EXPECTED_UTILITY)
    for other in TALLIES.values():
        assert best > 2 * total(other, Count.EXPECTED_UTILITY)
    quality = total(tally, Count.QUALITY) / total(tally, Count.REACHED)
    assert quality > 0.95


class Watched(Life):
    """A life that notes when something is sent."""

    __slots__ = ("sent",)

    def answer(self, request: int, channel: int, at_ms: int) -> list[Reply]:
        self.sent.append(at_ms)
        return super().answer(request, channel, at_ms)


def test_the_oracle_obeys_quiet_hours(oracle: Oracle) -> None:
    for user in list(USERS)[:25]:
        life = Watched(WORLD, user, Tally(DAYS))
        life.sent = []
        oracle.live(life)
        zone = int(WORLD.people.zone[user])
        first, end = WORLD.people.allowed(user)
        assert all(first <= CLOCK.week_hour(zone, at_ms) % 24 < end for at_ms in life.sent)


@given(zone=st.sampled_from(range(len(ZONES))), minute=st.integers(0, 60 * 24 * 60))
def test_the_clock_shows_what_the_zone_shows(zone: int, minute: int) -> None:
    at_ms = CLOCK.start_ms + minute * MINUTE_MS
    wall = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(ZONES[zone]))
    expected = wall.weekday() * 24 + wall.hour + wall.minute / 60
    assert CLOCK.week_hour(zone, at_ms) == pytest.approx(expected, abs=1e-6)


@given(
    zone=st.sampled_from(range(len(ZONES))),
    minute=st.integers(0, 60 * 24 * 59),
    hour=st.integers(0, 23),
)
def test_the_next_local_hour_is_the_first_that_the_wall_clock_shows(
    zone: int, minute: int, hour: int
) -> None:
    at_ms = CLOCK.start_ms + minute * MINUTE_MS
    found = CLOCK.next_local_hour(zone, at_ms, hour)
    assert at_ms <= found < at_ms + 25 * HOUR_MS + 1
    shown = CLOCK.week_hour(zone, found) % 24
    if hour not in (1, 2, 3):  # those are left out or repeated where clocks change
        assert shown == pytest.approx(hour, abs=1e-6)
        step = 15 * MINUTE_MS
        for before in range(at_ms, found, step):
            if before > at_ms:
                assert CLOCK.week_hour(zone, before) % 24 != pytest.approx(hour, abs=1e-6)


def test_everyone_can_be_reached_on_some_channel_and_zones_differ() -> None:
    people = population(150, 5)
    assert people.reached.any(axis=1).all()
    assert len(Counter(people.zone.tolist())) == len(ZONES)
    assert len(CHANNELS) == people.reached.shape[1]


def test_the_calendar_spans_the_changes_of_the_clock() -> None:
    clock = Clock(zones=ZONES)
    offsets = {
        name: {clock.offset(zone, clock.start_ms + day * DAY_MS) for day in range(60)}
        for zone, name in enumerate(ZONES)
    }
    assert len(offsets["Europe/Madrid"]) == len(offsets["America/New_York"]) == 2
    assert len(offsets["Asia/Tokyo"]) == 1
