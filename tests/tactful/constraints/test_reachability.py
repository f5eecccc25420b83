import pytest
from asking import an_ask, earliest, why
from builders import DAY_MS, HOUR_MS, NOW, PLAIN, a_feedback, a_request, a_user, an_event, knowledge

from tactful.constraints.reachability import CONSTRAINT
from tactful.knowledge import Knowledge
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


def alive_for(ttl_ms: int) -> Knowledge:
    push = ChannelPolicy(address="push_token", address_ttl_ms=ttl_ms)
    return knowledge(channels=PLAIN.channels | {"push": push})


@pytest.mark.parametrize(
    ("written", "seen", "reached"),
    [
        (NOW - DAY_MS, 0, True),
        (NOW - DAY_MS - 1, 0, False),
        (NOW - 9 * DAY_MS, NOW - DAY_MS, True),
        (NOW - 9 * DAY_MS, NOW - DAY_MS - 1, False),
        (NOW - 1, NOW - 9 * DAY_MS, True),
        (NOW - 9 * DAY_MS, NOW + HOUR_MS, True),  # the user's clock is ahead
    ],
)
def test_an_address_dies_that_neither_was_renewed_nor_its_user_seen(
    written: int, seen: int, reached: bool
) -> None:
    ask = an_ask(alive_for(DAY_MS), born_ms=written, last_seen_ms=seen)
    assert earliest(CONSTRAINT, ask, channel="push") == (NOW if reached else None)
    assert earliest(CONSTRAINT, ask, channel="email") == NOW  # has no such limit
    if not reached:
        assert why(CONSTRAINT, ask, "push") == (
            "the push_token for push was not seen alive for too long"
        )


def test_life_is_as_of_now_and_not_of_the_moment_asked_for() -> None:
    ask = an_ask(alive_for(DAY_MS), born_ms=NOW - DAY_MS)
    assert earliest(CONSTRAINT, ask, NOW + 5 * DAY_MS, channel="push") == NOW + 5 * DAY_MS


def test_an_event_or_a_new_token_brings_a_channel_back() -> None:
    user = a_user(alive_for(HOUR_MS), identifiers={"push_token": "t0"})
    kind = "promotion"
    assert user.asked(a_request("r1", kind, channels=["push"])).reason == "unreachable"
    user.take(an_event(at_ms=NOW))
    assert user.asked(a_request("r2", kind, channels=["push"])).verdict == "send"
    user.now_ms = NOW + 2 * HOUR_MS
    assert user.asked(a_request("r3", kind, at_ms=user.now_ms, channels=["push"])).verdict != "send"
    user.told(identifiers={"push_token": "t1"})
    assert user.asked(a_request("r4", kind, at_ms=user.now_ms, channels=["push"])).verdict == "send"


def test_a_channel_that_needs_an_address_no_more_is_reachable_whatever_bounced() -> None:
    user = a_user()
    user.take(a_feedback("d", Outcome.BOUNCED))
    user.knowledge = knowledge(channels=PLAIN.channels | {"email": ChannelPolicy()})
    assert user.asked(a_request(channels=["email"])).verdict == "send"


@pytest.mark.parametrize("address", ["", None])
def test_an_address_of_nothing_is_none(address: str | None) -> None:
    ask = an_ask(profile={"identifiers": {"email": address}})
    assert earliest(CONSTRAINT, ask) is None
    assert why(CONSTRAINT, ask) == "no email is known for email"
