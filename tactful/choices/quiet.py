"""Quiet hours as a choice: the usual ones of the policy, one's own, or none; and by weekday."""

import enum
from collections.abc import Mapping
from typing import Any

import msgspec

from tactful.records import LocalSpan, QuietHours, Weekday


class QuietChoice(enum.StrEnum):
    """Which quiet hours a person has."""

    USUAL = "usual"
    OWN = "own"
    NONE = "none"


class DayChoice(enum.StrEnum):
    """Which quiet hours begin on a weekday, for a person with hours of their own."""

    SAME = "same"
    """As on the other days."""
    OWN = "own"
    ALL = "all"
    """From midnight to midnight."""
    NONE = "none"


OnDay = LocalSpan | None | msgspec.UnsetType
"""The span that begins on a weekday, None for none, UNSET for that of the other days."""

_NEVER: dict[str, None] = dict.fromkeys(str(day) for day in Weekday)
_ALL_DAY = LocalSpan("00:00", "00:00")
_DAY_MIN = 1_440


def chosen_quiet(own: QuietHours | msgspec.UnsetType | None) -> QuietChoice:
    """What a person chose."""
    if not isinstance(own, QuietHours):
        return QuietChoice.USUAL
    days = own.weekdays
    if days and len(days) == len(Weekday) and not any(days.values()):
        return QuietChoice.NONE
    return QuietChoice.OWN


def quiet_days(
    own: QuietHours | msgspec.UnsetType | None,
) -> dict[Weekday, LocalSpan | None]:
    """The weekdays with hours of their own, or without any; empty for whoever has none at all."""
    if not isinstance(own, QuietHours) or chosen_quiet(own) is not QuietChoice.OWN:
        return {}
    return dict(own.weekdays or {})


def chosen_on(day: Weekday, days: Mapping[Weekday, LocalSpan | None]) -> DayChoice:
    """What a person chose for a weekday, of `quiet_days`."""
    if day not in days:
        return DayChoice.SAME
    span = days[day]
    if span is None:
        return DayChoice.NONE
    return DayChoice.ALL if span == _ALL_DAY else DayChoice.OWN


def span_on(choice: DayChoice, start: str, end: str) -> OnDay:
    """The span that a choice for a weekday means."""
    if choice is DayChoice.SAME:
        return msgspec.UNSET
    if choice is DayChoice.NONE:
        return None
    return _ALL_DAY if choice is DayChoice.ALL else LocalSpan(start, end)


def quiet_hours(
    choice: QuietChoice,
    start: str,
    end: str,
    before: QuietHours | msgspec.UnsetType | None = None,
    turned: Mapping[Weekday, OnDay] | None = None,
) -> dict[str, Any] | None:
    """The preference that a choice is written as; None takes back what was chosen.

    Args:
        choice: which.
        start: of the days without hours of their own, as "22:00".
        end: of these, at or before `start` on the next day.
        before: what held. Hours of single weekdays that a person has of their own stay.
        turned: the weekdays whose hours change.

    Raises:
        ValueError: the hours would never end.
    """
    if choice is QuietChoice.USUAL:
        return None
    if choice is QuietChoice.NONE:
        return {"start": start, "end": end, "weekdays": dict(_NEVER)}
    days: dict[Weekday, LocalSpan | None] = quiet_days(before)
    for day, span in (turned or {}).items():
        if span is msgspec.UNSET:
            days.pop(day, None)
        else:
            assert span is None or isinstance(span, LocalSpan)
            days[day] = span
    if _never_end(LocalSpan(start, end), days):
        raise ValueError(
            "quiet hours: found none that are not quiet in the week, allowed: at least a minute"
        )
    hours: dict[str, Any] = {"start": start, "end": end}
    if days:
        hours["weekdays"] = {
            str(day): msgspec.to_builtins(days[day]) for day in Weekday if day in days
        }
    return hours


def _never_end(usual: LocalSpan, days: Mapping[Weekday, LocalSpan | None]) -> bool:
    """Whether each minute of the week is quiet."""
    quiet = bytearray(len(Weekday) * _DAY_MIN)
    for at, day in enumerate(Weekday):
        span = days.get(day, usual)
        if span is None:
            continue
        start, end = _minute(span.start), _minute(span.end)
        for minute in range(start, end if end > start else end + _DAY_MIN):
            quiet[(at * _DAY_MIN + minute) % len(quiet)] = 1
    return all(quiet)


def _minute(time: str) -> int:
    hour, minute = time.split(":")
    return int(hour) * 60 + int(minute)
