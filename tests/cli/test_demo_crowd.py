"""The demo's crowd: everyone is introduced, and answers follow what is decided."""

from cli.demo_loop import DemoCrowd
from tactful.records import Decision, Feedback, Outcome, Priority
from tactful.simulator import population

NOW_MS = 1_790_000_000_000


def decision(user_id: str, number: int) -> Decision:
    return Decision(
        decision_id=f"d{number}",
        request_id=f"r{number}",
        user_id=user_id,
        type="tip",
        channel="push",
        priority=Priority.NORMAL,
        decided_at_ms=NOW_MS,
        deliver_by_ms=NOW_MS,
        score=0.1,
        propensity=1.0,
        explanation="",
        policy_version="p",
        model_versions={},
    )


def test_the_demos_crowd_is_introduced_acts_and_answers() -> None:
    crowd = DemoCrowd(population(20, 7), 7)
    assert [opening.user_id for opening in crowd.openings(NOW_MS)] == list(crowd.user_ids)
    records = list(crowd.traffic(NOW_MS, 3_000))
    assert {record.user_id for record in records} <= set(crowd.user_ids)
    outcomes = set()
    for number in range(60):
        user_id = crowd.user_ids[number % 20]
        for due in crowd.answers(decision(user_id, number)):
            assert isinstance(due.record, Feedback)
            assert due.at_ms == due.record.at_ms >= NOW_MS
            assert due.record.user_id == user_id
            outcomes.add(due.record.outcome)
    assert {Outcome.DELIVERED, Outcome.OPENED} <= outcomes
