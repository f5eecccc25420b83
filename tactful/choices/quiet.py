"""Quiet hours as a choice: the usual ones of the policy, one's own, or none."""

import enum
from typing import Any

import msgspec

from tactful.records import QuietHours, Weekday


class QuietChoice(enum.StrEnum):
    """Which quiet hours a person has."""

    USUAL = "usual"
    OWN = "own"
    NONE = "none"


_NEVER: dict[str, None] = dict.fromkeys(str(day) for day in Weekday)


def chosen_quiet(own: QuietHours | msgspec.UnsetType | None) -> QuietChoice:
    """What a person chose."""
    if not isinstance(own, QuietHours):
        return QuietChoice.USUAL
    days = own.weekdays
    if days and len(days) == len(Weekday) and not any(days.values()):
        return QuietChoice.NONE
    return QuietChoice.OWN


def quiet_hours(
    choice: QuietChoice, start: str, end: str, before: QuietHours | msgspec.UnsetType | None = None
) -> dict[str, Any] | None:
    """The preference that a choice is written as; None takes back what was chosen.

    Hours of single weekdays that a person has of their own stay.

    Raises:
        ValueError: the hours would never end.
    """
    if choice is QuietChoice.USUAL:
        return None
    if choice is QuietChoice.NONE:
        return {"start": start, "end": end, "weekdays": dict(_NEVER)}
    if start == end:
        raise ValueError("quiet hours: start and end are the same: allowed: two different times")
    hours: dict[str, Any] = {"start": start, "end": end}
    if (
        isinstance(before, QuietHours)
        and before.weekdays
        and chosen_quiet(before) is QuietChoice.OWN
    ):
        hours["weekdays"] = msgspec.to_builtins(before.weekdays)
    return hours
