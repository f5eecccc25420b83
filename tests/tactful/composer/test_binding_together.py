from typing import Any

import pytest
from builders import DAY_MS, HOUR_MS, MINUTE_MS, NOW, a_cap, a_request, a_user, at, knowledge, quiet

from tactful.policy import Timing
from tactful.records import Priority

LATER = NOW + HOUR_MS
EXPIRY = NOW + DAY_MS


def liking_19(**changes: Any) -> Any:
    """All users like 19:00 much more than any other hour."""
    weights = tuple(9.0 if hour == 19 else 1.0 for hour in range(24))
    timing = Timing(
        best_time_within_ms={Priority.NORMAL: 12 * HOUR_MS},
        global_hour_weights=weights,
        min_gain_prob=0.0,
    )
    return knowledge(timing=timing, **changes)


@pytest.mark.parametrize(
    ("not_before_ms", "pause_until_ms"),
    [(EXPIRY + 1, EXPIRY + 1), (EXPIRY + 1, EXPIRY + HOUR_MS), (EXPIRY + HOUR_MS, EXPIRY + 1)],
)
def test_two_that_each_block_past_expiry_are_both_named(
    not_before_ms: int, pause_until_ms: int
) -> None:
    user = a_user(preferences={"pause_until_ms": pause_until_ms})
    verdict = user.asked(a_request(not_before_ms=not_before_ms))
    assert verdict.verdict == "suppress"
    assert {verdict.reason, *verdict.also} == {"not_before", "paused"}
    assert len(verdict.also) == 1


def test_of_two_only_the_one_that_blocks_past_expiry_is_named() -> None:
    user = a_user(preferences={"pause_until_ms": EXPIRY})
    verdict = user.asked(a_request(not_before_ms=EXPIRY + 1))
    assert (verdict.verdict, verdict.reason, verdict.also) == ("suppress", "not_before", [])


def test_what_never_opens_and_what_opens_past_expiry_are_both_named() -> None:
    user = a_user(preferences={"types": {"promotion": False}})
    verdict = user.asked(a_request(not_before_ms=EXPIRY + 1))
    assert verdict.verdict == "suppress"
    assert {verdict.reason, *verdict.also} == {"preference_type", "not_before"}


def test_three_that_block_together_are_all_named() -> None:
    user = a_user(knowledge(caps=(a_cap(max=0),)), preferences={"pause_until_ms": EXPIRY + HOUR_MS})
    verdict = user.asked(a_request(not_before_ms=EXPIRY + 1))
    assert {verdict.reason, *verdict.also} == {"not_before", "paused", "cap_user"}
    assert len(verdict.also) == 2


def test_two_that_end_together_are_both_named() -> None:
    user = a_user(preferences={"pause_until_ms": LATER})
    held = user.asked(a_request(not_before_ms=LATER))
    assert (held.verdict, held.reconsider_at_ms) == ("hold", LATER)
    assert {held.reason, *held.also} == {"not_before", "paused"}
    assert held.explanation == (
        "held until Wed 2026-01-07 13:00 (UTC, the default zone): the user paused notifications "
        "until Wed 2026-01-07 13:00 (and not before); without that it would go now on email"
    )


@pytest.mark.parametrize(
    ("not_before_ms", "pause_until_ms", "reason"),
    [(LATER, LATER + 1, "paused"), (LATER + 1, LATER, "not_before")],
)
def test_of_two_that_end_apart_the_later_one_binds_alone(
    not_before_ms: int, pause_until_ms: int, reason: str
) -> None:
    user = a_user(preferences={"pause_until_ms": pause_until_ms})
    held = user.asked(a_request(not_before_ms=not_before_ms))
    assert (held.reason, held.also, held.reconsider_at_ms) == (reason, [], LATER + 1)


def test_the_one_that_leads_into_another_binds_alone() -> None:
    # The pause ends in the quiet hours, so both move what is held.
    known = knowledge(quiet_hours=quiet("20:00", "22:00"))
    user = a_user(known, preferences={"pause_until_ms": at("2026-01-07 21:00")})
    held = user.asked(a_request())
    assert held.reconsider_at_ms == at("2026-01-07 22:00")
    # Without the pause it would go now.
    assert (held.reason, held.also) == ("paused", [])


def test_a_bound_that_ends_at_the_hour_chosen_anyway_does_not_bind() -> None:
    best = at("2026-01-07 19:00")
    for number, pause in enumerate((None, best)):
        user = a_user(liking_19(), preferences={"pause_until_ms": pause} if pause else None)
        held = user.asked(a_request(f"r{number}", not_before_ms=best))
        assert (held.verdict, held.reconsider_at_ms) == ("hold", best)
        assert (held.reason, held.also) == ("best_time", [])


def test_bounds_that_end_together_after_the_hour_chosen_without_them_are_both_named() -> None:
    past = at("2026-01-07 20:00") + 5 * MINUTE_MS
    user = a_user(liking_19(), preferences={"pause_until_ms": past})
    held = user.asked(a_request(not_before_ms=past, expires_at_ms=past + HOUR_MS))
    assert held.reconsider_at_ms == past
    assert {held.reason, *held.also} == {"not_before", "paused"}
