"""The simulated population: a function of its seed, valid by the contracts, over all channels."""

import collections

from schemas import decode, encode
from tactful.policy import DEFAULT_POLICY
from tactful.records import (
    Decision,
    Event,
    Feedback,
    Outcome,
    Priority,
    ProfileUpdate,
    RecordKind,
    Request,
)
from tactful.simulator import opening_update, population, reactions, traffic
from tactful.simulator.traffic import Rates

START_MS = 1_790_000_000_000
PEOPLE = population(200, seed=7)
KINDS = {
    Event: RecordKind.EVENT,
    Request: RecordKind.REQUEST,
    ProfileUpdate: RecordKind.PROFILE_UPDATE,
}
MINUTE = list(traffic(PEOPLE, 7, START_MS, 60_000))


def decision(user_id: str, number: int, channel: str = "push") -> Decision:
    return Decision(
        decision_id=f"d{number}",
        request_id=f"r{number}",
        user_id=user_id,
        type="tip",
        channel=channel,
        priority=Priority.NORMAL,
        decided_at_ms=START_MS,
        deliver_by_ms=START_MS,
        score=0.1,
        propensity=1.0,
        explanation="",
        policy_version="p",
        model_versions={},
    )


def test_the_same_seed_gives_the_same_world_and_another_seed_another() -> None:
    assert population(50, seed=7) == PEOPLE[:50]
    assert population(50, seed=8) != PEOPLE[:50]
    assert list(traffic(PEOPLE, 7, START_MS, 60_000)) == MINUTE
    assert list(traffic(PEOPLE, 8, START_MS, 60_000)) != MINUTE


def test_every_record_keeps_to_the_contract() -> None:
    updates: list[Event | Request | ProfileUpdate] = [opening_update(p, 1) for p in PEOPLE]
    for record in [*MINUTE, *updates]:
        assert decode(KINDS[type(record)], encode(record)) == record


def test_traffic_comes_in_the_order_of_time_within_its_span() -> None:
    times = [record.at_ms for record in MINUTE]
    assert times == sorted(times)
    assert times[0] >= START_MS
    assert times[-1] < START_MS + 60_000


def test_the_rates_are_kept_and_a_few_records_come_twice() -> None:
    rates = Rates(events_per_s=10.5, requests_per_s=2.0)
    records = list(traffic(PEOPLE, 1, START_MS, 100_000, rates))
    unique = {(type(r), r.id): r for r in records}
    kinds = collections.Counter(kind for kind, _ in unique)
    assert kinds[Request] == 200
    assert 1000 <= kinds[Event] <= 1100
    assert 0 < len(records) - len(unique) < 50


def test_all_types_and_priorities_of_the_policy_are_asked_for() -> None:
    requests = [record for record in MINUTE if isinstance(record, Request)]
    assert {r.type for r in requests} == set(DEFAULT_POLICY.types)
    assert {r.priority for r in requests} == set(Priority)
    for request in requests:
        assert set(request.channels or []) <= set(DEFAULT_POLICY.types[request.type].channels)


def test_people_live_in_many_zones_and_can_be_reached_on_every_channel() -> None:
    assert len({person.zone for person in PEOPLE}) >= 8
    needed = {channel.address for channel in DEFAULT_POLICY.channels.values()} - {None}
    assert needed <= {name for person in PEOPLE for name in person.identifiers}


def answers(channel: str = "push", people: int = 200) -> list[list[Feedback]]:
    return [
        reactions(person, decision(person.user_id, n, channel), seed=7)
        for n, person in enumerate(PEOPLE[:people])
    ]


def test_answers_follow_the_decision_in_order_and_are_the_same_again() -> None:
    for feedback in answers():
        times = [START_MS, *(f.at_ms for f in feedback)]
        assert times == sorted(times)
        assert feedback[0].outcome in (Outcome.DELIVERED, Outcome.FAILED)
    assert answers() == answers()


def test_those_who_like_a_channel_answer_more_on_it() -> None:
    def share(people: list[int]) -> float:
        engaged = [
            any(
                f.outcome is Outcome.OPENED
                for f in reactions(PEOPLE[i], decision(PEOPLE[i].user_id, n), seed=3)
            )
            for i in people
            for n in range(20)
        ]
        return sum(engaged) / len(engaged)

    ranked = sorted(range(len(PEOPLE)), key=lambda i: PEOPLE[i].engage_prob["push"])
    assert share(ranked[:50]) < share(ranked[-50:]) - 0.3


def test_a_text_message_can_not_tell_that_it_was_opened() -> None:
    outcomes = {f.outcome for feedback in answers("sms") for f in feedback}
    assert Outcome.OPENED not in outcomes
    assert Outcome.CLICKED in outcomes
