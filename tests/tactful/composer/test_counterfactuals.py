import pytest
from builders import DAY_MS, HOUR_MS, NOW, a_cap, a_request, a_user, at, knowledge, quiet

from tactful.policy import Timing
from tactful.records import Counterfactual, Priority, Reason, Verdict

LATER = NOW + HOUR_MS


def test_a_hold_says_what_would_have_been_without_its_reason() -> None:
    user = a_user(knowledge(quiet_hours=quiet("11:00", "14:00")))
    held = user.asked(a_request())
    assert held.counterfactual == Counterfactual(
        Reason.QUIET_HOURS, Verdict.SEND, channel="email", at_ms=NOW
    )
    assert held.explanation == (
        "held until Wed 2026-01-07 14:00 (UTC, the default zone): quiet hours 11:00-14:00; "
        "without that it would go now on email"
    )


def test_what_would_be_held_anyway_says_until_when() -> None:
    user = a_user(
        knowledge(caps=(a_cap("marketing_weekly", 1, 5 * HOUR_MS),)),
        preferences={"pause_until_ms": LATER},
        time_zone="Europe/Berlin",
    )
    user.now_ms = NOW - HOUR_MS
    user.told(preferences={"pause_until_ms": None})
    user.asked(a_request("r0", at_ms=user.now_ms), user.now_ms)
    user.told(id="pause", preferences={"pause_until_ms": LATER})
    held = user.asked(a_request(), NOW)
    assert held.counterfactual == Counterfactual(
        Reason.CAP_USER, Verdict.HOLD, channel="email", at_ms=LATER
    )
    assert held.explanation == (
        "held until Wed 2026-01-07 17:00 (Europe/Berlin): cap marketing_weekly is full (1 of 1); "
        "without that it would go Wed 2026-01-07 14:00 (Europe/Berlin) on email"
    )


def test_a_suppression_says_what_would_have_been_sent_and_where() -> None:
    user = a_user(knowledge(caps=(a_cap("daily", 0),)))
    verdict = user.asked(a_request())
    assert verdict.counterfactual == Counterfactual(
        Reason.CAP_USER, Verdict.SEND, channel="email", at_ms=NOW
    )
    assert verdict.explanation == (
        "not sent: cap daily is full (0 of 0), and it expires Thu 2026-01-08 12:00 "
        "(UTC, the default zone); without that it would go now on email"
    )


def test_where_two_bind_together_it_is_what_would_be_without_both() -> None:
    user = a_user(preferences={"pause_until_ms": LATER})
    held = user.asked(a_request(not_before_ms=LATER))
    assert held.also == [Reason.NOT_BEFORE]
    assert held.counterfactual == Counterfactual(
        Reason.PAUSED, Verdict.SEND, channel="email", at_ms=NOW
    )


def test_without_its_reason_it_might_have_waited_for_a_better_hour() -> None:
    timing = Timing(
        best_time_within_ms={Priority.NORMAL: 12 * HOUR_MS},
        global_hour_weights=tuple(9.0 if hour == 19 else 1.0 for hour in range(24)),
    )
    user = a_user(knowledge(timing=timing))
    held = user.asked(a_request(not_before_ms=at("2026-01-07 20:30")))
    assert held.counterfactual == Counterfactual(
        Reason.NOT_BEFORE, Verdict.HOLD, channel="email", at_ms=at("2026-01-07 19:00")
    )


def test_the_channel_may_be_another_one() -> None:
    user = a_user(preferences={"channels": {"email": False, "push": False, "in_app": False}})
    verdict = user.asked(a_request())
    assert (verdict.verdict, verdict.reason) == ("suppress", "preference_channel")
    assert verdict.counterfactual == Counterfactual(
        Reason.PREFERENCE_CHANNEL, Verdict.SEND, channel="email", at_ms=NOW
    )


@pytest.mark.parametrize(
    "request_made",
    [
        a_request(),
        a_request(type="birthday"),
        a_request(channels=["pigeon"]),
        a_request(at_ms=NOW - 2 * DAY_MS),
    ],
    ids=["sent", "unknown type", "unknown channel", "expired"],
)
def test_what_no_constraint_decided_has_none(request_made: object) -> None:
    assert a_user().asked(request_made, NOW).counterfactual is None


def test_waiting_for_a_better_hour_has_none() -> None:
    timing = Timing(
        best_time_within_ms={Priority.NORMAL: 12 * HOUR_MS},
        global_hour_weights=tuple(9.0 if hour == 19 else 1.0 for hour in range(24)),
    )
    held = a_user(knowledge(timing=timing)).asked(a_request())
    assert held.reason == "best_time"
    assert held.counterfactual is None
