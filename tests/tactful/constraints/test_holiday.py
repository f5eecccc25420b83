from typing import Any

import pytest
from asking import an_ask, earliest, why
from builders import NOW, a_request, a_user, at, knowledge

from tactful.constraints.holiday import CONSTRAINT
from tactful.knowledge import Knowledge
from tactful.policy import Purpose
from tactful.policy.model import Holidays
from tactful.records import Priority, Reason


def quiet_on(**keys: Any) -> Knowledge:
    return knowledge(holidays=Holidays(**keys))


def free(now: str, country: Any, zone: str = "UTC", known: Knowledge | None = None) -> int:
    profile = {"time_zone": zone, "attributes": {"country": country}}
    found = earliest(CONSTRAINT, an_ask(known or quiet_on(), now_ms=at(now, zone), profile=profile))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("now", "country", "zone", "until"),
    [
        ("2026-12-24 23:59:59.999", "DE", "Europe/Berlin", "2026-12-24 23:59:59.999"),
        ("2026-12-25 00:00", "DE", "Europe/Berlin", "2026-12-27 00:00"),  # two in a row
        ("2026-12-26 23:59:59.999", "DE", "Europe/Berlin", "2026-12-27 00:00"),
        ("2026-12-27 00:00", "DE", "Europe/Berlin", "2026-12-27 00:00"),
        ("2026-12-25 12:00", "de", "Europe/Berlin", "2026-12-27 00:00"),
        ("2026-12-25 12:00", "US", "America/New_York", "2026-12-26 00:00"),
        ("2026-12-25 12:00", "JP", "Asia/Tokyo", "2026-12-25 12:00"),
        # The day is that of the user's zone, wherever the country lies.
        ("2026-12-24 20:00", "DE", "America/New_York", "2026-12-24 20:00"),
        ("2027-01-01 09:00", "DE", "Europe/Berlin", "2027-01-02 00:00"),
    ],
)
def test_a_holiday_is_silent_from_midnight_to_midnight(
    now: str, country: str, zone: str, until: str
) -> None:
    assert free(now, country, zone) == at(until, zone)


def test_a_holiday_that_ends_where_midnight_is_left_out_ends_at_one() -> None:
    # Cairo's clocks went from 00:00 to 01:00 on 28 April 2023; no holiday here, so take a rule of
    # a country that has one on the 27th (the Netherlands' King's Day).
    zone = "Africa/Cairo"
    assert free("2023-04-27 12:00", "NL", zone) == at("2023-04-28 01:00", zone)


@pytest.mark.parametrize("country", [None, "", "Atlantis", "XX", 49, True, ["DE"], {"code": "DE"}])
def test_a_country_nobody_knows_gives_the_default_or_none(country: Any) -> None:
    now = "2026-12-25 12:00"
    assert free(now, country) == at(now)
    assert free(now, country, known=quiet_on(default_country="US")) == at("2026-12-26 00:00")


def test_a_known_country_wins_over_the_default() -> None:
    now = "2026-12-25 12:00"
    assert free(now, "JP", known=quiet_on(default_country="US")) == at(now)


def test_the_policy_names_the_attribute() -> None:
    now = at("2026-12-25 12:00")
    known = quiet_on(country_attribute="home", default_country="JP")
    ask = an_ask(known, now_ms=now, profile={"attributes": {"home": "US", "country": "JP"}})
    assert earliest(CONSTRAINT, ask) == at("2026-12-26 00:00")


def test_holidays_bind_their_purposes() -> None:
    now = at("2026-12-25 12:00")
    profile = {"attributes": {"country": "US"}}
    receipt = an_ask(quiet_on(), "receipt", now, profile=profile)
    assert earliest(CONSTRAINT, receipt) == now
    assert CONSTRAINT.idle(receipt)
    both = an_ask(quiet_on(purposes=tuple(Purpose)), "receipt", now, profile=profile)
    assert earliest(CONSTRAINT, both) == at("2026-12-26 00:00")
    assert CONSTRAINT.idle(an_ask(now_ms=now, profile=profile))


def test_the_sentence_names_the_holiday_where_it_is_today() -> None:
    profile = {"attributes": {"country": "US"}}
    ask = an_ask(quiet_on(), now_ms=at("2026-12-25 12:00"), profile=profile)
    assert why(CONSTRAINT, ask) == "public holiday: Christmas Day"
    # Another constraint may have moved the request to the holiday.
    before = an_ask(quiet_on(), now_ms=at("2026-12-24 12:00"), profile=profile)
    assert why(CONSTRAINT, before) == "a public holiday"


def test_a_pause_into_a_holiday_waits_for_its_end() -> None:
    now = at("2026-12-24 12:00")
    rules = Holidays(default_country="DE")
    user = a_user(knowledge(holidays=rules, precedence=(Reason.HOLIDAY,)), now_ms=now)
    user.told(preferences={"pause_until_ms": at("2026-12-25 06:00")})
    held = user.asked(a_request(type="newsletter", at_ms=now))
    assert held.reconsider_at_ms == at("2026-12-27 00:00")
    assert held.reason == "holiday"
    assert "a public holiday" in held.explanation
    critical = user.asked(a_request("c", at_ms=now, priority=Priority.CRITICAL))
    assert critical.verdict == "send"


def test_an_ordinary_day_says_nothing() -> None:
    assert earliest(CONSTRAINT, an_ask(quiet_on(default_country="DE"))) == NOW
