"""Quiet hours on the page: one pair for every day, and a row for each weekday that differs.

The form says what it showed (`was-…`) beside what is in it now, so that a page that was open for
long changes only what was turned on it.
"""

import re
from dataclasses import dataclass

from api.pages.preferences.form import Form, FormError, Saved, one
from api.pages.shared import Texts
from tactful.choices import (
    DayChoice,
    OnDay,
    QuietChoice,
    chosen_on,
    chosen_quiet,
    quiet_days,
    quiet_hours,
    span_on,
)
from tactful.policy import QuietHoursPolicy
from tactful.records import LocalSpan, QuietHours, Weekday

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class QuietDay:
    """The row of a weekday; `was` is all of it in one word, for the form to say again."""

    name: str
    label: str
    choice: DayChoice
    start: str
    end: str

    @property
    def was(self) -> str:
        """What the row shows."""
        return _word(self.choice, self.start, self.end)


@dataclass(frozen=True, slots=True)
class Quiet:
    """The section."""

    choice: QuietChoice
    start: str
    end: str
    usual: tuple[str, str] | None
    days: tuple[QuietDay, ...]

    @property
    def was(self) -> str:
        """What the section shows, without its days."""
        return _whole(self.choice, self.start, self.end)

    @property
    def differing(self) -> tuple[str, ...]:
        """The names of the weekdays with hours of their own, or without any."""
        return tuple(day.label for day in self.days if day.choice is not DayChoice.SAME)


def quiet_of(own: QuietHours | None, usual: QuietHoursPolicy | None, t: Texts) -> Quiet:
    """What the section shows.

    Args:
        own: the person's own hours.
        usual: the policy's.
        t: the texts.
    """
    chosen = chosen_quiet(own)
    if chosen is QuietChoice.USUAL and usual is None:
        chosen = QuietChoice.NONE
    held = _held(own, usual)
    start, end = (held.start, held.end) if held else ("22:00", "08:00")
    days = quiet_days(held)
    return Quiet(
        chosen,
        start,
        end,
        (usual.start, usual.end) if usual else None,
        tuple(_day(day, days, (start, end), t.weekday(at)) for at, day in enumerate(Weekday)),
    )


def _held(own: QuietHours | None, usual: QuietHoursPolicy | None) -> QuietHours | None:
    """The hours that hold, which one's own begin with: a policy may have some by weekday too."""
    if own is None and usual is not None:
        return QuietHours(usual.start, usual.end, usual.weekdays)
    return own


def _day(
    day: Weekday, days: dict[Weekday, LocalSpan | None], usual: tuple[str, str], label: str
) -> QuietDay:
    choice, span = chosen_on(day, days), days.get(day)
    # Where no hours of the day's own are shown, those of the other days are what to begin with.
    start, end = (span.start, span.end) if span and choice is DayChoice.OWN else usual
    return QuietDay(str(day), label, choice, start, end)


def save_quiet(
    form: Form, own: QuietHours | None, usual: QuietHoursPolicy | None, t: Texts
) -> Saved:
    """What the section's form means.

    Raises:
        FormError: it can't be saved.
    """
    chosen = one(form, "quiet")
    if chosen not in set(QuietChoice):
        raise FormError("preferences.wrong.choice")
    choice = QuietChoice(chosen)
    start, end = _times(form, "start", "end")
    turned = _turned(form)
    is_turned = one(form, "was-quiet") != _whole(choice, start, end)
    if choice is not QuietChoice.OWN and turned:
        if not is_turned:
            raise FormError("preferences.wrong.days_need_own")
        turned = {}
    if not (is_turned or turned):
        return Saved({}, t("preferences.told.nothing"))
    if is_turned and choice is QuietChoice.OWN and start == end:
        raise FormError("preferences.wrong.same_times")
    if not is_turned:
        now = quiet_of(own, usual, t)
        if now.choice is QuietChoice.OWN:
            start, end = now.start, now.end
    try:
        hours = quiet_hours(choice, start, end, _held(own, usual), turned)
    except ValueError:
        raise FormError("preferences.wrong.always_quiet") from None
    told = [t(f"preferences.told.quiet_{chosen}", start=start, end=end)] if is_turned else []
    if turned:
        names = [t.weekday(at) for at, day in enumerate(Weekday) if day in turned]
        told.append(t("preferences.told.quiet_days", days=", ".join(names)))
    return Saved({"preferences": {"quiet_hours": hours}}, " ".join(told))


def _turned(form: Form) -> dict[Weekday, OnDay]:
    """The weekdays that are not as they were shown."""
    found: dict[Weekday, OnDay] = {}
    for day in Weekday:
        chosen = one(form, day)
        if not chosen:
            continue
        if chosen not in set(DayChoice):
            raise FormError("preferences.wrong.choice")
        choice, start, end = DayChoice(chosen), "", ""
        if choice is DayChoice.OWN:
            start, end = _times(form, f"{day}-start", f"{day}-end")
        if _word(choice, start, end) == one(form, f"was-{day}"):
            continue
        if choice is DayChoice.OWN and start == end:
            raise FormError("preferences.wrong.same_times_on_day")
        found[day] = span_on(choice, start, end)
    return found


def _times(form: Form, *names: str) -> tuple[str, str]:
    # Some browsers send seconds too.
    start, end = (one(form, name)[:5] for name in names)
    if not (_TIME.fullmatch(start) and _TIME.fullmatch(end)):
        raise FormError("preferences.wrong.time")
    return start, end


def _word(choice: DayChoice, start: str, end: str) -> str:
    return f"{choice} {start} {end}" if choice is DayChoice.OWN else str(choice)


def _whole(choice: QuietChoice, start: str, end: str) -> str:
    return f"{choice} {start} {end}"
