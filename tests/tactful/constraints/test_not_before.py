import pytest
from asking import an_ask, earliest, why
from builders import HOUR_MS, NOW, a_request, a_user, at

from tactful.constraints.not_before import CONSTRAINT


def test_not_before_holds_until_its_moment() -> None:
    until = at("2026-01-07 15:30")
    user = a_user()
    held = user.asked(a_request(not_before_ms=until))
    assert (held.verdict, held.reason, held.reconsider_at_ms) == ("hold", "not_before", until)
    assert held.explanation.startswith(
        "held until Wed 2026-01-07 15:30 (UTC, the default zone): "
        "not to be sent before Wed 2026-01-07 15:30"
    )
    [sent] = user.woken()
    assert (sent.verdict, sent.decided_at_ms) == ("send", until)


def test_not_before_after_expiry_is_suppressed() -> None:
    verdict = a_user().asked(a_request(not_before_ms=NOW + 2, expires_at_ms=NOW + 1))
    assert (verdict.verdict, verdict.reason) == ("suppress", "not_before")


@pytest.mark.parametrize(
    ("begins", "from_ms", "free"),
    [
        (None, NOW, NOW),
        (0, NOW, NOW),
        (NOW, NOW, NOW),
        (NOW + 1, NOW, NOW + 1),
        (NOW + HOUR_MS, NOW + HOUR_MS - 1, NOW + HOUR_MS),
        (NOW + HOUR_MS, NOW + HOUR_MS + 1, NOW + HOUR_MS + 1),
    ],
)
def test_a_request_waits_for_its_own_moment(begins: int | None, from_ms: int, free: int) -> None:
    assert earliest(CONSTRAINT, an_ask(not_before_ms=begins), from_ms) == free


def test_the_moment_is_told_in_the_user_s_zone() -> None:
    begins = at("2026-03-08 03:30", "America/New_York")
    ask = an_ask(
        now_ms=begins - HOUR_MS,
        not_before_ms=begins,
        profile={"time_zone": "America/New_York"},
    )
    assert why(CONSTRAINT, ask) == "not to be sent before Sun 2026-03-08 03:30"
