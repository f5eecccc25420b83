"""Local time in the user's zone: offsets, hours, and the edges between them."""

from tactful.local_time.periods import Calendar, next_period_ms, period_of
from tactful.local_time.zones import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    Zone,
    format_local,
    hour_of_week,
    is_known_zone,
    local_ms,
    next_change_ms,
    next_local_minute,
    offset_ms,
    weekday,
    zone_named,
)

__all__ = [
    "DAY_MS",
    "HOUR_MS",
    "MINUTE_MS",
    "Calendar",
    "Zone",
    "format_local",
    "hour_of_week",
    "is_known_zone",
    "local_ms",
    "next_change_ms",
    "next_local_minute",
    "next_period_ms",
    "offset_ms",
    "period_of",
    "weekday",
    "zone_named",
]
