import pytest
from asking import an_ask, earliest, sent, why
from builders import HOUR_MS, NOW, PLAIN, a_request, a_user, at, knowledge

from tactful.constraints.frequency_mode import DIGEST_HOUR, ONLY_HIGH
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
    assert held.explanation.startswith(
        "held until Wed 2026-01-07 18:00 (UTC, the default zone): "
        "the user wants it each day at 18:00"
    )


def test_a_week_is_too_long_for_what_expires_sooner() -> None:
    verdict = a_user(preferences=WEEKLY).asked(a_request())
    assert (verdict.verdict, verdict.reason) == ("suppress", "digest_hour")
    assert verdict.explanation.startswith(
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
    assert [entry.verdict for entry in user.woken()] == ["send", "digest", "digest"]
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


def test_only_high_priority_lets_high_pass_and_receipts() -> None:
    user = a_user(preferences={"frequency": "only_high_priority"})
    normal = user.asked(a_request("r1"))
    assert normal.explanation.startswith(
        "not sent: the user wants only high priority, this is normal"
    )
    assert user.asked(a_request("r2", priority=Priority.LOW)).reason == "frequency_mode"
    assert user.asked(a_request("r3", priority=Priority.HIGH)).verdict == "send"
    assert user.asked(a_request("r4", "receipt", Priority.LOW)).verdict == "send"


@pytest.mark.parametrize(
    ("mode", "type_name", "priority", "free"),
    [
        ("only_high_priority", "promotion", Priority.NORMAL, None),
        ("only_high_priority", "promotion", Priority.LOW, None),
        ("only_high_priority", "promotion", Priority.HIGH, NOW),
        ("only_high_priority", "receipt", Priority.LOW, NOW),
        ("daily_digest", "promotion", Priority.LOW, NOW),
        ("immediate", "promotion", Priority.LOW, NOW),
        (None, "promotion", Priority.LOW, NOW),
    ],
)
def test_only_high_priority_shuts_marketing_of_normal_and_low(
    mode: str | None, type_name: str, priority: Priority, free: int | None
) -> None:
    ask = an_ask(type=type_name, priority=priority, profile={"preferences": {"frequency": mode}})
    assert earliest(ONLY_HIGH, ask) == free
    if free is None:
        assert why(ONLY_HIGH, ask) == f"the user wants only high priority, this is {priority}"


def digest(
    mode: dict[str, str], now: str, *had: str, zone: str = "UTC", hour: int = 9, fold: int = 0
) -> int:
    """When the next digest may go, of a user who had some."""
    now_ms = at(now, zone, fold)
    known = knowledge(timing=Timing(best_time_within_ms={}, digest_hour=hour))
    sends = [sent(at(each, zone), digest=True) for each in had]
    profile = {"preferences": mode, "time_zone": zone}
    found = earliest(DIGEST_HOUR, an_ask(known, now_ms=now_ms, sends=sends, profile=profile))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("mode", "now", "had", "until"),
    [
        (DAILY, "2026-01-07 09:30", ["2026-01-07 09:00"], "2026-01-08 09:00"),
        (DAILY, "2026-01-07 09:30", ["2026-01-06 09:59"], "2026-01-07 09:30"),
        (DAILY, "2026-01-07 08:30", ["2026-01-07 00:01"], "2026-01-08 09:00"),
        (DAILY, "2026-01-07 09:30", ["2026-01-07 09:00", "2026-01-08 09:00"], "2026-01-09 09:00"),
        (WEEKLY, "2026-01-05 09:30", ["2026-01-05 09:00"], "2026-01-12 09:00"),
        (WEEKLY, "2026-01-05 09:30", ["2026-01-04 09:00"], "2026-01-05 09:30"),
    ],
)
def test_one_digest_goes_out_a_day(
    mode: dict[str, str], now: str, had: list[str], until: str
) -> None:
    assert digest(mode, now, *had) == at(until)


def test_sends_that_were_no_digest_take_no_day() -> None:
    now = at("2026-01-07 09:30")
    ask = an_ask(now_ms=now, sends=[sent(now - 60_000)], profile={"preferences": DAILY})
    assert earliest(DIGEST_HOUR, ask) == now


def test_the_day_of_a_digest_is_that_of_the_zone_the_user_is_in_now() -> None:
    # 23:30 in London was already tomorrow in Tokyo.
    went = at("2026-01-07 23:30", "Europe/London")
    now = at("2026-01-08 09:10", "Asia/Tokyo")
    profile = {"preferences": DAILY, "time_zone": "Asia/Tokyo"}
    ask = an_ask(now_ms=now, sends=[sent(went, digest=True)], profile=profile)
    assert earliest(DIGEST_HOUR, ask) == at("2026-01-09 09:00", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("now", "fold", "until", "until_fold"),
    [
        ("2026-11-01 00:10", 0, "2026-11-01 01:00", 0),
        ("2026-11-01 01:59", 0, "2026-11-01 01:59", 0),
        ("2026-11-01 01:00", 1, "2026-11-01 01:00", 1),
        ("2026-11-01 02:00", 0, "2026-11-02 01:00", 0),
    ],
)
def test_a_digest_hour_that_is_shown_twice_is_two_hours_long(
    now: str, fold: int, until: str, until_fold: int
) -> None:
    zone = "America/New_York"
    assert digest(DAILY, now, zone=zone, hour=1, fold=fold) == at(until, zone, until_fold)


def test_a_day_with_its_digest_hour_twice_has_one_digest() -> None:
    zone = "America/New_York"
    now = at("2026-11-01 01:10", zone, fold=1)
    had = sent(at("2026-11-01 01:00", zone), digest=True)
    known = knowledge(timing=Timing(best_time_within_ms={}, digest_hour=1))
    profile = {"preferences": DAILY, "time_zone": zone}
    ask = an_ask(known, now_ms=now, sends=[had], profile=profile)
    assert earliest(DIGEST_HOUR, ask) == at("2026-11-02 01:00", zone)


@pytest.mark.parametrize("now", ["2026-03-07 23:30", "2026-03-08 01:00", "2026-03-08 01:30"])
def test_midnight_s_digest_waits_a_day_where_clocks_leave_midnight_out(now: str) -> None:
    zone = "America/Havana"
    assert digest(DAILY, now, zone=zone, hour=0) == at("2026-03-09 00:00", zone)


def test_a_monday_without_its_digest_hour_waits_for_the_next_monday() -> None:
    # Clocks in Iran went from 00:00 to 01:00 on Monday 22 March 2021.
    zone = "Asia/Tehran"
    for now in ("2021-03-15 01:00", "2021-03-21 23:00", "2021-03-22 01:00", "2021-03-22 01:30"):
        assert digest(WEEKLY, now, zone=zone, hour=0) == at("2021-03-29 00:00", zone)


def test_a_month_of_digests_is_searched_through() -> None:
    had = [f"2026-01-{day:02} 09:00" for day in range(7, 32)]
    assert digest(DAILY, "2026-01-07 08:00", *had) == at("2026-02-01 09:00")
    mondays = ["2026-01-12 09:00", "2026-01-19 09:00", "2026-01-26 09:00"]
    assert digest(WEEKLY, "2026-01-07 08:00", *mondays) == at("2026-02-02 09:00")
