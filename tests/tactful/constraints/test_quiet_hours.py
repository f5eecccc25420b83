from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from asking import an_ask, earliest, why
from builders import HOUR_MS, MINUTE_MS, User, a_request, a_user, at, knowledge, quiet

from tactful.constraints.quiet_hours import CONSTRAINT
from tactful.policy import QuietHoursPolicy
from tactful.records import LocalSpan, Priority, Weekday

NIGHT = knowledge(quiet_hours=quiet("22:00", "08:00"))


def waits_until(user: User, now_ms: int, **more: Any) -> int | None:
    """When a request made now is reconsidered; None when it is sent at once."""
    verdict = user.asked(a_request(f"r{now_ms}", at_ms=now_ms, **more), now_ms)
    assert verdict.verdict in ("send", "hold")
    assert verdict.reason in ("allowed", "quiet_hours")
    return verdict.reconsider_at_ms


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-07 21:59:59.999", None),
        ("2026-01-07 22:00", "2026-01-08 08:00"),
        ("2026-01-07 23:59:59.999", "2026-01-08 08:00"),
        ("2026-01-08 00:00", "2026-01-08 08:00"),
        ("2026-01-08 07:59:59.999", "2026-01-08 08:00"),
        ("2026-01-08 08:00", None),
        ("2026-01-08 08:00:30", None),
    ],
)
def test_quiet_hours_over_midnight_are_closed_at_the_start_and_open_at_the_end(
    now: str, until: str | None
) -> None:
    user = a_user(NIGHT, now_ms=at("2026-01-07 21:00"))
    assert waits_until(user, at(now)) == (until and at(until))


@pytest.mark.parametrize(
    ("now", "until"),
    [("12:59", None), ("13:00", "14:30"), ("14:29", "14:30"), ("14:30", None)],
)
def test_quiet_hours_within_a_day(now: str, until: str | None) -> None:
    user = a_user(knowledge(quiet_hours=quiet("13:00", "14:30")), now_ms=at("2026-01-07 12:00"))
    expected = until and at(f"2026-01-07 {until}")
    assert waits_until(user, at(f"2026-01-07 {now}")) == expected


def test_quiet_hours_of_24_hours_never_end() -> None:
    user = a_user(preferences={"quiet_hours": {"start": "09:00", "end": "09:00"}})
    verdict = user.asked(a_request())
    assert (verdict.verdict, verdict.reason) == ("suppress", "quiet_hours")
    assert user.asked(a_request("r2", priority=Priority.CRITICAL)).verdict == "send"


def test_the_users_own_quiet_hours_replace_those_of_the_policy() -> None:
    now = at("2026-01-07 23:00")
    user = a_user(
        NIGHT, now_ms=now, preferences={"quiet_hours": {"start": "12:00", "end": "13:00"}}
    )
    assert waits_until(user, now) is None
    user.told(preferences={"quiet_hours": None})
    assert waits_until(user, now + 1) == at("2026-01-08 08:00")


def test_quiet_hours_are_those_of_the_users_zone() -> None:
    now = at("2026-01-07 23:00", "Asia/Tokyo")
    user = a_user(NIGHT, now_ms=now, time_zone="Asia/Tokyo")
    assert waits_until(user, now) == at("2026-01-08 08:00", "Asia/Tokyo")


def test_only_critical_passes_quiet_hours() -> None:
    now = at("2026-01-07 23:00")
    user = a_user(NIGHT, now_ms=now)
    assert waits_until(user, now, priority=Priority.HIGH) is not None
    critical = user.asked(a_request("c", at_ms=now, priority=Priority.CRITICAL))
    assert (critical.verdict, critical.reason) == ("send", "critical")
    assert critical.explanation.endswith("at once because it is critical")


def test_what_would_expire_in_quiet_hours_is_suppressed_at_once() -> None:
    now = at("2026-01-07 23:00")
    end = at("2026-01-08 08:00")
    user = a_user(NIGHT, now_ms=now)
    verdict = user.asked(a_request("r1", at_ms=now, expires_at_ms=end - 1))
    assert (verdict.verdict, verdict.reason) == ("suppress", "quiet_hours")
    assert verdict.explanation.startswith(
        "not sent: quiet hours 22:00-08:00, and it expires Thu 2026-01-08 07:59 "
        "(UTC, the default zone)"
    )
    assert user.asked(a_request("r2", at_ms=now, expires_at_ms=end)).verdict == "hold"


# New York 2026: clocks go from 02:00 to 03:00 on 8 March, and from 02:00 back to 01:00 on
# 1 November.


@pytest.mark.parametrize(
    ("start", "end", "now", "until"),
    [
        # The end falls in the gap: quiet until the gap's end, which is 03:00.
        ("22:00", "02:30", "2026-03-08 01:30", "2026-03-08 03:00"),
        # The whole window falls in the gap: it does not happen that day.
        ("02:10", "02:50", "2026-03-08 03:00", None),
        ("02:10", "02:50", "2026-03-08 01:59", None),
        # The start falls in the gap: quiet from the gap's end.
        ("02:30", "04:00", "2026-03-08 01:59", None),
        ("02:30", "04:00", "2026-03-08 03:00", "2026-03-08 04:00"),
        # The gap lies within.
        ("22:00", "08:00", "2026-03-07 22:00", "2026-03-08 08:00"),
    ],
)
def test_quiet_hours_across_the_gap_of_dst(
    start: str, end: str, now: str, until: str | None
) -> None:
    zone = "America/New_York"
    now_ms = at(now, zone)
    user = a_user(knowledge(quiet_hours=quiet(start, end)), now_ms=now_ms, time_zone=zone)
    assert waits_until(user, now_ms) == (until and at(until, zone))


def test_a_night_with_a_gap_is_an_hour_shorter() -> None:
    zone = "America/New_York"
    now_ms = at("2026-03-07 22:00", zone)
    user = a_user(NIGHT, now_ms=now_ms, time_zone=zone)
    assert waits_until(user, now_ms) == now_ms + 9 * HOUR_MS


def test_a_night_with_a_fold_is_an_hour_longer() -> None:
    zone = "America/New_York"
    now_ms = at("2026-10-31 22:00", zone)
    user = a_user(NIGHT, now_ms=now_ms, time_zone=zone)
    assert waits_until(user, now_ms) == now_ms + 11 * HOUR_MS


def test_quiet_hours_that_end_in_the_fold_are_on_again_when_it_shows_them_again() -> None:
    zone = "America/New_York"
    first, second = (at("2026-11-01 01:30", zone, fold=fold) for fold in (0, 1))
    assert second - first == HOUR_MS
    user = a_user(
        knowledge(quiet_hours=quiet("22:00", "01:30")),
        now_ms=first - 15 * MINUTE_MS,
        time_zone=zone,
    )
    assert waits_until(user, first - 15 * MINUTE_MS) == first
    assert waits_until(user, first) is None
    # 01:15 is shown a second time, and who looks at the clock would call it quiet.
    assert waits_until(user, second - 15 * MINUTE_MS) == second


def test_quiet_hours_that_begin_in_the_fold_begin_each_time_it_shows_their_beginning() -> None:
    zone = "America/New_York"
    first, second = (at("2026-11-01 01:30", zone, fold=fold) for fold in (0, 1))
    again = at("2026-11-01 01:00", zone, fold=1)
    end = at("2026-11-01 06:00", zone)
    known = knowledge(quiet_hours=quiet("01:30", "06:00"))
    user = a_user(known, now_ms=first - 1, time_zone=zone)
    assert waits_until(user, first - 1) is None
    # 01:00 is shown a second time, before the quiet hours that the clock shows.
    assert waits_until(user, first) == again
    # 01:15 is shown a second time, and it is not quiet at 01:15.
    assert waits_until(user, second - 15 * MINUTE_MS) is None
    assert waits_until(user, second) == end


def test_an_unknown_zone_falls_to_the_default_and_the_explanation_says_so() -> None:
    now = at("2026-01-07 23:00", "Europe/Berlin")
    known = knowledge(quiet_hours=quiet("22:00", "08:00"), time_zone="Europe/Berlin")
    user = a_user(known, now_ms=now, time_zone="Mars/Olympus")
    verdict = user.asked(a_request(at_ms=now))
    assert verdict.reconsider_at_ms == at("2026-01-08 08:00", "Europe/Berlin")
    assert verdict.explanation.startswith(
        "held until Thu 2026-01-08 08:00 (Europe/Berlin, the default zone): quiet hours 22:00-08:00"
    )


def test_a_known_zone_is_named_without_more() -> None:
    now = at("2026-01-07 23:00", "Asia/Kathmandu")
    user = a_user(NIGHT, now_ms=now, time_zone="Asia/Kathmandu")
    assert user.asked(a_request(at_ms=now)).explanation.startswith(
        "held until Thu 2026-01-08 08:00 (Asia/Kathmandu): quiet hours 22:00-08:00"
    )


# By weekday. 5 January 2026 is a Monday.


def until(now: str, weekdays: dict[Weekday, LocalSpan | None], zone: str = "UTC") -> str | None:
    """When quiet hours of 22:00 to 08:00 with other days are over: the local time, None for now."""
    now_ms = at(now, zone)
    hours = QuietHoursPolicy("22:00", "08:00", weekdays)
    ask = an_ask(knowledge(quiet_hours=hours), now_ms=now_ms, profile={"time_zone": zone})
    found = earliest(CONSTRAINT, ask)
    if found is None:
        return "never"
    local = datetime.fromtimestamp(found / 1000, ZoneInfo(zone))
    return None if found == now_ms else f"{local:%a %H:%M}"


FRIDAY_LATE = {Weekday.FRIDAY: LocalSpan("23:30", "10:00"), Weekday.SUNDAY: None}


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        ("2026-01-08 21:59", None),
        ("2026-01-08 22:00", "Fri 08:00"),  # Thursday, as every day
        ("2026-01-09 22:00", None),  # Friday begins later
        ("2026-01-09 23:29", None),
        ("2026-01-09 23:30", "Sat 10:00"),
        ("2026-01-10 09:59", "Sat 10:00"),
        ("2026-01-10 10:00", None),
        ("2026-01-10 22:00", "Sun 08:00"),  # Saturday, as every day, into Sunday
        ("2026-01-11 07:59", "Sun 08:00"),
        ("2026-01-11 22:00", None),  # none begins on Sunday
        ("2026-01-12 03:00", None),  # nor goes on into Monday
        ("2026-01-12 22:00", "Tue 08:00"),
    ],
)
def test_a_weekday_has_the_span_that_begins_on_it(now: str, ends: str | None) -> None:
    assert until(now, FRIDAY_LATE) == ends


def test_spans_that_meet_are_one() -> None:
    weekdays = {
        Weekday.TUESDAY: LocalSpan("08:00", "12:00"),
        Weekday.WEDNESDAY: LocalSpan("12:00", "12:00"),
    }
    # Monday night meets Tuesday morning; Wednesday is 24 hours, into Thursday.
    assert until("2026-01-05 23:00", weekdays) == "Tue 12:00"
    assert until("2026-01-07 12:00", weekdays) == "Thu 12:00"
    assert until("2026-01-07 11:59", weekdays) is None


def test_spans_that_overlap_end_with_the_last() -> None:
    weekdays = {
        Weekday.MONDAY: LocalSpan("20:00", "10:00"),
        Weekday.TUESDAY: LocalSpan("09:00", "11:00"),
    }
    assert until("2026-01-05 20:00", weekdays) == "Tue 11:00"


def test_24_hours_on_each_day_never_end_and_on_six_days_they_do() -> None:
    whole = LocalSpan("06:00", "06:00")
    assert until("2026-01-07 12:00", dict.fromkeys(Weekday, whole)) == "never"
    six = dict.fromkeys(Weekday, whole) | {Weekday.SUNDAY: None}
    assert until("2026-01-07 12:00", six) == "Sun 06:00"
    assert until("2026-01-12 05:59", six) is None


def test_24_hours_in_a_week_without_quiet_hours_otherwise() -> None:
    weekdays: dict[Weekday, LocalSpan | None] = dict.fromkeys(Weekday)
    assert until("2026-01-07 23:00", weekdays) is None
    assert until(
        "2026-01-07 23:00", weekdays | {Weekday.WEDNESDAY: LocalSpan("00:00", "00:00")}
    ) == ("Thu 00:00")


@pytest.mark.parametrize(
    ("zone", "now", "ends"),
    [
        # Berlin leaves out 02:00 to 03:00 on Sunday 29 March, and shows it twice on 25 October.
        ("Europe/Berlin", "2026-03-28 22:00", "Sun 03:00"),
        ("Europe/Berlin", "2026-03-29 03:00", None),
        ("Europe/Berlin", "2026-10-25 02:29", "Sun 02:30"),
        # Cairo leaves out midnight on Friday 24 April: the span of Friday begins at one.
        ("Africa/Cairo", "2026-04-24 01:00", "Fri 05:00"),
        ("Africa/Cairo", "2026-04-23 23:59:59", "Fri 05:00"),
    ],
)
def test_weekdays_across_a_change_of_clocks(zone: str, now: str, ends: str | None) -> None:
    weekdays = {
        Weekday.SATURDAY: LocalSpan("22:00", "02:30"),
        Weekday.SUNDAY: None,
        Weekday.THURSDAY: LocalSpan("23:00", "00:00"),
        Weekday.FRIDAY: LocalSpan("00:00", "05:00"),
    }
    assert until(now, weekdays, zone) == ends


def test_the_sentence_says_the_hours_or_when_they_end() -> None:
    now = at("2026-01-09 23:45")
    ask = an_ask(NIGHT, now_ms=now)
    assert why(CONSTRAINT, ask) == "quiet hours 22:00-08:00"
    by_day = an_ask(
        knowledge(quiet_hours=QuietHoursPolicy("22:00", "08:00", FRIDAY_LATE)), now_ms=now
    )
    assert why(CONSTRAINT, by_day) == "quiet hours until 10:00"


def test_a_day_that_a_zone_left_out_has_no_hole() -> None:
    # Samoa went from the end of 29 December 2011 to the 31st: the span of the 30th was the 31st's.
    zone = "Pacific/Apia"
    now = at("2011-12-29 23:00", zone)
    ask = an_ask(NIGHT, now_ms=now, profile={"time_zone": zone})
    assert earliest(CONSTRAINT, ask) == at("2011-12-31 08:00", zone) == now + 9 * HOUR_MS
