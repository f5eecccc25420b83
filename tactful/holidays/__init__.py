"""Public holidays by country, from the library `holidays`."""

from tactful.holidays.calendar import country_of, holiday_named, is_known_country

__all__ = ["country_of", "holiday_named", "is_known_country"]
