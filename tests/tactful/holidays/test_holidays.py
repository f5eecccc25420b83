"""Public holidays by country and day, and whose country counts."""

import os
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tactful.holidays import country_of, holiday_named, is_known_country
from tactful.policy.model import Holidays


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("country", "on", "name"),
    [
        ("US", "2026-07-04", "Independence Day"),
        ("US", "2026-07-05", None),
        ("DE", "2026-10-03", "German Unity Day"),
        ("GB", "2026-12-25", "Christmas Day"),
        ("FR", "2026-07-14", "National Day"),
        ("JP", "2026-12-25", None),
        ("DE", "2000-01-01", "New Year's Day"),
    ],
)
def test_a_day_is_a_holiday_where_the_library_says_so(
    country: str, on: str, name: str | None
) -> None:
    found = holiday_named(country, day(on))
    assert found == name if name is None else found is not None
    if name is not None:
        assert name in str(found)


def test_easter_moves_with_the_year() -> None:
    assert holiday_named("DE", day("2026-04-03"))  # Good Friday
    assert holiday_named("DE", day("2027-04-03")) is None
    assert holiday_named("DE", day("2027-03-26"))


@pytest.mark.parametrize("language", ["de_DE.UTF-8", "fr_FR.UTF-8", "C"])
def test_a_name_is_the_same_on_every_machine(language: str) -> None:
    code = (
        "from tactful.holidays import holiday_named\n"
        f"print(holiday_named('DE', {day('2026-10-03')}))"
    )
    environment = {**os.environ, "LANGUAGE": language, "LANG": language, "LC_ALL": language}
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "German Unity Day"


@pytest.mark.parametrize(
    ("code", "known"),
    [("DE", True), ("US", True), ("de", False), ("XX", False), ("", False), ("Germany", False)],
)
def test_a_country_is_known_by_its_code(code: str, known: bool) -> None:
    assert is_known_country(code) is known


@pytest.mark.parametrize(
    ("attributes", "default", "country"),
    [
        ({"country": "DE"}, None, "DE"),
        ({"country": "de"}, "US", "DE"),
        ({"country": "XX"}, "US", "US"),
        ({"country": None}, "US", "US"),
        ({"country": 49}, "US", "US"),
        ({"country": ["DE"]}, "US", "US"),
        ({}, "US", "US"),
        ({"country": "XX"}, None, None),
        ({}, None, None),
    ],
)
def test_the_country_is_the_profile_s_where_it_is_known(
    attributes: dict[str, Any], default: str | None, country: str | None
) -> None:
    assert country_of(attributes, Holidays(default_country=default)) == country


@given(st.text(max_size=5) | st.integers() | st.none() | st.booleans(), st.integers(-1000, 60_000))
def test_any_attribute_and_any_day_has_an_answer(value: Any, on: int) -> None:
    country = country_of({"country": value}, Holidays(default_country="DE"))
    assert country is not None
    assert is_known_country(country)
    found = holiday_named("DE", on)
    assert found is None or found
