import pytest
from builders import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    NOW,
    PLAIN,
    User,
    a_cap,
    a_request,
    a_user,
    an_event,
    at,
    knowledge,
    quiet,
)

from tactful.knowledge import Knowledge
from tactful.policy import NotificationType, Purpose, Timing
from tactful.records import Priority

SLOW = {
    "promotion": NotificationType(
        Purpose.MARKETING,
        ("email", "push", "in_app"),
        ttl_ms=3 * DAY_MS,
        value_half_life_ms=30 * DAY_MS,
    )
}


def liking(hour: int, weight: float = 5.0, **more: object) -> Knowledge:
    """All users like one local hour of the day, `weight` times as much as any other."""
    weights = tuple(weight if each == hour else 1.0 for each in range(24))
    changes: dict[str, object] = {
        "types": SLOW,
        "timing": Timing(
            best_time_within_ms={Priority.NORMAL: 12 * HOUR_MS, Priority.LOW: 24 * HOUR_MS},
            global_hour_weights=weights,
            min_gain_prob=0.05,
        ),
    }
    return knowledge(**(changes | more))


def test_a_much_better_hour_is_waited_for_and_then_it_is_sent() -> None:
    user = a_user(liking(19))
    held = user.asked(a_request())
    assert (held.verdict, held.reason) == ("hold", "best_time")
    assert held.reconsider_at_ms == at("2026-01-07 19:00")
    assert held.explanation == (
        "held until Wed 2026-01-07 19:00 (UTC, the default zone): a better hour for email"
    )
    [sent] = user.woken()
    assert (sent.verdict, sent.reason) == ("send", "allowed")


def test_a_wait_that_a_constraint_begins_and_a_better_hour_ends_says_both() -> None:
    weights = tuple({12: 9.0, 15: 4.0}.get(hour, 1.0) for hour in range(24))
    timing = Timing({Priority.NORMAL: 12 * HOUR_MS}, global_hour_weights=weights)
    user = a_user(knowledge(types=SLOW, timing=timing, quiet_hours=quiet("11:00", "13:00")))
    held = user.asked(a_request())
    assert (held.reason, held.reconsider_at_ms) == ("quiet_hours", at("2026-01-07 15:00"))
    assert held.explanation == (
        "held until Wed 2026-01-07 15:00 (UTC, the default zone): quiet hours 11:00-13:00; allowed "
        "from Wed 2026-01-07 13:00 (UTC, the default zone), then for a better hour; without that "
        "it would go now on email"
    )


def test_a_gain_too_small_is_not_waited_for() -> None:
    # 0.3 x (24 x 1.1 - 24 x 1) / 24.1 = 0.03, below min_gain_prob of 0.05.
    assert a_user(liking(19, weight=1.1)).asked(a_request()).verdict == "send"
    assert a_user(liking(19, weight=1.3)).asked(a_request()).verdict == "hold"


def test_what_loses_its_worth_quickly_is_not_kept_for_later() -> None:
    quick = NotificationType(Purpose.MARKETING, ("email",), DAY_MS, value_half_life_ms=HOUR_MS)
    user = a_user(liking(19, types={"promotion": quick}))
    assert user.asked(a_request()).verdict == "send"


@pytest.mark.parametrize(
    ("priority", "verdict"),
    [
        (Priority.CRITICAL, "send"),
        (Priority.HIGH, "send"),
        (Priority.NORMAL, "send"),
        (Priority.LOW, "hold"),
    ],
)
def test_each_priority_waits_only_as_long_as_it_may(priority: Priority, verdict: str) -> None:
    # 11:00 tomorrow is 23 hours away: beyond the 12 of normal, within the 24 of low.
    assert a_user(liking(11)).asked(a_request(priority=priority)).verdict == verdict


def test_critical_waits_for_no_hour_even_if_the_policy_says_so() -> None:
    timing = Timing(
        best_time_within_ms={Priority.CRITICAL: 24 * HOUR_MS},
        global_hour_weights=(1.0,) * 19 + (50.0,) + (1.0,) * 4,
    )
    user = a_user(knowledge(timing=timing, types=SLOW))
    assert user.asked(a_request(priority=Priority.CRITICAL)).verdict == "send"


@pytest.mark.parametrize(("minutes", "verdict"), [(0, "hold"), (-1, "send")])
def test_the_better_hour_must_begin_before_expiry(minutes: int, verdict: str) -> None:
    expires_at_ms = at("2026-01-07 19:00") + minutes * MINUTE_MS
    user = a_user(liking(19))
    assert user.asked(a_request(expires_at_ms=expires_at_ms)).verdict == verdict


def test_the_better_hour_is_never_in_quiet_hours() -> None:
    user = a_user(liking(19, quiet_hours=quiet("18:30", "19:30")))
    held = user.asked(a_request())
    # 19:30 is still in the good hour.
    assert held.reconsider_at_ms in (None, at("2026-01-07 19:30"))
    user = a_user(liking(19, quiet_hours=quiet("18:00", "21:00")))
    assert user.asked(a_request()).verdict == "send"


def test_the_better_hour_is_in_the_users_zone() -> None:
    user = a_user(liking(19), time_zone="Asia/Kolkata")  # it is 17:30 there
    assert user.asked(a_request()).reconsider_at_ms == at("2026-01-07 19:00", "Asia/Kolkata")


def test_inside_the_best_hour_there_is_nothing_to_wait_for() -> None:
    now = at("2026-01-07 19:20")
    assert a_user(liking(19), now_ms=now).asked(a_request(at_ms=now)).verdict == "send"


def test_the_wait_ends_even_if_a_still_better_hour_appears_each_time() -> None:
    user = a_user(liking(18))
    first = user.asked(a_request())
    assert first.verdict == "hold"
    waits = 0
    while user.verdicts()[-1].startswith("hold"):
        # At each wake-up the policy now likes an hour that is still six hours away.
        user.knowledge = liking((18 + 6 * (waits + 1)) % 24)
        user.woken()
        waits += 1
        assert waits < 5
    assert user.verdicts()[-1] == "send allowed"
    assert user.now_ms == NOW + 12 * HOUR_MS


def visits(user: User, hour: str, days: range) -> None:
    """The user comes on each of the days of December at a local hour."""
    for day in days:
        moment = at(f"2025-12-{day:02} {hour}")
        user.take(an_event(f"{hour}-{day}", moment), max(user.now_ms, moment))


def test_the_users_own_hours_outweigh_those_of_all_users() -> None:
    user = a_user(liking(19, weight=2.0), now_ms=at("2025-12-01 00:00"))
    visits(user, "16:10", range(1, 32))
    user.now_ms = NOW
    held = user.asked(a_request())
    assert (held.reason, held.reconsider_at_ms) == ("best_time", at("2026-01-07 16:00"))


def test_weekends_have_hours_of_their_own() -> None:
    user = a_user(liking(19, weight=1.0), now_ms=at("2025-12-01 00:00"))
    for week in range(4):
        for day in range(1, 6):
            visits(user, "14:10", range(day + 7 * week, day + 7 * week + 1))
        for day in (6, 7):
            visits(user, "17:10", range(day + 7 * week, day + 7 * week + 1))
    wednesday, saturday = at("2026-01-07 13:00"), at("2026-01-10 13:00")
    assert user.asked(a_request("w", at_ms=wednesday)).reconsider_at_ms == at("2026-01-07 14:00")
    assert user.asked(a_request("s", at_ms=saturday)).reconsider_at_ms == at("2026-01-10 17:00")


def test_a_cap_that_opens_later_moves_the_start_of_the_search() -> None:
    user = a_user(liking(13, weight=8.0, caps=(a_cap(max=1, window_ms=3 * HOUR_MS),)))
    user.asked(a_request("r0", priority=Priority.HIGH))
    held = user.asked(a_request("r1"))
    # 13:00 would be best, but the slot is free at 15:00 only.
    assert (held.reason, held.reconsider_at_ms) == ("cap_user", NOW + 3 * HOUR_MS)


def test_a_policy_of_equal_hours_sends_at_once() -> None:
    timing = Timing(min_gain_prob=0.0)
    assert a_user(knowledge(timing=timing, types=PLAIN.types)).asked(a_request()).verdict == "send"
