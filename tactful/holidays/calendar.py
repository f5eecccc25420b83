"""Which day is a public holiday where: the library's calendars, once per country and year."""

from collections.abc import Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Any

from tactful.policy.model import Holidays

# The library takes a second to load, so only those whose policy has holidays wait for it.

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LANGUAGE = "en_US"
"""Of the names. Without one the library asks the machine, and verdicts would read differently."""


@cache
def _countries() -> frozenset[str]:
    import holidays  # noqa: PLC0415

    return frozenset(holidays.list_supported_countries(include_aliases=True))


def is_known_country(code: str) -> bool:
    """Whether the library has the country's calendar (ISO 3166 alpha-2, upper case)."""
    return code in _countries()


@lru_cache(maxsize=1024)
def _year(country: str, year: int) -> dict[int, str]:
    import holidays  # noqa: PLC0415

    found = holidays.country_holidays(country, years=year, language=_LANGUAGE)
    return {day.toordinal() - _EPOCH_DAY: name for day, name in found.items()}


def holiday_named(country: str, day: int) -> str | None:
    """The name of the public holiday on a day (days since 1970-01-01), None where there is none."""
    return _year(country, date.fromordinal(day + _EPOCH_DAY).year).get(day)


def country_of(attributes: Mapping[str, Any], rules: Holidays) -> str | None:
    """The country whose holidays count for a user, None without a known one."""
    found = attributes.get(rules.country_attribute)
    code = found.upper() if isinstance(found, str) else rules.default_country
    if code is not None and is_known_country(code):
        return code
    return rules.default_country
