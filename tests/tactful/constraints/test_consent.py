import pytest
from builders import a_feedback, a_request, a_user, knowledge

from tactful.policy import ConsentMode, Purpose
from tactful.records import Outcome, Priority


def test_marketing_without_consent_is_suppressed_for_consent() -> None:
    verdict = a_user(consent={}).asked(a_request())
    assert (verdict.verdict, verdict.reason) == ("suppress", "consent")
    assert verdict.explanation.startswith("not sent: no consent to marketing on email")


def test_a_receipt_needs_no_consent_given() -> None:
    assert a_user(consent={}).asked(a_request(type="receipt")).verdict == "send"


def test_a_receipt_is_not_sent_against_a_no() -> None:
    verdict = a_user(consent={"transactional": False}).asked(a_request(type="receipt"))
    assert (verdict.verdict, verdict.reason) == ("suppress", "consent")


@pytest.mark.parametrize(
    ("consent", "channel"),
    [
        ({"marketing": True}, "email"),
        ({"marketing": False, "push": True}, "push"),
        ({"marketing": True, "email": False}, "push"),
        ({"marketing": True, "email": False, "marketing:email": True}, "email"),
        ({"marketing": True, "email": True, "marketing:email": False}, "push"),
        ({"marketing:in_app": True}, "in_app"),
        ({"transactional": True, "transactional:push": True}, None),
    ],
)
def test_the_most_specific_consent_counts(consent: dict[str, bool], channel: str | None) -> None:
    assert a_user(consent=consent).asked(a_request()).channel == channel


def test_a_no_to_a_channel_holds_for_receipts_too() -> None:
    verdict = a_user(consent={"email": False}).asked(a_request(type="receipt"))
    assert verdict.channel == "push"


def test_critical_does_not_pass_consent() -> None:
    verdict = a_user(consent={}).asked(a_request(priority=Priority.CRITICAL))
    assert (verdict.verdict, verdict.reason) == ("suppress", "consent")


def test_a_policy_can_ask_for_opt_out_only() -> None:
    known = knowledge(consent={Purpose.MARKETING: ConsentMode.OPT_OUT})
    assert a_user(known, consent={}).asked(a_request()).verdict == "send"
    assert a_user(known, consent={"marketing": False}).asked(a_request()).reason == "consent"


def test_a_purpose_that_the_policy_forgets_is_opt_in() -> None:
    verdict = a_user(knowledge(consent={}), consent={}).asked(a_request(type="receipt"))
    assert verdict.reason == "consent"


@pytest.mark.parametrize("outcome", [Outcome.UNSUBSCRIBED, Outcome.COMPLAINED])
def test_unsubscribing_withdraws_marketing_consent_on_its_channel_only(outcome: Outcome) -> None:
    user = a_user()
    sent = user.asked(a_request("r1"))
    assert sent.channel == "email"
    user.take(a_feedback(sent.decision_id, outcome))
    assert user.asked(a_request("r2")).channel == "push"
    assert user.asked(a_request("r3", channels=["email"])).reason == "consent"
    assert user.asked(a_request("r4", type="receipt")).channel == "email"


def test_a_newer_yes_to_the_channel_takes_an_unsubscription_back() -> None:
    user = a_user()
    user.take(a_feedback("d", Outcome.UNSUBSCRIBED))
    user.now_ms += 1
    user.told(consent={"marketing:email": True})
    assert user.asked(a_request()).channel == "email"


def test_an_older_yes_that_comes_late_does_not_take_an_unsubscription_back() -> None:
    user = a_user()
    user.take(a_feedback("d", Outcome.UNSUBSCRIBED))
    user.told(consent={"marketing:email": True}, at_ms=user.now_ms - 1)
    assert user.asked(a_request()).channel == "push"
