import pytest
from builders import DAY_MS, HOUR_MS, NOW, a_cap, a_request, a_user, knowledge

from tactful.policy import Purpose
from tactful.policy.model import Per
from tactful.records import Priority

WEEK_MS = 7 * DAY_MS


def test_a_slot_is_free_exactly_one_window_after_the_send_that_took_it() -> None:
    user = a_user(knowledge(caps=(a_cap(max=1, window_ms=HOUR_MS),)))
    assert user.asked(a_request("r1")).verdict == "send"
    held = user.asked(a_request("r2", at_ms=NOW + 1))
    assert (held.verdict, held.reason) == ("hold", "cap_user")
    assert held.reconsider_at_ms == NOW + HOUR_MS
    [sent] = user.woken()
    assert (sent.request_id, sent.verdict, sent.decided_at_ms) == ("r2", "send", NOW + HOUR_MS)


def test_a_wake_up_a_millisecond_early_sends_nothing() -> None:
    user = a_user(knowledge(caps=(a_cap(max=1, window_ms=HOUR_MS),)))
    user.asked(a_request("r1"))
    assert user.asked(a_request("r2", at_ms=NOW + HOUR_MS - 1)).verdict == "hold"
    other = a_user(knowledge(caps=(a_cap(max=1, window_ms=HOUR_MS),)))
    other.asked(a_request("r1"))
    assert other.asked(a_request("r2", at_ms=NOW + HOUR_MS)).verdict == "send"


def test_the_window_slides_so_the_oldest_send_leaves_it_first() -> None:
    user = a_user(knowledge(caps=(a_cap(max=2, window_ms=DAY_MS),)))
    user.asked(a_request("r1", at_ms=NOW))
    user.asked(a_request("r2", at_ms=NOW + 5 * HOUR_MS))
    held = user.asked(a_request("r3", at_ms=NOW + 6 * HOUR_MS))
    assert held.reconsider_at_ms == NOW + DAY_MS
    assert held.explanation.startswith(
        "held until Thu 2026-01-08 12:00 (UTC, the default zone): cap daily is full (2 of 2)"
    )


def test_a_cap_of_zero_never_opens() -> None:
    verdict = a_user(knowledge(caps=(a_cap(max=0),))).asked(a_request())
    assert (verdict.verdict, verdict.reason) == ("suppress", "cap_user")
    assert verdict.explanation.startswith(
        "not sent: cap daily is full (0 of 0), and it expires Thu 2026-01-08 12:00 "
        "(UTC, the default zone)"
    )


def test_of_two_caps_that_free_a_slot_at_the_same_moment_the_first_is_named() -> None:
    user = a_user(knowledge(caps=(a_cap("one", 1, HOUR_MS), a_cap("other", 1, HOUR_MS))))
    user.asked(a_request("r1"))
    held = user.asked(a_request("r2", at_ms=NOW + 1))
    assert held.reconsider_at_ms == NOW + HOUR_MS
    assert "cap one is full (1 of 1)" in held.explanation


def test_two_caps_with_different_windows_bind_by_turns() -> None:
    caps = (a_cap("hourly", 1, HOUR_MS), a_cap("weekly", 2, WEEK_MS))
    user = a_user(knowledge(caps=caps))
    user.asked(a_request("r1", "newsletter"))
    second = user.asked(a_request("r2", "newsletter", at_ms=NOW + 1))
    assert second.reconsider_at_ms == NOW + HOUR_MS
    assert "cap hourly is full (1 of 1)" in second.explanation
    user.woken()
    third = user.asked(a_request("r3", "newsletter", at_ms=NOW + 3 * HOUR_MS))
    assert third.reconsider_at_ms == NOW + WEEK_MS
    assert "cap weekly is full (2 of 2)" in third.explanation


def test_a_cap_counts_only_its_purposes() -> None:
    user = a_user(knowledge(caps=(a_cap(max=1),)))
    for number in range(3):
        assert user.asked(a_request(f"t{number}", "receipt")).verdict == "send"
    assert user.asked(a_request("r1")).verdict == "send"
    assert user.asked(a_request("r2")).reason == "cap_user"


def test_a_cap_per_type_counts_each_of_its_types_alone() -> None:
    cap = a_cap(
        "per_type",
        1,
        DAY_MS,
        per=Per.TYPE,
        types=("promotion", "receipt"),
        purposes=tuple(Purpose),
    )
    user = a_user(knowledge(caps=(cap,)))
    assert user.asked(a_request("r1", "promotion")).verdict == "send"
    assert user.asked(a_request("r2", "receipt")).verdict == "send"
    assert user.asked(a_request("r3", "newsletter")).verdict == "send"
    assert user.asked(a_request("r4", "newsletter")).verdict == "send"
    assert user.asked(a_request("r5", "promotion")).reason == "cap_type"
    assert user.asked(a_request("r6", "receipt")).reason == "cap_type"


def test_what_is_held_takes_no_slot_until_it_is_sent() -> None:
    user = a_user(knowledge(caps=(a_cap(max=1),)))
    later = user.asked(a_request("r1", not_before_ms=NOW + HOUR_MS))
    assert later.verdict == "hold"
    assert user.asked(a_request("r2")).verdict == "send"
    [again] = user.woken()
    assert (again.request_id, again.verdict, again.reason) == ("r1", "hold", "cap_user")


def test_of_two_that_wait_for_one_slot_the_more_urgent_goes_and_the_other_waits_on() -> None:
    user = a_user(knowledge(caps=(a_cap(max=1, window_ms=HOUR_MS),)))
    user.asked(a_request("r0"))
    user.asked(a_request("low", priority=Priority.LOW))
    user.asked(a_request("high", priority=Priority.HIGH))
    verdicts = {entry.request_id: entry for entry in user.woken()}
    assert verdicts["high"].verdict == "send"
    assert verdicts["low"].reconsider_at_ms == NOW + 2 * HOUR_MS


def test_critical_passes_caps_and_takes_no_slot() -> None:
    user = a_user(knowledge(caps=(a_cap(max=1),)))
    for number in range(3):
        assert user.asked(a_request(f"c{number}", priority=Priority.CRITICAL)).verdict == "send"
    assert user.asked(a_request("r1")).verdict == "send"
    assert user.asked(a_request("c9", priority=Priority.CRITICAL)).reason == "critical"
    assert user.asked(a_request("r2")).reason == "cap_user"


def test_a_clock_that_went_back_opens_no_slot() -> None:
    user = a_user(knowledge(caps=(a_cap(max=1),)))
    user.asked(a_request("r1"))
    user.take(a_request("r2"), NOW - HOUR_MS)
    assert user.verdicts("r2") == ["hold cap_user"]
    assert user.ledger[-1].reconsider_at_ms == NOW + DAY_MS


def test_a_tighter_policy_counts_the_sends_made_under_the_old_one() -> None:
    user = a_user(knowledge(caps=(a_cap(max=5),)))
    for number in range(3):
        user.asked(a_request(f"r{number}", at_ms=NOW + number * HOUR_MS))
    user.knowledge = knowledge(caps=(a_cap(max=1),))
    held = user.asked(a_request("r9", at_ms=NOW + 3 * HOUR_MS, type="newsletter"))
    # Only when the last of the three has left is there room for one.
    assert held.reconsider_at_ms == NOW + 2 * HOUR_MS + DAY_MS


@pytest.mark.parametrize("channels", [["email"], ["push"]])
def test_a_cap_counts_all_channels_together(channels: list[str]) -> None:
    user = a_user(knowledge(caps=(a_cap(max=1),)))
    user.asked(a_request("r1", channels=["in_app"]))
    assert user.asked(a_request("r2", channels=channels)).reason == "cap_user"
