import msgspec
import pytest
from builders import (
    DAY_MS,
    HOUR_MS,
    NOW,
    PLAIN,
    User,
    a_feedback,
    a_request,
    a_user,
    an_event,
    knowledge,
)

from tactful.engine.state import Section
from tactful.features import section as features
from tactful.labels.part import LATE_MS
from tactful.policy.model import Failover, Limits
from tactful.records import Example, ExampleKind, Outcome, Priority, Wakeup

END = NOW + DAY_MS
"""When the window of a send of now is due."""

NOTHING = {
    "engaged": 0,
    "clicked": 0,
    "converted": 0,
    "dismissed": 0,
    "unsubscribed": 0,
    "complained": 0,
}


def examples(user: User) -> list[Example]:
    return [
        each for each in user.outputs if isinstance(each, Example) and each.kind is ExampleKind.SEND
    ]


def sent_to(user: User, name: str = "r1", type: str = "receipt") -> str:  # noqa: A002
    """A send of now; gives its decision's id."""
    entry = user.asked(a_request(name, type, at_ms=user.now_ms))
    assert entry.verdict == "send"
    return entry.decision_id


def answered(user: User, decision: str, outcome: Outcome, at_ms: int, now_ms: int) -> None:
    user.take(a_feedback(decision, outcome, at_ms), now_ms)


def test_a_send_nobody_answers_is_told_when_its_window_is_over() -> None:
    user = a_user()
    decision = sent_to(user)
    user.take(Wakeup(), END - 1)
    assert examples(user) == []
    user.take(Wakeup(), END)
    [example] = examples(user)
    assert (example.id, example.decision_id) == (f"{decision}:0", decision)
    assert (example.at_ms, example.labelled_at_ms) == (NOW, END)
    assert example.labels == NOTHING
    assert (example.channel, example.type, example.segment) == ("email", "receipt", "new")
    assert (example.policy_version, example.model_versions) == ("plain-1", {})
    assert (example.propensity, example.revision, example.corrects) == (1.0, 0, None)


def test_the_next_record_of_the_user_tells_what_no_timer_has_told() -> None:
    user = a_user()
    sent_to(user)
    user.take(an_event("late", END + HOUR_MS), END + HOUR_MS)
    assert [each.labelled_at_ms for each in examples(user)] == [END + HOUR_MS]


def test_outcomes_within_the_window_become_labels_at_its_end() -> None:
    user = a_user()
    decision = sent_to(user)
    for outcome in (Outcome.DELIVERED, Outcome.OPENED, Outcome.CLICKED, Outcome.UNSUBSCRIBED):
        answered(user, decision, outcome, NOW + 1, NOW + 2)
    assert examples(user) == []
    user.take(Wakeup(), END)
    assert examples(user)[0].labels == NOTHING | {"engaged": 1, "clicked": 1, "unsubscribed": 1}


def test_a_conversion_is_told_at_once_and_what_follows_corrects_it() -> None:
    user = a_user()
    decision = sent_to(user)
    answered(user, decision, Outcome.CONVERTED, NOW + 1, NOW + 2)
    [example] = examples(user)
    assert (example.labels["converted"], example.labelled_at_ms) == (1, NOW + 2)
    answered(user, decision, Outcome.COMPLAINED, NOW + 3, NOW + 4)
    [_, corrected] = examples(user)
    assert (corrected.id, corrected.revision) == (f"{decision}:1", 1)
    assert corrected.corrects == example.labels
    assert corrected.labels == example.labels | {"complained": 1}
    user.take(Wakeup(), END)
    assert len(examples(user)) == 2


def test_an_opening_that_is_reported_late_corrects_and_one_that_happened_late_does_not() -> None:
    user = a_user()
    decision = sent_to(user)
    user.take(Wakeup(), END)
    answered(user, decision, Outcome.CLICKED, END + 1, END + 2)
    assert len(examples(user)) == 1
    answered(user, decision, Outcome.OPENED, END, END + LATE_MS)
    assert examples(user)[1].corrects == NOTHING
    assert examples(user)[1].labels == NOTHING | {"engaged": 1}


def test_a_complaint_counts_whenever_it_comes_until_the_window_is_forgotten() -> None:
    one, other = a_user(), a_user()
    for user, now_ms in ((one, END + LATE_MS), (other, END + LATE_MS + 1)):
        decision = sent_to(user)
        user.take(Wakeup(), END)
        answered(user, decision, Outcome.COMPLAINED, now_ms, now_ms)
    assert [each.labels["complained"] for each in examples(one)] == [0, 1]
    assert [each.labels["complained"] for each in examples(other)] == [0]


def test_an_outcome_reported_twice_changes_nothing() -> None:
    user = a_user()
    decision = sent_to(user)
    user.take(Wakeup(), END)
    for name in ("a", "b"):
        user.take(a_feedback(decision, Outcome.DISMISSED, END, id=name), END + 1)
    assert [each.revision for each in examples(user)] == [0, 1]


@pytest.mark.parametrize("outcome", [Outcome.BOUNCED, Outcome.FAILED])
def test_a_send_that_nobody_saw_gives_no_example_and_no_dosage(outcome: Outcome) -> None:
    user = a_user()
    decision = sent_to(user)
    answered(user, decision, outcome, NOW + HOUR_MS, NOW + HOUR_MS)
    user.take(Wakeup(), END)
    assert examples(user) == []
    evidence = features.unpack(user.state.sections[Section.FEATURES])
    assert (evidence.labels, evidence.dosage) == (0, 0.0)


def test_a_failure_after_an_answer_is_not_believed() -> None:
    user = a_user()
    decision = sent_to(user)
    answered(user, decision, Outcome.OPENED, NOW + 1, NOW + 1)
    answered(user, decision, Outcome.FAILED, NOW + 2, NOW + 2)
    user.take(Wakeup(), END)
    answered(user, decision, Outcome.BOUNCED, END + 1, END + 1)
    assert [each.labels["engaged"] for each in examples(user)] == [1]


def test_each_attempt_has_a_window_of_its_own() -> None:
    receipt = msgspec.structs.replace(PLAIN.types["receipt"], failover=Failover())
    user = a_user(knowledge(types=PLAIN.types | {"receipt": receipt}))
    first = sent_to(user)
    answered(user, first, Outcome.FAILED, NOW + 1, NOW + 1)
    [_, second] = user.decisions
    assert second.attempt == 2
    user.take(Wakeup(), END + 1)
    assert [each.decision_id for each in examples(user)] == [second.decision_id]


def test_beyond_the_limit_the_oldest_is_told_at_once() -> None:
    user = a_user(knowledge(limits=Limits(label_windows=2)))
    first, second, third = (sent_to(user, f"r{number}") for number in range(3))
    assert [(each.decision_id, each.labelled_at_ms) for each in examples(user)] == [(first, NOW)]
    user.take(Wakeup(), END)
    assert [each.decision_id for each in examples(user)] == [first, second, third]
    answered(user, first, Outcome.OPENED, NOW, END)
    assert len(examples(user)) == 3, "it is forgotten"


def test_what_was_told_gives_way_before_what_still_waits() -> None:
    user = a_user(knowledge(limits=Limits(label_windows=2)))
    told = sent_to(user, "told")
    answered(user, told, Outcome.CONVERTED, NOW, NOW)
    sent_to(user, "waits")
    sent_to(user, "new")
    assert [each.decision_id for each in examples(user)] == [told]


def test_the_features_are_those_of_the_decision_however_much_happens_after() -> None:
    user = a_user()
    user.take(an_event("e1", NOW - HOUR_MS), NOW - HOUR_MS)
    user.now_ms = NOW
    sent_to(user, "r0")
    user.now_ms = NOW + 2 * HOUR_MS
    sent_to(user)
    for number in range(20):
        user.take(an_event(f"more {number}", NOW + 2 * HOUR_MS), NOW + 2 * HOUR_MS)
    user.take(Wakeup(), END + DAY_MS)
    found = examples(user)[1].features
    assert found["seen_log"] == pytest.approx(1.386294)  # log(1 + 3 hours)
    assert found["dosage"] == pytest.approx(2 ** (-2 / 48))
    assert found["channel_gap_log"] == pytest.approx(1.098612)  # log(1 + 2 hours)
    assert {"type:receipt", "channel:email", "hour:14"} <= found.keys()


def test_critical_sends_have_windows_too() -> None:
    user = a_user()
    user.asked(a_request("r", "receipt", Priority.CRITICAL))
    user.take(Wakeup(), END)
    assert len(examples(user)) == 1


def test_feedback_on_what_is_no_decision_of_ours_is_passed_over() -> None:
    user = a_user()
    sent_to(user)
    for name in ("x", "00", "0" * 32, "A" * 32, " " * 32):
        user.take(a_feedback(name, Outcome.CONVERTED, NOW, id=f"f{name}"))
    assert examples(user) == []
