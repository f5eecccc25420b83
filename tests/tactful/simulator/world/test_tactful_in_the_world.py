"""Tactful in the simulated world: the same twice, within its policy, judged by the truth."""

import msgspec
import pytest

from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS
from tactful.models import Form, Snapshot, Task, encode_snapshot
from tactful.simulator.world.accuracy import Choice, judge, worths
from tactful.simulator.world.deciding import Deciding
from tactful.simulator.world.life import Life, Reply
from tactful.simulator.world.policy import probing_policy, simulated_policy
from tactful.simulator.world.response import CHANNELS, NEGATIVE_COST
from tactful.simulator.world.running import (
    COLD,
    ORACLE,
    POLICIES,
    TIRELESS,
    WARM,
    judged_days,
    run_policy,
    warm_up,
)
from tactful.simulator.world.tally import Count, Outcome, Tally
from tactful.simulator.world.world import Plan, World

PLAN = Plan(seed=3, users=30, days=8, drift_day=4)
WORLD = World(PLAN)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    learned = warm_up(PLAN, 12)
    return {policy: run_policy(PLAN, policy, learned) for policy in POLICIES}


def test_every_policy_runs_and_says_what_came_of_it(outcomes: dict[str, Outcome]) -> None:
    for policy, found in outcomes.items():
        assert found.policy == policy
        assert found.total(Count.SENDS) == sum(found.channels.values()) == sum(found.frequency)
        assert 0 < found.total(Count.ENGAGED) < found.total(Count.REACHED)
        assert found.total(Count.REACHED) <= found.total(Count.SENDS)
        assert sum(found.group_sizes) == found.users == PLAN.users
        assert max(found.by_day(Count.ACTIVE)) <= PLAN.users
    utility = {p: found.total(Count.EXPECTED_UTILITY) for p, found in outcomes.items()}
    assert max(utility, key=lambda policy: utility[policy]) == ORACLE


def test_an_outcome_survives_being_written_and_read(outcomes: dict[str, Outcome]) -> None:
    for found in outcomes.values():
        packed = msgspec.json.encode(found)
        assert msgspec.json.encode(msgspec.json.decode(packed, type=Outcome)) == packed


def test_the_same_seed_gives_the_same_run(outcomes: dict[str, Outcome]) -> None:
    learned = warm_up(PLAN, 12)
    assert run_policy(PLAN, WARM, learned) == outcomes[WARM]
    assert run_policy(PLAN, COLD) == outcomes[COLD]


def test_the_dearer_a_refusal_the_rarer_people_are_written_to() -> None:
    learned = warm_up(PLAN, 12)
    refusal = Snapshot(
        task=Task.NEGATIVE,
        version="negative-1",
        trained_at_ms=0,
        examples=1000,
        form=Form.LOGISTIC,
        intercept=-4.0,
        weights={"dosage": 1.0},
    )
    learned.snapshots["negative"] = encode_snapshot(refusal)
    cheap, dear = (
        run_policy(PLAN, WARM, learned, refusal_cost=cost).total(Count.SENDS) for cost in (1, 100)
    )
    assert dear < cheap / 2


def test_what_learns_tells_its_models(outcomes: dict[str, Outcome]) -> None:
    for policy in (WARM, TIRELESS):
        assert "engagement" in outcomes[policy].notes["models"]
    assert "models" not in outcomes[COLD].notes


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="found 'best'"):
        run_policy(PLAN, "best")


def test_choices_are_judged_now_and_then_and_at_the_end() -> None:
    assert judged_days(60) == {4, 9, 14, 19, 24, 29, 34, 39, 44, 49, 54, 59}
    assert judged_days(8) == {4, 7}


class Noted(Life):
    """A life that notes what is sent."""

    __slots__ = ("sent",)

    def answer(self, request: int, channel: int, at_ms: int) -> list[Reply]:
        self.sent.append((request, channel, at_ms))
        return super().answer(request, channel, at_ms)


@pytest.fixture(scope="module")
def run() -> Deciding:
    deciding = Deciding(WORLD, Knowledge(simulated_policy()))
    for user, simulated in enumerate(deciding._users):
        life = Noted(WORLD, user, deciding.tally)
        life.sent = []
        simulated.life = deciding.lives[user] = life
    deciding.run()
    return deciding


def test_tactful_keeps_to_consent_quiet_hours_reach_and_caps(run: Deciding) -> None:
    sends = 0
    for user, life in enumerate(run.lives):
        assert isinstance(life, Noted)
        zone = int(WORLD.people.zone[user])
        first, end = WORLD.people.allowed(user)
        times = [at_ms for _, _, at_ms in life.sent]
        assert len({request for request, _, _ in life.sent}) == len(life.sent)
        for _, channel, at_ms in life.sent:
            sends += 1
            assert WORLD.people.reached[user, channel]
            assert first <= WORLD.clock.week_hour(zone, at_ms) % 24 < end
            assert sum(at_ms - DAY_MS < each <= at_ms for each in times) <= 3
            assert sum(at_ms - 7 * DAY_MS < each <= at_ms for each in times) <= 10
            if life.subscribed_until_ms is not None:
                assert at_ms <= life.subscribed_until_ms
    assert sends > 100


def test_asking_for_a_choice_changes_nothing(run: Deciding) -> None:
    choose = run._probe()
    before = [user.state for user in run._users]
    at_ms = WORLD.clock.next_local_hour(int(WORLD.people.zone[0]), WORLD.clock.end_ms, 8)
    chosen = choose(0, at_ms)
    assert chosen is not None
    assert 0 <= chosen.at_ms - at_ms < DAY_MS
    assert choose(0, at_ms) == chosen
    assert [user.state for user in run._users] == before


def test_a_choice_is_free_of_caps_but_not_of_quiet_hours() -> None:
    policy = probing_policy(simulated_policy(), 3)
    assert policy.quiet_hours is not None
    assert (policy.quiet_hours.start, policy.quiet_hours.end) == ("20:00", "10:00")
    assert policy.caps == policy.gaps == ()
    assert policy.exploration is None


def test_the_truth_judges_the_truths_own_choice_as_right() -> None:
    tally = Tally(PLAN.days)
    lives = [Life(WORLD, user, tally) for user in range(PLAN.users)]

    def best(user: int, at_ms: int) -> Choice:
        found = worths(WORLD, lives[user], at_ms)
        channel, hour = divmod(int(found.argmax()), found.shape[1])
        return Choice(channel, at_ms + hour * HOUR_MS)

    def worst(user: int, at_ms: int) -> Choice:
        found = worths(WORLD, lives[user], at_ms)
        reached = WORLD.people.reached[user]
        channel = min((c for c in range(len(CHANNELS)) if reached[c]), key=lambda c: found[c].max())
        return Choice(channel, at_ms + int(found[channel].argmin()) * HOUR_MS)

    right = judge(WORLD, lives, 7, best, [0] * PLAN.users)
    assert right.everyone == pytest.approx(
        {"channel": 1.0, "channel_value": 1.0, "hour": 1.0, "hour_value": 1.0}
    )
    wrong = judge(WORLD, lives, 7, worst, [0] * PLAN.users)
    assert wrong.everyone["channel"] < 0.2
    assert wrong.everyone["hour_value"] < 0.8
    # Nobody was sent anything yet, so there is nobody with enough history to tell.
    assert right.users["channel"] == right.users["hour"] == 0


def test_the_policy_counts_in_the_truths_unit() -> None:
    policy = simulated_policy()
    assert {kind.value for kind in policy.types.values()} == {1.0}
    # Whoever leaves engages no more: that is dearer than the truth's price of leaving alone.
    assert policy.fatigue.negative_cost > NEGATIVE_COST
