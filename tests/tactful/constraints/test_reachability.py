import pytest
from builders import NOW, PLAIN, a_feedback, a_request, a_user, knowledge

from tactful.policy import ChannelPolicy
from tactful.records import Outcome, Priority


def test_a_channel_without_an_address_of_the_user_is_not_used() -> None:
    user = a_user(identifiers={"push_token": "t0"})
    assert user.asked(a_request()).channel == "push"
    verdict = user.asked(a_request("r2", channels=["email"]))
    assert (verdict.verdict, verdict.reason) == ("suppress", "unreachable")
    assert verdict.explanation.startswith("not sent: no email is known for email")


def test_a_channel_that_needs_no_address_is_always_reachable() -> None:
    assert a_user(identifiers={}).asked(a_request()).channel == "in_app"


def test_critical_does_not_pass_reachability() -> None:
    request = a_request(channels=["email"], priority=Priority.CRITICAL)
    assert a_user(identifiers={}).asked(request).reason == "unreachable"


def test_a_bounce_makes_the_address_unreachable() -> None:
    user = a_user()
    user.take(a_feedback("d", Outcome.BOUNCED))
    assert user.asked(a_request()).channel == "push"
    verdict = user.asked(a_request("r2", channels=["email"]))
    assert verdict.explanation.startswith("not sent: the address for email bounced")


def test_a_newer_address_is_tried_again_after_a_bounce() -> None:
    user = a_user()
    user.take(a_feedback("d", Outcome.BOUNCED))
    user.now_ms += 1
    user.told(identifiers={"email": "ada@example.com"})
    assert user.asked(a_request()).channel == "email"


def test_a_newer_address_of_another_channel_heals_nothing() -> None:
    user = a_user()
    user.take(a_feedback("d", Outcome.BOUNCED))
    user.now_ms += 1
    user.told(identifiers={"push_token": "t1"})
    assert user.asked(a_request()).channel == "push"


def test_a_late_bounce_of_an_older_address_says_nothing_of_the_new_one() -> None:
    user = a_user()
    user.told(identifiers={"email": "ada@example.com"})
    user.take(a_feedback("d", Outcome.BOUNCED, at_ms=NOW - 1))
    assert user.asked(a_request()).channel == "email"


def test_an_older_address_that_comes_late_does_not_heal_a_bounce() -> None:
    user = a_user()
    user.take(a_feedback("d", Outcome.BOUNCED))
    user.told(identifiers={"email": "old@example.com"}, at_ms=NOW - 1)
    assert user.asked(a_request()).channel == "push"


def test_a_channel_without_an_address_can_not_bounce() -> None:
    user = a_user()
    user.take(a_feedback("d", Outcome.BOUNCED, channel="in_app"))
    assert user.asked(a_request(channels=["in_app"])).verdict == "send"


def test_bounces_on_channels_that_nobody_knows_leave_no_trace() -> None:
    user = a_user()
    before = user.state.sections[1]
    for number in range(300):
        user.take(a_feedback("d", Outcome.BOUNCED, id=f"f{number}", channel=f"c{number}"))
    assert user.state.sections[1] == before


@pytest.mark.parametrize(("bounced", "left"), [("sms", "voice"), ("voice", "sms")])
def test_channels_with_one_address_bounce_apart_and_heal_together(bounced: str, left: str) -> None:
    # A landline takes calls but no texts, so a bounce says nothing of the other channel.
    kind = PLAIN.types["promotion"]
    phone = ChannelPolicy(address="phone")
    known = knowledge(
        channels={"sms": phone, "voice": phone},
        types={"promotion": type(kind)(kind.purpose, ("sms", "voice"))},
    )
    user = a_user(known, identifiers={"phone": "+100"})
    user.take(a_feedback("d", Outcome.BOUNCED, channel=bounced))
    assert user.asked(a_request("r1")).channel == left
    user.now_ms += 1
    user.told(identifiers={"phone": "+200"})
    assert user.asked(a_request("r2", channels=[bounced])).channel == bounced


def test_a_bounce_reported_twice_or_out_of_order_stays_one_bounce() -> None:
    user = a_user()
    for number, shift in enumerate((0, -5, 0, 5)):
        user.take(a_feedback("d", Outcome.BOUNCED, NOW + shift, id=f"f{number}"))
    user.told(identifiers={"email": "new@example.com"}, at_ms=NOW + 5)
    assert user.asked(a_request("r1")).channel == "push"
    user.told(id="newer", identifiers={"email": "newer@example.com"}, at_ms=NOW + 6)
    assert user.asked(a_request("r2")).channel == "email"
