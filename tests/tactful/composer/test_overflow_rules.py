import pytest
from builders import HOUR_MS, NOW, User, a_request, a_user, knowledge, names

from tactful.policy.model import Limits, Overflow
from tactful.records import Priority

LATER = NOW + HOUR_MS


def full(overflow: Overflow) -> User:
    """A user for whom two wait: one of low priority asked for first, one of high."""
    user = a_user(knowledge(limits=Limits(held=2, overflow=overflow)))
    user.asked(a_request("low", priority=Priority.LOW, not_before_ms=LATER))
    user.asked(a_request("high", priority=Priority.HIGH, at_ms=NOW + 1, not_before_ms=LATER))
    return user


@pytest.mark.parametrize(
    ("overflow", "loser"),
    [(Overflow.LEAST_URGENT, "low"), (Overflow.OLDEST, "low"), (Overflow.NEWEST, "next")],
)
def test_one_more_than_can_wait_ends_the_one_that_the_policy_says(
    overflow: Overflow, loser: str
) -> None:
    user = full(overflow)
    user.take(a_request("next", at_ms=NOW + 2, not_before_ms=LATER), NOW + 2)
    assert names(user.ledger[2:]) == ["next hold not_before", f"{loser} suppress overflow"]
    assert user.ledger[-1].explanation == (
        f"not sent: 2 others already wait for the user, and {overflow.replace('_', ' ')} gives way"
    )


def test_the_oldest_gives_way_even_to_what_is_less_urgent() -> None:
    user = a_user(knowledge(limits=Limits(held=1, overflow=Overflow.OLDEST)))
    user.asked(a_request("high", priority=Priority.HIGH, not_before_ms=LATER))
    user.asked(a_request("low", priority=Priority.LOW, at_ms=NOW + 1, not_before_ms=LATER))
    assert user.verdicts("high") == ["hold not_before", "suppress overflow"]
    assert names(user.woken()) == ["low send allowed"]


def test_the_newest_gives_way_even_when_it_is_more_urgent() -> None:
    user = a_user(knowledge(limits=Limits(held=1, overflow=Overflow.NEWEST)))
    user.asked(a_request("low", priority=Priority.LOW, not_before_ms=LATER))
    user.asked(a_request("high", priority=Priority.HIGH, at_ms=NOW + 1, not_before_ms=LATER))
    assert user.verdicts("high") == ["hold not_before", "suppress overflow"]
    assert names(user.woken()) == ["low send allowed"]


def test_what_can_go_at_once_needs_no_room() -> None:
    for overflow in Overflow:
        user = full(overflow)
        assert user.asked(a_request("now", at_ms=NOW + 2)).verdict == "send"
        assert [entry.reason for entry in user.ledger].count("overflow") == 0
