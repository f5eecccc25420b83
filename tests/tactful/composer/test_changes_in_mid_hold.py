import msgspec
from builders import (
    HOUR_MS,
    MINUTE_MS,
    NOW,
    PLAIN,
    a_cap,
    a_request,
    a_user,
    an_event,
    at,
    knowledge,
    names,
    quiet,
)

from tactful.engine.state import Section
from tactful.local_time import Calendar
from tactful.policy import NotificationType, Purpose
from tactful.records import Wakeup

SOON = NOW + 2 * MINUTE_MS


def test_a_cap_that_is_wider_releases_what_waited_for_it() -> None:
    user = a_user(knowledge(caps=(a_cap(max=1),)))
    user.asked(a_request("r1"))
    user.asked(a_request("r2", at_ms=NOW + 1))
    user.knowledge = knowledge(version="wider", caps=(a_cap(max=2),))
    user.take(an_event(at_ms=SOON), SOON)
    assert user.verdicts("r2") == ["hold cap_user", "send allowed"]
    assert user.decisions[-1].policy_version == "wider"


def test_a_cap_that_is_new_counts_what_was_sent_before_it() -> None:
    user = a_user(knowledge())
    user.asked(a_request("r1"))
    user.asked(a_request("r2", not_before_ms=NOW + HOUR_MS))
    user.knowledge = knowledge(caps=(a_cap(max=1, window_ms=6 * HOUR_MS),))
    user.take(Wakeup(), SOON)
    assert user.verdicts("r2") == ["hold not_before", "hold cap_user"]
    assert user.ledger[-1].reconsider_at_ms == NOW + 6 * HOUR_MS


def test_quiet_hours_that_are_new_hold_longer() -> None:
    user = a_user()
    user.asked(a_request(not_before_ms=NOW + HOUR_MS))
    user.knowledge = knowledge(quiet_hours=quiet("12:00", "15:00"))
    user.take(an_event(at_ms=SOON), SOON)
    assert user.verdicts() == ["hold not_before", "hold quiet_hours"]
    assert names(user.woken()) == ["r1 send allowed"]
    assert user.now_ms == at("2026-01-07 15:00")


def test_a_shorter_life_ends_what_waits_too_long() -> None:
    user = a_user()
    user.asked(a_request(not_before_ms=NOW + HOUR_MS))
    types = {"promotion": msgspec.structs.replace(PLAIN.types["promotion"], ttl_ms=MINUTE_MS)}
    user.knowledge = knowledge(types=types)
    user.take(an_event(at_ms=SOON), SOON)
    assert user.verdicts() == ["hold not_before", "expire expired"]
    assert user.ledger[-1].expires_at_ms == NOW + MINUTE_MS


def test_channels_that_the_type_has_no_more_are_not_used() -> None:
    user = a_user()
    user.asked(a_request("narrow", channels=["push"], not_before_ms=NOW + HOUR_MS))
    user.asked(a_request("wide", not_before_ms=NOW + HOUR_MS))
    types = {"promotion": NotificationType(Purpose.MARKETING, ("in_app",))}
    user.knowledge = knowledge(types=types)
    user.take(an_event(at_ms=SOON), SOON)
    assert user.verdicts("narrow")[-1] == "suppress unknown_channel"
    assert names(user.woken()) == ["wide send allowed"]
    assert user.decisions[-1].channel == "in_app"


def test_it_is_decided_again_once_per_policy() -> None:
    user = a_user()
    user.asked(a_request(not_before_ms=NOW + HOUR_MS))
    user.knowledge = knowledge(version="next")
    user.take(an_event("e1", at_ms=SOON), SOON)
    before = user.state.sections[Section.HELD]
    user.take(Wakeup(), SOON + HOUR_MS // 2)
    assert user.verdicts() == ["hold not_before"]
    assert user.state.sections[Section.HELD] == before


def test_who_moves_to_another_zone_has_its_quiet_hours() -> None:
    user = a_user(knowledge(quiet_hours=quiet("11:00", "13:00")), time_zone="UTC")
    held = user.asked(a_request())
    assert held.reconsider_at_ms == at("2026-01-07 13:00")
    # In Berlin it is past 13:00 already.
    user.take(an_event(at_ms=SOON, time_zone="Europe/Berlin"), SOON)
    assert user.verdicts() == ["hold quiet_hours", "send allowed"]


def test_who_moves_into_quiet_hours_waits_for_their_end_there() -> None:
    user = a_user(knowledge(quiet_hours=quiet("22:00", "08:00")), time_zone="UTC")
    user.asked(a_request(not_before_ms=NOW + HOUR_MS))
    user.take(an_event(at_ms=SOON, time_zone="Asia/Tokyo"), SOON)
    assert user.verdicts() == ["hold not_before", "hold not_before"]
    assert user.ledger[-1].reconsider_at_ms == at("2026-01-08 08:00", "Asia/Tokyo")


def test_a_zone_from_the_profile_counts_like_one_from_an_event() -> None:
    user = a_user(knowledge(quiet_hours=quiet("11:00", "13:00")), time_zone="UTC")
    user.asked(a_request())
    user.told(time_zone="Europe/Berlin")
    assert user.verdicts() == ["hold quiet_hours", "send allowed"]


def test_a_calendar_cap_counts_the_days_of_the_zone_the_user_is_in_now() -> None:
    cap = msgspec.structs.replace(a_cap(max=1), window_ms=None, calendar=Calendar.DAY)
    user = a_user(knowledge(caps=(cap,)), time_zone="UTC")
    user.asked(a_request("r1"))
    held = user.asked(a_request("r2", at_ms=NOW + 1))
    assert held.reconsider_at_ms == at("2026-01-08 00:00")
    # In Auckland (13 hours ahead) the day of both began at 11:00 UTC.
    user.take(an_event(at_ms=SOON, time_zone="Pacific/Auckland"), SOON)
    assert user.ledger[-1].reconsider_at_ms == at("2026-01-09 00:00", "Pacific/Auckland")
