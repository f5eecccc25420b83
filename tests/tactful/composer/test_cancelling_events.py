import msgspec
import pytest
from builders import HOUR_MS, NOW, PLAIN, User, a_request, a_user, an_event, knowledge, names

from tactful.engine.state import Section
from tactful.policy.model import CancelledBy

LATER = NOW + HOUR_MS


def a_buyer(*cancelled_by: CancelledBy) -> User:
    """A user whose promotions are cancelled by what they do."""
    types = dict(PLAIN.types)
    types["promotion"] = msgspec.structs.replace(types["promotion"], cancelled_by=cancelled_by)
    return a_user(knowledge(types=types))


def test_an_event_cancels_what_waits_and_was_asked_for_before_it() -> None:
    user = a_buyer(CancelledBy("purchase"))
    user.asked(a_request("r1", not_before_ms=LATER))
    user.asked(a_request("r2", not_before_ms=LATER))
    effects = user.take(an_event(name="purchase", at_ms=NOW), NOW + 1)
    assert names(user.ledger[2:]) == [
        "r1 cancel cancelled_by_event",
        "r2 cancel cancelled_by_event",
    ]
    assert user.ledger[-1].explanation == "cancelled: the user did what it was about (purchase)"
    assert user.state.sections[Section.HELD] == b""
    assert effects.next_wakeup_ms != LATER


def test_an_event_from_before_the_request_comes_too_late_to_cancel_it() -> None:
    user = a_buyer(CancelledBy("purchase"))
    user.asked(a_request(not_before_ms=LATER))
    user.take(an_event(name="purchase", at_ms=NOW - 1), NOW + 1)
    assert user.verdicts() == ["hold not_before"]


def test_a_request_that_comes_after_the_event_is_not_cancelled() -> None:
    user = a_buyer(CancelledBy("purchase"))
    user.take(an_event(name="purchase"))
    assert user.asked(a_request(at_ms=NOW - 1)).verdict == "send"


@pytest.mark.parametrize("name", ["view", "Purchase", "purchase_started"])
def test_other_events_cancel_nothing(name: str) -> None:
    user = a_buyer(CancelledBy("purchase"))
    user.asked(a_request(not_before_ms=LATER))
    user.take(an_event(name=name), NOW + 1)
    assert user.verdicts() == ["hold not_before"]


def test_other_types_are_not_cancelled() -> None:
    user = a_buyer(CancelledBy("purchase"))
    user.asked(a_request(type="newsletter", not_before_ms=LATER))
    user.take(an_event(name="purchase"), NOW + 1)
    assert user.verdicts() == ["hold not_before"]


def test_each_of_several_events_cancels() -> None:
    for name in ("purchase", "emptied"):
        user = a_buyer(CancelledBy("purchase"), CancelledBy("emptied"))
        user.asked(a_request(not_before_ms=LATER))
        user.take(an_event(name=name), NOW + 1)
        assert user.verdicts()[-1] == "cancel cancelled_by_event"


def test_a_condition_says_which_of_those_that_wait_an_event_cancels() -> None:
    user = a_buyer(CancelledBy("purchase", when="event.cart == data.cart"))
    user.asked(a_request("mine", not_before_ms=LATER, data={"cart": 7}))
    user.asked(a_request("other", not_before_ms=LATER, data={"cart": 8}))
    user.asked(a_request("none", not_before_ms=LATER))
    user.take(an_event(name="purchase", attributes={"cart": 7}), NOW + 1)
    assert user.verdicts("mine") == ["hold not_before", "cancel cancelled_by_event"]
    assert user.verdicts("other") == ["hold not_before"]
    assert user.verdicts("none") == ["hold not_before"]


def test_two_conditions_on_one_event_are_both_asked() -> None:
    user = a_buyer(
        CancelledBy("purchase", when="event.cart == data.cart"),
        CancelledBy("purchase", when="event.total > 100"),
    )
    user.asked(a_request("r1", not_before_ms=LATER, data={"cart": 7}))
    user.asked(a_request("r2", not_before_ms=LATER, data={"cart": 8}))
    user.take(an_event("e1", name="purchase", attributes={"cart": 7, "total": 1}), NOW + 1)
    assert user.verdicts("r1") == ["hold not_before", "cancel cancelled_by_event"]
    user.take(an_event("e2", name="purchase", attributes={"cart": 9, "total": 101}), NOW + 1)
    assert user.verdicts("r2") == ["hold not_before", "cancel cancelled_by_event"]


def test_what_an_event_cancels_is_not_first_sent_because_it_is_due() -> None:
    user = a_buyer(CancelledBy("purchase"))
    user.asked(a_request(not_before_ms=LATER))
    user.take(an_event(name="purchase", at_ms=LATER), LATER)
    assert user.verdicts() == ["hold not_before", "cancel cancelled_by_event"]


def test_a_copy_of_a_cancelled_request_is_a_copy() -> None:
    user = a_buyer(CancelledBy("purchase"))
    request = a_request(not_before_ms=LATER)
    user.asked(request)
    user.take(an_event(name="purchase"), NOW + 1)
    assert user.take(request).duplicate
