"""What other systems are known to get wrong, each as a test whose name says what is right."""

from collections import Counter

import pytest
from builders import (
    DAY_MS,
    HOUR_MS,
    NOW,
    PLAIN,
    USER,
    User,
    a_cap,
    a_request,
    a_user,
    an_event,
    an_update,
    at,
    knowledge,
    names,
    quiet,
)

from tactful.composer import held
from tactful.engine.state import Section
from tactful.policy import NotificationType, Purpose, Timing
from tactful.policy.check import problems_of
from tactful.policy.model import MAX_COUNTED_SENDS, Limits
from tactful.records import LedgerEntry, Priority, Request, Wakeup
from tactful.sends.log import entries


def test_a_cap_of_0_lets_nothing_through_and_says_so_at_once() -> None:
    user = a_user(knowledge(caps=(a_cap("none", max=0),)))
    verdict = user.asked(a_request())
    assert (verdict.verdict, verdict.reason) == ("suppress", "cap_user")
    assert verdict.explanation.startswith("not sent: cap none is full (0 of 0)")
    assert user.state.sections[Section.HELD] == b""
    # It binds neither other purposes nor an emergency.
    assert user.asked(a_request("r2", "receipt")).verdict == "send"
    assert user.asked(a_request("r3", priority=Priority.CRITICAL)).verdict == "send"


@pytest.mark.parametrize("zone", ["Europe/Berln", "Mars/Olympus_Mons", "", "../etc/passwd", "utc "])
def test_an_unknown_or_misspelt_zone_leaves_the_one_before_and_else_the_policy_s_default(
    zone: str,
) -> None:
    known = knowledge(quiet_hours=quiet("22:00", "08:00"), time_zone="America/New_York")
    now_ms = at("2026-01-07 23:00", "Europe/Berlin")  # 17:00 in New York
    user = a_user(known, now_ms=now_ms, time_zone="Europe/Berlin")
    user.told(time_zone=zone)
    user.take(an_event(at_ms=now_ms, time_zone=zone))
    held_back = user.asked(a_request(at_ms=now_ms))
    assert held_back.reconsider_at_ms == at("2026-01-08 08:00", "Europe/Berlin")
    assert "(Europe/Berlin)" in held_back.explanation
    user = a_user(known, now_ms=now_ms, time_zone=zone)
    assert user.asked(a_request("r1", at_ms=now_ms)).verdict == "send"
    late = at("2026-01-07 23:00", "America/New_York")
    held_back = user.asked(a_request("r2", at_ms=late))
    assert held_back.reconsider_at_ms == at("2026-01-08 08:00", "America/New_York")
    assert "(America/New_York, the default zone)" in held_back.explanation


def test_a_policy_with_an_unknown_zone_is_refused() -> None:
    [problem] = problems_of(knowledge(time_zone="Europe/Berln").policy)
    assert "Europe/Berln" in str(problem)


@pytest.mark.parametrize("priority", Priority)
def test_a_user_with_no_channel_gets_a_verdict_that_says_so_and_nothing_waits(
    priority: Priority,
) -> None:
    user = User(knowledge(), NOW)
    user.take(an_update(consent={"marketing": True}))
    verdict = user.asked(a_request(channels=["email", "push"], priority=priority))
    assert (verdict.verdict, verdict.reason) == ("suppress", "unreachable")
    assert verdict.explanation.startswith("not sent: no email is known for email")
    assert {each.channel: list(each.blocked_by) for each in verdict.considered} == {
        "email": ["unreachable"],
        "push": ["unreachable"],
    }
    assert user.state.sections[Section.HELD] == b""


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        ("21:59", "send"),
        ("22:00", "hold"),
        ("23:59", "hold"),
        ("00:00", "hold"),
        ("07:59", "hold"),
        ("08:00", "send"),
    ],
)
def test_a_quiet_window_over_midnight_holds_on_both_sides_of_it(now: str, verdict: str) -> None:
    now_ms = at(f"2026-01-07 {now}", "Europe/Berlin")
    known = knowledge(quiet_hours=quiet("22:00", "08:00"))
    user = a_user(known, now_ms=now_ms, time_zone="Europe/Berlin")
    entry = user.asked(a_request(at_ms=now_ms))
    assert entry.verdict == verdict
    if verdict == "hold":
        day = "08" if now.startswith("2") else "07"
        assert entry.reconsider_at_ms == at(f"2026-01-{day} 08:00", "Europe/Berlin")


@pytest.mark.parametrize("time", ["00:00", "08:00"])
def test_a_quiet_window_of_24_hours_lets_nothing_but_critical_through(time: str) -> None:
    user = a_user(knowledge(quiet_hours=quiet(time, time)))
    verdict = user.asked(a_request())
    assert (verdict.verdict, verdict.reason) == ("suppress", "quiet_hours")
    assert user.asked(a_request("r2", priority=Priority.CRITICAL)).verdict == "send"


def test_of_two_caps_with_different_windows_both_hold() -> None:
    caps = (a_cap("hourly", max=1, window_ms=HOUR_MS), a_cap("daily", max=3, window_ms=DAY_MS))
    types = {"promotion": NotificationType(Purpose.MARKETING, ("email",), ttl_ms=9 * DAY_MS)}
    user = a_user(knowledge(caps=caps, types=types))
    for number in range(8):
        user.asked(a_request(f"r{number}"), NOW)
    while held.size(user.state.sections[Section.HELD]):
        user.woken()
    moments = [each.decided_at_ms - NOW for each in user.decisions]
    assert moments == [
        *(0, HOUR_MS, 2 * HOUR_MS),
        *(DAY_MS, DAY_MS + HOUR_MS, DAY_MS + 2 * HOUR_MS),
        *(2 * DAY_MS, 2 * DAY_MS + HOUR_MS),
    ]
    reasons = [entry.explanation for entry in user.ledger if entry.verdict == "hold"]
    assert any("hourly" in each for each in reasons)
    assert any("daily" in each for each in reasons)


def test_the_best_time_inside_quiet_hours_is_not_taken_but_the_best_outside_of_them() -> None:
    best = {23: 9.0, 20: 4.0}
    timing = Timing(
        best_time_within_ms={Priority.NORMAL: 14 * HOUR_MS},
        global_hour_weights=tuple(best.get(hour, 1.0) for hour in range(24)),
    )
    long = NotificationType(Purpose.MARKETING, ("email",), 3 * DAY_MS, 30 * DAY_MS)
    changes = {"timing": timing, "types": {"promotion": long}}
    free = a_user(knowledge(**changes)).asked(a_request())
    assert free.reconsider_at_ms == at("2026-01-07 23:00")
    user = a_user(knowledge(**changes, quiet_hours=quiet("22:00", "08:00")))
    held_back = user.asked(a_request())
    assert (held_back.reason, held_back.reconsider_at_ms) == ("best_time", at("2026-01-07 20:00"))
    assert names(user.woken()) == ["r1 send allowed"]


def a_digest_reader(ttl_ms: int) -> User:
    long = NotificationType(Purpose.MARKETING, ("email",), ttl_ms, 10**15)
    known = knowledge(types={"promotion": long})
    user = a_user(known, preferences={"frequency": "daily_digest"})
    for number in range(3):
        user.asked(a_request(f"r{number}", at_ms=NOW + number))
    return user


def test_a_digest_whose_user_paused_waits_for_the_first_digest_hour_after_the_pause() -> None:
    user = a_digest_reader(9 * DAY_MS)
    user.now_ms = NOW + HOUR_MS
    user.told(preferences={"pause_until_ms": NOW + 3 * DAY_MS})
    assert {entry.reason for entry in user.ledger[3:]} == {"paused"}
    assert user.decisions == []
    assert names(user.woken()) == [
        "r0 send allowed",
        "r1 digest digest_hour",
        "r2 digest digest_hour",
    ]
    # The pause ends at noon, so it is nine o'clock of the day after.
    assert user.now_ms == at("2026-01-11 09:00")


def test_a_digest_whose_user_paused_for_longer_than_it_lives_ends_at_once() -> None:
    user = a_digest_reader(2 * DAY_MS)
    user.now_ms = NOW + HOUR_MS
    user.told(preferences={"pause_until_ms": NOW + 3 * DAY_MS})
    assert {entry.verdict for entry in user.ledger[3:]} == {"suppress"}
    assert user.decisions == []
    assert user.state.sections[Section.HELD] == b""


def test_a_held_message_whose_type_was_removed_from_the_policy_ends_with_the_reason() -> None:
    user = a_user()
    user.asked(a_request("gone", not_before_ms=NOW + HOUR_MS))
    user.asked(a_request("stays", "receipt", not_before_ms=NOW + HOUR_MS))
    user.knowledge = knowledge(version="next", types={"receipt": PLAIN.types["receipt"]})
    user.take(an_event(at_ms=NOW + 1), NOW + 1)
    assert names(user.woken()) == ["stays send allowed"]
    assert user.verdicts("gone") == ["hold not_before", "suppress unknown_type"]
    assert user.verdicts("stays") == ["hold not_before", "send allowed"]
    gone = user.ledger[[entry.reason for entry in user.ledger].index("unknown_type")]
    assert gone.explanation == "not sent: the policy has no type 'promotion'"
    assert gone.policy_version == "next"
    assert user.state.sections[Section.HELD] == b""


def _in_a_minute(count: int) -> list[Request]:
    return [
        a_request(
            f"r{number}",
            "promotion" if number % 3 else "receipt",
            (Priority.LOW, Priority.NORMAL, Priority.HIGH)[number % 3],
            NOW + number * 60_000 // count,
            data={"n": number},
        )
        for number in range(count)
    ]


def test_10_000_requests_for_one_user_in_a_minute_all_get_a_verdict_and_the_state_stays_small() -> (
    None
):
    user = a_user(knowledge(caps=(a_cap(max=3, window_ms=6 * HOUR_MS),)))
    verdicts: Counter[str] = Counter()
    finals: Counter[str] = Counter()
    for request in _in_a_minute(10_000):
        entries_now = [
            output
            for output in user.take(request, request.at_ms).outputs
            if isinstance(output, LedgerEntry)
        ]
        assert any(entry.request_id == request.id for entry in entries_now)
        verdicts.update(entry.verdict for entry in entries_now)
        finals.update(entry.request_id for entry in entries_now if entry.verdict.final)
        user.outputs.clear()
    sections = user.state.sections
    assert held.size(sections[Section.HELD]) == Limits().held
    assert len(entries(sections[Section.SENDS])) <= MAX_COUNTED_SENDS
    assert sum(map(len, sections)) < 32_000
    # Each has one final verdict but those that wait.
    assert set(finals.values()) == {1}
    assert len(finals) == 10_000 - Limits().held
    assert verdicts["send"] == MAX_COUNTED_SENDS
    # The next one, a day later, is decided as if nothing had been.
    tomorrow = NOW + 8 * DAY_MS
    user.take(Wakeup(), tomorrow)
    user.outputs.clear()
    sent = user.asked(a_request("next", at_ms=tomorrow))
    assert (sent.verdict, sent.channel, sent.user_id) == ("send", "email", USER)
