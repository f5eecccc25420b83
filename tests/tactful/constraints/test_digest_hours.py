import pytest
from builders import HOUR_MS, PLAIN, a_request, a_user, at, knowledge

from tactful.policy import Timing
from tactful.records import Priority

DAILY = {"frequency": "daily_digest"}
WEEKLY = {"frequency": "weekly_digest"}


@pytest.mark.parametrize(
    ("mode", "now", "until"),
    [
        (DAILY, "2026-01-07 08:59", "2026-01-07 09:00"),
        (DAILY, "2026-01-07 09:00", None),
        (DAILY, "2026-01-07 09:59:59.999", None),
        (DAILY, "2026-01-07 10:00", "2026-01-08 09:00"),
        # 5 January 2026 is a Monday.
        (WEEKLY, "2026-01-05 09:30", None),
        (WEEKLY, "2026-01-05 10:00", "2026-01-12 09:00"),
        (WEEKLY, "2026-01-06 09:00", "2026-01-12 09:00"),
        (WEEKLY, "2026-01-06 09:30", "2026-01-12 09:00"),
        (WEEKLY, "2026-01-11 09:00", "2026-01-12 09:00"),
        (WEEKLY, "2026-01-12 08:59", "2026-01-12 09:00"),
    ],
)
def test_a_digest_mode_waits_for_its_hour(
    mode: dict[str, str], now: str, until: str | None
) -> None:
    zone = "Europe/Berlin"
    now_ms = at(now, zone)
    user = a_user(now_ms=now_ms, preferences=mode, time_zone=zone)
    verdict = user.asked(a_request(type="newsletter", at_ms=now_ms))
    assert verdict.reason == ("digest_hour" if until else "allowed")
    assert verdict.reconsider_at_ms == (until and at(until, zone))


def test_the_digest_hour_is_the_policys() -> None:
    now = at("2026-01-07 12:00")
    known = knowledge(timing=Timing(best_time_within_ms={}, digest_hour=18))
    held = a_user(known, preferences=DAILY).asked(a_request(at_ms=now))
    assert held.explanation == (
        "held until Wed 2026-01-07 18:00 (UTC, the default zone): "
        "the user wants it each day at 18:00"
    )


def test_a_week_is_too_long_for_what_expires_sooner() -> None:
    verdict = a_user(preferences=WEEKLY).asked(a_request())
    assert (verdict.verdict, verdict.reason) == ("suppress", "digest_hour")
    assert verdict.explanation == (
        "not sent: the user wants it Mondays at 9:00, and it expires Thu 2026-01-08 12:00 "
        "(UTC, the default zone)"
    )


@pytest.mark.parametrize("mode", [DAILY, WEEKLY])
def test_digests_bind_neither_receipts_nor_what_is_urgent(mode: dict[str, str]) -> None:
    user = a_user(preferences=mode)
    assert user.asked(a_request("r1", "receipt")).verdict == "send"
    assert user.asked(a_request("r2", priority=Priority.HIGH)).verdict == "send"
    assert user.asked(a_request("r3", priority=Priority.CRITICAL)).verdict == "send"
    assert user.asked(a_request("r4", "newsletter")).verdict == "hold"


def test_immediate_is_no_digest() -> None:
    user = a_user(preferences={"frequency": "immediate"})
    assert user.asked(a_request()).verdict == "send"


def test_all_that_waits_for_a_digest_hour_goes_in_it() -> None:
    user = a_user(preferences=DAILY)
    for number in range(3):
        user.asked(a_request(f"r{number}", "newsletter"))
    assert [entry.verdict for entry in user.woken()] == ["send"] * 3
    assert user.now_ms == at("2026-01-08 09:00")


def test_a_better_hour_is_not_looked_for_on_another_day_than_the_weekly_digests() -> None:
    # Tuesday's 09:00 is the best hour of all, and within reach.
    timing = Timing(
        best_time_within_ms={Priority.NORMAL: 48 * HOUR_MS},
        global_hour_weights=(0.1,) * 9 + (9.0,) + (0.1,) * 14,
        min_gain_prob=0.0,
    )
    types = {"newsletter": PLAIN.types["newsletter"]}
    now = at("2026-01-05 09:10")
    user = a_user(knowledge(timing=timing, types=types), now_ms=now, preferences=WEEKLY)
    verdict = user.asked(a_request(type="newsletter", at_ms=now))
    assert verdict.verdict == "send"


@pytest.mark.parametrize(
    ("mode", "until"), [(DAILY, "2026-03-09 02:00"), (WEEKLY, "2026-03-09 02:00")]
)
@pytest.mark.parametrize("now", ["2026-03-08 00:30", "2026-03-08 03:00"])
def test_a_digest_hour_in_the_gap_of_dst_does_not_happen_that_day(
    mode: dict[str, str], until: str, now: str
) -> None:
    zone = "America/New_York"
    known = knowledge(timing=Timing(best_time_within_ms={}, digest_hour=2))
    user = a_user(known, now_ms=at(now, zone), preferences=mode, time_zone=zone)
    held = user.asked(a_request(type="newsletter", at_ms=at(now, zone)))
    assert held.reconsider_at_ms == at(until, zone)
