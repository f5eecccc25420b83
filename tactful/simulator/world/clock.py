"""The virtual calendar: days of a run, and the wall clocks of its time zones, by table look-up."""

from dataclasses import dataclass
from functools import cached_property

from tactful.local_time import DAY_MS, HOUR_MS, offset_ms, zone_named

DEFAULT_START_MS = 1_771_200_000_000
"""Monday, 16 February 2026, 00:00 UTC: clocks change in America on day 20, in Europe on day 41."""
_THURSDAY_H = 72.0
"""1970-01-01 00:00 in hours of the week, which begins on Monday."""
WEEK_H = 168
_SPARE_DAYS = 9
"""Answers come, and requests live, some days beyond the end."""


@dataclass(frozen=True)
class Clock:
    """When a run begins, and how many days it lasts.

    >>> clock = Clock()
    >>> clock.week_hour(0, clock.start_ms), clock.day_of(clock.start_ms + DAY_MS)
    (0.0, 1)
    """

    start_ms: int = DEFAULT_START_MS
    days: int = 60
    zones: tuple[str, ...] = ("UTC",)

    @property
    def end_ms(self) -> int:
        """The first moment that is no longer part of the run."""
        return self.start_ms + self.days * DAY_MS

    def day_of(self, at_ms: int) -> int:
        """The day of the run, from 0; days are those of UTC."""
        return (at_ms - self.start_ms) // DAY_MS

    @cached_property
    def _offsets(self) -> list[list[int]]:
        """By zone and half hour of the run: local time minus UTC, in milliseconds."""
        half_ms = HOUR_MS // 2
        count = (self.days + 2 * _SPARE_DAYS) * 48
        first_ms = self.start_ms - _SPARE_DAYS * DAY_MS
        found = []
        for name in self.zones:
            zone, _ = zone_named(name, "UTC")
            found.append([offset_ms(zone, first_ms + i * half_ms) for i in range(count)])
        return found

    def offset(self, zone: int, at_ms: int) -> int:
        """Local time minus UTC in the zone of that number, in milliseconds."""
        half = (at_ms - self.start_ms + _SPARE_DAYS * DAY_MS) // (HOUR_MS // 2)
        return self._offsets[zone][half]

    def week_hour(self, zone: int, at_ms: int) -> float:
        """The local hour of the week, with its fraction: 0.0 is Monday at midnight."""
        return ((at_ms + self.offset(zone, at_ms)) / HOUR_MS + _THURSDAY_H) % WEEK_H

    def next_local_hour(self, zone: int, at_ms: int, hour: int) -> int:
        """The first moment at or after one at which the wall clock begins that hour of a day.

        An hour that a change of the clock leaves out is reached an hour later.
        """
        wall = at_ms + self.offset(zone, at_ms)
        ahead = (hour * HOUR_MS - wall) % DAY_MS
        found = at_ms + ahead
        # A change on the way moves the wall clock, by an hour in nearly all zones.
        shown = found + self.offset(zone, found)
        drift = (shown - (wall + ahead)) % DAY_MS
        if drift:
            found -= drift if drift < DAY_MS // 2 else drift - DAY_MS
            if found < at_ms:
                found += DAY_MS
        return found
