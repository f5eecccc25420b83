import pytest
from builders import (
    DAY_MS,
    MINUTE_MS,
    NOW,
    User,
    a_cap,
    a_feedback,
    a_request,
    a_user,
    at,
    knowledge,
    names,
)

from tactful.engine.state import Section
from tactful.policy import NotificationType, Purpose, Timing
from tactful.policy.model import Failover
from tactful.records import Outcome, Priority, Wakeup
from tactful.sends.log import entries

NINE = at("2026-01-08 09:00")
ZONE = "Europe/Berlin"
LONG = 9 * DAY_MS
TYPES = {
    name: NotificationType(purpose, channels, ttl_ms=LONG, value_half_life_ms=10**15)
    for name, purpose, channels in (
        ("promotion", Purpose.MARKETING, ("email", "push", "in_app")),
        ("newsletter", Purpose.MARKETING, ("email",)),
        ("receipt", Purpose.TRANSACTIONAL, ("email", "push", "in_app")),
    )
}


def digesting(
    mode: str = "daily_digest",
    hour: int = 9,
    now_ms: int = NOW,
    time_zone: str | None = None,
    **more: object,
) -> User:
    """A user who wants digests."""
    timing = Timing(best_time_within_ms={}, digest_hour=hour)
    return a_user(
        knowledge(**{"timing": timing, "types": TYPES, **more}),
        now_ms=now_ms,
        time_zone=time_zone,
        preferences={"frequency": mode},
    )


def test_all_that_waits_goes_out_as_one_at_the_digest_hour() -> None:
    user = digesting()
    for number, type_name in enumerate(("newsletter", "promotion", "promotion")):
        held = user.asked(a_request(f"r{number}", type_name, at_ms=NOW + number))
        assert (held.reason, held.reconsider_at_ms) == ("digest_hour", NINE)
    assert names(user.woken()) == [
        "r0 send allowed",
        "r1 digest digest_hour",
        "r2 digest digest_hour",
    ]
    digest = user.decisions[0].digest
    assert digest is not None
    assert [(each.request_id, each.type) for each in digest.items] == [
        ("r0", "newsletter"),
        ("r1", "promotion"),
        ("r2", "promotion"),
    ]
    assert len(entries(user.state.sections[Section.SENDS])) == 1


def test_the_most_urgent_of_them_leads() -> None:
    user = digesting()
    user.asked(a_request("low", priority=Priority.LOW))
    user.asked(a_request("normal", at_ms=NOW + 1))
    assert names(user.woken()) == ["normal send allowed", "low digest digest_hour"]


def test_who_comes_after_the_digest_waits_for_the_next() -> None:
    user = digesting()
    user.asked(a_request("r1"))
    user.woken()
    late = user.asked(a_request("r2", at_ms=NINE + 10 * MINUTE_MS))
    assert (late.reason, late.reconsider_at_ms) == ("digest_hour", NINE + DAY_MS)


def test_who_comes_within_the_hour_opens_the_digest_of_a_day_without_one() -> None:
    now_ms = NINE + 10 * MINUTE_MS
    user = digesting(now_ms=now_ms)
    assert user.asked(a_request("r1", at_ms=now_ms)).verdict == "send"


def test_a_day_without_anything_has_no_digest() -> None:
    user = digesting()
    user.asked(a_request("r1"))
    user.woken()
    while user.state.wakeup_ms is not None:
        user.take(Wakeup(), user.state.wakeup_ms)
    assert len(user.decisions) == 1


def test_a_weekly_digest_goes_out_on_mondays() -> None:
    user = digesting("weekly_digest")
    for number in range(2):
        held = user.asked(a_request(f"r{number}", at_ms=NOW + number))
        assert held.reconsider_at_ms == at("2026-01-12 09:00")
    assert names(user.woken()) == ["r0 send allowed", "r1 digest digest_hour"]
    late = user.asked(a_request("r2", at_ms=user.now_ms + 1))
    assert late.reconsider_at_ms == at("2026-01-19 09:00")


@pytest.mark.parametrize(
    "other",
    [{"priority": Priority.HIGH}, {"type": "receipt"}],
    ids=["urgent", "transactional"],
)
def test_what_is_no_digest_s_business_goes_at_once_and_takes_nobody_along(
    other: dict[str, object],
) -> None:
    user = digesting()
    user.asked(a_request("r1"))
    assert user.asked(a_request("now", **other)).verdict == "send"
    assert user.verdicts() == ["hold digest_hour"]
    assert user.decisions[0].digest is None


def test_who_may_not_use_the_channel_waits_for_a_digest_of_its_own() -> None:
    user = digesting()
    user.asked(a_request("r1"))
    user.asked(a_request("push", channels=["push"], at_ms=NOW + 1))
    assert names(user.woken()) == ["r1 send allowed", "push hold digest_hour"]
    assert user.ledger[-1].reconsider_at_ms == NINE + DAY_MS


def test_what_is_not_digestible_waits_for_the_hour_and_goes_by_itself() -> None:
    alone = NotificationType(Purpose.MARKETING, ("email",), LONG, 10**15, digestible=False)
    user = digesting(types=TYPES | {"alone": alone})
    user.asked(a_request("alone", "alone"))
    user.asked(a_request("r2", at_ms=NOW + 1))
    assert names(user.woken())[0] == "alone send allowed"
    assert user.decisions[0].digest is None


def test_a_digest_spends_one_slot() -> None:
    user = digesting(caps=(a_cap(max=1, window_ms=2 * DAY_MS),))
    for number in range(3):
        user.asked(a_request(f"r{number}", at_ms=NOW + number))
    user.woken()
    assert len(user.decisions) == 1
    full = user.asked(a_request("r9", at_ms=NINE + 1, priority=Priority.HIGH))
    assert (full.reason, full.reconsider_at_ms) == ("cap_user", NINE + 2 * DAY_MS)


def test_a_digest_hour_that_the_clock_leaves_out_is_the_next_day_s() -> None:
    now_ms = at("2026-03-28 12:00", ZONE)
    user = digesting(hour=2, now_ms=now_ms, time_zone=ZONE)
    held = user.asked(a_request(at_ms=now_ms))
    assert held.reconsider_at_ms == at("2026-03-30 02:00", ZONE)


def test_a_digest_hour_that_the_clock_shows_twice_has_one_digest() -> None:
    now_ms = at("2026-10-24 12:00", ZONE)
    user = digesting(hour=2, now_ms=now_ms, time_zone=ZONE)
    user.asked(a_request("r1", at_ms=now_ms))
    [sent] = user.woken()
    assert sent.decided_at_ms == at("2026-10-25 02:00", ZONE, fold=0)
    # At the second 02:30 the day has had its digest.
    again = at("2026-10-25 02:30", ZONE, fold=1)
    late = user.asked(a_request("r2", at_ms=again))
    assert late.reconsider_at_ms == at("2026-10-26 02:00", ZONE)


def test_a_user_who_wants_no_digests_any_more_gets_each_by_itself() -> None:
    user = digesting()
    user.asked(a_request("r1"))
    user.asked(a_request("r2", at_ms=NOW + 1))
    user.now_ms = NOW + 1
    user.told(preferences={"frequency": "immediate"})
    assert names(user.ledger[-2:]) == ["r1 send allowed", "r2 send allowed"]


def test_a_further_attempt_of_a_digest_carries_it_on() -> None:
    types = {
        name: NotificationType(Purpose.MARKETING, ("email", "push"), LONG, failover=Failover())
        for name in ("promotion", "newsletter")
    }
    user = digesting(types=types)
    user.asked(a_request("r1"))
    user.asked(a_request("r2", "newsletter", at_ms=NOW + 1))
    sent = user.woken()[0]
    user.now_ms += 1
    # The user goes without digests from here on, so the next attempt need not wait a day.
    user.told(preferences={"frequency": None})
    user.take(a_feedback(sent.decision_id, Outcome.FAILED, user.now_ms))
    first, second = user.decisions
    assert (second.attempt, second.channel) == (2, "push")
    assert second.digest == first.digest
