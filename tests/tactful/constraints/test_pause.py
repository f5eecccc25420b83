import pytest
from asking import an_ask, earliest, why
from builders import HOUR_MS, NOW, a_request, a_user, at

from tactful.constraints.pause import CONSTRAINT
from tactful.records import Priority


def test_a_pause_holds_everything_but_critical() -> None:
    until = at("2026-01-07 18:00")
    user = a_user(preferences={"pause_until_ms": until})
    for number, kind in enumerate(("promotion", "receipt")):
        held = user.asked(a_request(f"r{number}", kind))
        assert (held.verdict, held.reason, held.reconsider_at_ms) == ("hold", "paused", until)
        assert held.explanation.startswith(
            "held until Wed 2026-01-07 18:00 (UTC, the default zone): "
            "the user paused notifications until Wed 2026-01-07 18:00"
        )
    assert user.asked(a_request("c", priority=Priority.CRITICAL)).verdict == "send"
    assert {entry.verdict for entry in user.woken()} == {"send"}


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Pacific/Kiritimati", "America/New_York"])
def test_a_pause_to_the_end_of_all_days_is_a_suppression(zone: str) -> None:
    user = a_user(preferences={"pause_until_ms": 253_402_300_799_999}, time_zone=zone)
    verdict = user.asked(a_request())
    assert (verdict.verdict, verdict.reason) == ("suppress", "paused")


def test_a_pause_that_is_over_says_nothing() -> None:
    assert a_user(preferences={"pause_until_ms": NOW}).asked(a_request()).verdict == "send"


def test_taking_a_pause_back_lets_what_was_held_go() -> None:
    user = a_user(preferences={"pause_until_ms": NOW + 3_600_000})
    user.asked(a_request())
    user.told(preferences={"pause_until_ms": None})
    assert user.verdicts() == ["hold paused", "send allowed"]


@pytest.mark.parametrize(
    ("until", "from_ms", "free"),
    [
        (NOW + 1, NOW, NOW + 1),
        (NOW + HOUR_MS, NOW + 1, NOW + HOUR_MS),
        (NOW + HOUR_MS, NOW + HOUR_MS, NOW + HOUR_MS),
        (NOW + HOUR_MS, NOW + 2 * HOUR_MS, NOW + 2 * HOUR_MS),
        (NOW, NOW, NOW),
        (0, NOW, NOW),
        (None, NOW, NOW),
    ],
)
def test_a_pause_ends_to_the_millisecond(until: int | None, from_ms: int, free: int) -> None:
    ask = an_ask(profile={"preferences": {"pause_until_ms": until}})
    assert earliest(CONSTRAINT, ask, from_ms) == free


def test_the_end_of_a_pause_is_told_in_the_user_s_zone() -> None:
    until = at("2026-01-07 18:00", "Asia/Tokyo")
    preferences = {"pause_until_ms": until}
    ask = an_ask(
        now_ms=until - HOUR_MS, profile={"preferences": preferences, "time_zone": "Asia/Tokyo"}
    )
    assert why(CONSTRAINT, ask) == "the user paused notifications until Wed 2026-01-07 18:00"
