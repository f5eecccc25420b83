import msgspec
import pytest
from builders import (
    HOUR_MS,
    MINUTE_MS,
    NOW,
    PLAIN,
    User,
    a_cap,
    a_feedback,
    a_request,
    a_user,
    an_event,
    knowledge,
    names,
)

from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.policy import Purpose
from tactful.policy.model import CancelledBy, Failover
from tactful.records import Outcome, Wakeup
from tactful.sends.log import COUNTED_BIT, entries

TEN = 10 * MINUTE_MS


def urging(within_ms: int = HOUR_MS, **more: object) -> Knowledge:
    """A receipt that nobody opens within ten minutes goes out on the next channel."""
    types = dict(PLAIN.types)
    types["receipt"] = msgspec.structs.replace(
        types["receipt"],
        failover=Failover(unopened_after_ms=TEN, within_ms=within_ms),
        cancelled_by=(CancelledBy("seen"),),
    )
    return knowledge(**{"types": types, **more})


def told_off(user: User) -> list[int]:
    """When anything is due, in order, until nothing is."""
    moments = []
    while (due_ms := user.state.wakeup_ms) is not None:
        moments.append(due_ms - NOW)
        user.take(Wakeup(), due_ms)
        assert len(moments) < 20
    return moments


def test_what_nobody_opens_goes_out_on_the_next_channel() -> None:
    user = a_user(urging())
    user.asked(a_request(type="receipt"))
    [second] = user.woken()
    assert (second.verdict, second.reason, second.attempt) == ("send", "escalation", 2)
    assert (second.channel, second.decided_at_ms) == ("push", NOW + TEN)
    assert second.explanation.endswith(", attempt 2 after email was not opened")


def test_it_ends_at_the_most_attempts_and_leaves_no_timer() -> None:
    user = a_user(urging())
    user.asked(a_request(type="receipt"))
    told_off(user)
    assert [each.decided_at_ms - NOW for each in user.decisions] == [0, TEN, 2 * TEN]
    assert user.state.sections[Section.ATTEMPTS] == b""


@pytest.mark.parametrize(
    "outcome", [Outcome.OPENED, Outcome.CLICKED, Outcome.CONVERTED, Outcome.DISMISSED]
)
def test_an_answer_in_time_ends_it(outcome: Outcome) -> None:
    user = a_user(urging())
    sent = user.asked(a_request(type="receipt"))
    user.take(a_feedback(sent.decision_id, outcome, NOW + TEN - 1), NOW + TEN - 1)
    told_off(user)
    assert len(user.decisions) == 1


def test_an_answer_to_the_first_attempt_ends_the_second_one_s_too() -> None:
    user = a_user(urging())
    sent = user.asked(a_request(type="receipt"))
    user.woken()
    user.take(a_feedback(sent.decision_id, Outcome.OPENED, user.now_ms))
    told_off(user)
    assert len(user.decisions) == 2


def test_what_is_delivered_may_still_be_unopened() -> None:
    user = a_user(urging())
    sent = user.asked(a_request(type="receipt"))
    user.take(a_feedback(sent.decision_id, Outcome.DELIVERED))
    assert names(user.woken()) == ["r1 send escalation"]


def test_a_failure_does_not_wait_for_the_time_to_open() -> None:
    user = a_user(urging())
    sent = user.asked(a_request(type="receipt"))
    user.take(a_feedback(sent.decision_id, Outcome.FAILED, NOW + MINUTE_MS), NOW + MINUTE_MS)
    assert user.verdicts() == ["send allowed", "send failover"]
    # The time to open counts anew.
    assert names(user.woken()) == ["r1 send escalation"]
    assert user.now_ms == NOW + MINUTE_MS + TEN


def test_each_attempt_keeps_its_slot() -> None:
    user = a_user(urging())
    user.asked(a_request(type="receipt"))
    told_off(user)
    flags = [each.flags & COUNTED_BIT for each in entries(user.state.sections[Section.SENDS])]
    assert flags == [COUNTED_BIT] * 3


def test_an_attempt_obeys_the_caps() -> None:
    user = a_user(urging(caps=(a_cap(max=1, purposes=tuple(Purpose)),)))
    user.asked(a_request(type="receipt"))
    assert names(user.woken()) == ["r1 suppress cap_user"]
    assert user.ledger[-1].attempt == 2
    told_off(user)
    assert len(user.decisions) == 1


def test_nothing_is_tried_after_the_time_that_the_policy_allows() -> None:
    user = a_user(urging(within_ms=TEN + MINUTE_MS))
    user.asked(a_request(type="receipt"))
    told_off(user)
    assert [each.decided_at_ms - NOW for each in user.decisions] == [0, TEN]


def test_a_wake_up_that_comes_too_late_tries_nothing() -> None:
    user = a_user(urging())
    user.asked(a_request(type="receipt"))
    user.take(Wakeup(), NOW + HOUR_MS + 1)
    told_off(user)
    assert len(user.decisions) == 1


def test_an_event_that_cancels_ends_it() -> None:
    user = a_user(urging())
    user.asked(a_request(type="receipt"))
    user.take(an_event(name="seen"), NOW + 1)
    told_off(user)
    assert user.verdicts() == ["send allowed"]
    assert user.state.sections[Section.ATTEMPTS] == b""


def test_any_record_that_comes_when_it_is_due_escalates() -> None:
    user = a_user(urging())
    user.asked(a_request(type="receipt"))
    user.take(an_event("e1", NOW + TEN), NOW + TEN)
    assert user.verdicts() == ["send allowed", "send escalation"]
