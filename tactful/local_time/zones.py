"""Time zones by `zoneinfo`, with the offset cached by quarter of an hour.

Since 2023 every change of offset in the IANA database happens on a whole quarter of an hour of
UTC (a test walks through all zones), so one look-up serves fifteen minutes of records. Before, a
few zones changed a minute later (Newfoundland until 2011, Casey until 2022): in a replay of those
days the change counts up to a quarter of an hour late.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
QUARTER_MS = 900_000
DAY_MINUTES = 1440

# What a calendar can show in every zone: a day before the end of the year 9999.
_LAST_MS = 253_402_300_799_999 - DAY_MS

# 1970-01-01 was a Thursday; hour-of-week 0 is Monday 00:00.
_EPOCH_WEEKDAY = 3

Zone = ZoneInfo


@lru_cache(maxsize=1024)
def _find(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def is_known_zone(name: str) -> bool:
    """Whether the IANA database has this zone."""
    return _find(name) is not None


@lru_cache(maxsize=1024)
def zone_named(name: str | None, default: str) -> tuple[Zone, bool]:
    """The zone, and whether it is the user's own; an unknown or missing one gives the default."""
    if name is not None:
        zone = _find(name)
        if zone is not None:
            return zone, True
    fallback = _find(default)
    assert fallback is not None, f"the policy's default zone {default!r} was checked when it came"
    return fallback, False


@lru_cache(maxsize=65_536)
def _offset_at_quarter_ms(zone: ZoneInfo, quarter: int) -> int:
    moment = datetime.fromtimestamp(min(quarter * QUARTER_MS, _LAST_MS) // 1000, UTC)
    offset = zone.utcoffset(moment.astimezone(zone))
    assert offset is not None
    return offset // timedelta(milliseconds=1)


def offset_ms(zone: Zone, at_ms: int) -> int:
    """Local time minus UTC at a moment, in milliseconds."""
    return _offset_at_quarter_ms(zone, at_ms // QUARTER_MS)


def local_ms(zone: Zone, at_ms: int) -> int:
    """The wall clock at a moment, as milliseconds since 1970-01-01 00:00 local time."""
    return at_ms + _offset_at_quarter_ms(zone, at_ms // QUARTER_MS)


def hour_of_week(wall_ms: int) -> int:
    """0 (Monday 00:00) to 167 (Sunday 23:00) of a wall clock given by `local_ms`.

    >>> hour_of_week(0)  # Thursday 1 January 1970, midnight
    72
    """
    return (wall_ms // HOUR_MS + 24 * _EPOCH_WEEKDAY) % 168


def weekday(wall_ms: int) -> int:
    """0 (Monday) to 6 (Sunday) of a wall clock given by `local_ms`.

    >>> weekday(0)  # Thursday 1 January 1970
    3
    """
    return (wall_ms // DAY_MS + _EPOCH_WEEKDAY) % 7


def next_local_minute(zone: Zone, from_ms: int, minute_of_day: int) -> int:
    """The first moment at or after `from_ms` when the local wall clock reaches `minute_of_day`.

    A minute that a DST gap leaves out is reached when the gap ends. A minute that a DST fold
    shows twice counts the first time it is shown at or after `from_ms`.
    """
    wall = local_ms(zone, from_ms)
    midnight = wall - wall % DAY_MS
    target = midnight + minute_of_day * MINUTE_MS
    # The fold may show yesterday's late minutes again after midnight, hence the day before.
    for day in (-1, 0, 1, 2):
        moment = _first_at(zone, target + day * DAY_MS, from_ms)
        if moment is not None:
            return moment
    raise AssertionError(f"no {minute_of_day} min within two days of {from_ms} in {zone.key}")


def _first_at(zone: Zone, wall: int, from_ms: int) -> int | None:
    """The first moment at or after `from_ms` that shows `wall`, or ends the gap that skips it."""
    early = wall - offset_ms(zone, wall - DAY_MS)
    late = wall - offset_ms(zone, wall + DAY_MS)
    candidates = sorted({early, late})
    shown = [at for at in candidates if local_ms(zone, at) == wall]
    if shown:
        return next((at for at in shown if at >= from_ms), None)
    gap_end = _transition_between(zone, candidates[0], candidates[-1])
    return gap_end if gap_end >= from_ms else None


def next_change_ms(zone: Zone, from_ms: int) -> int:
    """The next change of the offset after a moment, at most two days ahead."""
    return _transition_between(zone, from_ms, from_ms + 2 * DAY_MS)


def _transition_between(zone: Zone, start_ms: int, end_ms: int) -> int:
    """The moment in (start, end] when the offset changes, on a whole quarter of an hour."""
    before = offset_ms(zone, start_ms)
    quarter = start_ms // QUARTER_MS + 1
    while quarter * QUARTER_MS <= end_ms + QUARTER_MS:
        if _offset_at_quarter_ms(zone, quarter) != before:
            return quarter * QUARTER_MS
        quarter += 1
    return end_ms


@lru_cache(maxsize=4096)
def _format_minute(zone: ZoneInfo, minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, zone).strftime("%a %Y-%m-%d %H:%M")


def format_local(zone: Zone, at_ms: int) -> str:
    """A moment as a person in that zone reads it, e.g. "Tue 2026-01-06 09:10"."""
    return _format_minute(zone, min(at_ms, _LAST_MS) // MINUTE_MS)
