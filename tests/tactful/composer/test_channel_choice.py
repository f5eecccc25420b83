import pytest
from builders import (
    DAY_MS,
    NOW,
    PLAIN,
    User,
    a_feedback,
    a_request,
    a_user,
    an_update,
    knowledge,
)

from tactful.policy import ChannelPolicy, NotificationType, Purpose
from tactful.records import Outcome, Reason


def test_without_history_the_channel_of_the_highest_global_rate_is_chosen() -> None:
    verdict = a_user().asked(a_request())
    assert verdict.channel == "email"
    assert [each.channel for each in verdict.considered] == ["email", "push", "in_app"]
    assert [each.score for each in verdict.considered] == [0.3, 0.2, 0.1]


def test_the_choice_follows_what_the_user_engages_with() -> None:
    user = a_user()
    for number in range(12):
        user.asked(a_request(f"e{number}", "newsletter"))
    for number in range(12):
        sent = user.asked(a_request(f"p{number}", channels=["push"]))
        user.take(a_feedback(sent.decision_id, Outcome.OPENED, channel="push"))
    verdict = user.asked(a_request("r1"))
    assert verdict.channel == "push"
    # (12 + 10 x 0.2) / (12 + 10)
    assert verdict.score == pytest.approx(14 / 22, abs=1e-6)


def test_a_channel_costs_what_the_policy_says() -> None:
    channels = dict(PLAIN.channels)
    channels["email"] = ChannelPolicy(address="email", engage_prob=0.3, cost=0.15)
    verdict = a_user(knowledge(channels=channels)).asked(a_request())
    assert verdict.channel == "push"
    assert verdict.considered[0].score == pytest.approx(0.15)


def test_on_equal_worth_the_order_of_the_types_channels_decides() -> None:
    channels = {name: ChannelPolicy(engage_prob=0.2) for name in ("a", "b", "c")}
    for order in (("b", "c", "a"), ("c", "a", "b")):
        types = {"promotion": NotificationType(Purpose.MARKETING, order)}
        verdict = a_user(knowledge(channels=channels, types=types)).asked(a_request())
        assert verdict.channel == order[0]


def test_a_request_may_narrow_the_channels_down() -> None:
    verdict = a_user().asked(a_request(channels=["in_app", "push"]))
    assert verdict.channel == "push"
    assert {each.channel for each in verdict.considered} == {"push", "in_app"}


def test_an_unknown_channel_of_a_request_is_shown_and_the_others_are_used() -> None:
    verdict = a_user().asked(a_request(channels=["pigeon", "push"]))
    assert verdict.channel == "push"
    shown = {each.channel: each.blocked_by for each in verdict.considered}
    assert shown == {"push": [], "pigeon": [Reason.UNKNOWN_CHANNEL]}


def test_a_request_of_unknown_channels_only_is_suppressed() -> None:
    user = a_user()
    verdict = user.asked(a_request(channels=["pigeon", "fax"]))
    assert (verdict.verdict, verdict.reason) == ("suppress", "unknown_channel")
    assert verdict.explanation == "not sent: type promotion may use none of pigeon, fax"
    # A channel of the policy that the type may not use is no better.
    assert user.asked(a_request("r2", "newsletter", channels=["push"])).reason == "unknown_channel"


def test_a_type_that_the_policy_does_not_have_is_suppressed() -> None:
    verdict = a_user().asked(a_request(type="birthday"))
    assert (verdict.verdict, verdict.reason) == ("suppress", "unknown_type")
    assert verdict.explanation == "not sent: the policy has no type 'birthday'"
    assert verdict.expires_at_ms == NOW


def test_what_is_considered_names_each_channels_blocker() -> None:
    user = User(knowledge(), NOW)
    user.take(
        an_update(
            consent={"marketing": True, "marketing:email": False},
            identifiers={"email": "ada@example.org"},
            preferences={"channels": {"in_app": False}},
        )
    )
    verdict = user.asked(a_request())
    assert verdict.verdict == "suppress"
    assert {each.channel: list(each.blocked_by) for each in verdict.considered} == {
        "email": ["consent"],
        "push": ["unreachable"],
        "in_app": ["preference_channel"],
    }
    assert all(each.earliest_ms is None for each in verdict.considered)
    # Without the first of them e-mail would be open: that one binds.
    assert verdict.reason == "consent"


def test_where_two_things_block_alike_both_are_named() -> None:
    user = User(knowledge(), NOW)
    user.take(an_update(preferences={"types": {"newsletter": False}}))
    verdict = user.asked(a_request(type="newsletter"))
    assert verdict.reason == "consent"
    assert verdict.also == ["unreachable", "preference_type"]
    assert verdict.explanation == (
        "not sent: no consent to marketing on email (and unreachable, preference type); "
        "without that it would go now on email"
    )


def test_the_decision_says_what_the_ledger_says() -> None:
    user = a_user()
    request = a_request(campaign="spring", batch_key="b1", data={"items": [1, {"a": None}]})
    entry = user.asked(request)
    [decision] = user.decisions
    for name in (
        *("decision_id", "request_id", "user_id", "type", "channel", "priority", "score"),
        *("decided_at_ms", "propensity", "explanation", "policy_version", "campaign", "batch_key"),
    ):
        assert getattr(decision, name) == getattr(entry, name), name
    assert decision.data == request.data
    assert decision.policy_version == "plain-1"
    assert entry.explanation == (
        "sent on email, the best of 3 of 3 channels (engagement 30.0%, 100% of it from all users)"
    )


def test_delivery_is_due_within_what_the_channel_needs_and_never_after_expiry() -> None:
    user = a_user()
    user.asked(a_request("r1"))
    user.asked(a_request("r2", expires_at_ms=NOW + 1000))
    hour, soon = user.decisions
    assert hour.deliver_by_ms == NOW + 3_600_000
    assert soon.deliver_by_ms == NOW + 1000


def test_the_decision_id_is_the_same_in_every_run() -> None:
    verdict = a_user().asked(a_request())
    assert verdict.decision_id == "08155f6de1bb6eff720ea07fc884a35f"


def test_the_explanation_shows_how_much_is_known_of_the_user() -> None:
    user = a_user()
    for number in range(10):
        sent = user.asked(a_request(f"r{number}"))
        user.take(a_feedback(sent.decision_id, Outcome.OPENED))
    assert user.asked(a_request("last", at_ms=NOW)).explanation == (
        "sent on email, the best of 3 of 3 channels (engagement 65.0%, 50% of it from all users)"
    )


def test_evidence_fades_and_the_user_is_again_like_all_users() -> None:
    user = a_user()
    for number in range(10):
        user.asked(a_request(f"r{number}", channels=["email"]))
    before = user.asked(a_request("r10", channels=["email"])).score
    later = NOW + 300 * DAY_MS
    after = user.asked(a_request("r11", at_ms=later, channels=["email"])).score
    assert before is not None
    assert after is not None
    assert before == pytest.approx(0.15)
    assert after == pytest.approx(0.3, abs=0.001)
