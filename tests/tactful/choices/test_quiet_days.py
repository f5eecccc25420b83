"""Quiet hours by weekday: what a choice means, that it is read back, and what it leaves alone."""

from itertools import product

import msgspec
import pytest

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
from tactful.records import LocalSpan, QuietHours, Weekday

OWN = QuietChoice.OWN
ALL_DAY = span_on(DayChoice.ALL, "", "")


def _made(turned: dict[Weekday, OnDay], before: QuietHours | None = None) -> QuietHours:
    return msgspec.convert(quiet_hours(OWN, "22:00", "08:00", before, turned), QuietHours)


@pytest.mark.parametrize(("day", "choice"), list(product(Weekday, DayChoice)))
def test_a_day_is_read_back_as_it_was_chosen(day: Weekday, choice: DayChoice) -> None:
    made = _made({day: span_on(choice, "23:00", "09:00")})
    found = quiet_days(made)
    assert {each: chosen_on(each, found) for each in Weekday} == {
        each: choice if each is day else DayChoice.SAME for each in Weekday
    }


def test_a_day_that_is_turned_leaves_the_others() -> None:
    before = _made({Weekday.SATURDAY: None, Weekday.SUNDAY: LocalSpan("20:00", "11:00")})
    after = _made({Weekday.SATURDAY: msgspec.UNSET, Weekday.FRIDAY: None}, before)
    assert after.weekdays == {Weekday.FRIDAY: None, Weekday.SUNDAY: LocalSpan("20:00", "11:00")}
    assert _made({Weekday.FRIDAY: msgspec.UNSET, Weekday.SUNDAY: msgspec.UNSET}, after) == (
        QuietHours("22:00", "08:00")
    )


def test_who_had_no_quiet_hours_has_none_on_the_days_that_are_turned_to_it() -> None:
    none = msgspec.convert(quiet_hours(QuietChoice.NONE, "22:00", "08:00"), QuietHours)
    assert quiet_days(none) == {}
    assert _made({Weekday.MONDAY: None}, none).weekdays == {Weekday.MONDAY: None}


def test_seven_days_without_are_no_quiet_hours() -> None:
    assert chosen_quiet(_made(dict.fromkeys(Weekday))) is QuietChoice.NONE


@pytest.mark.parametrize("span", [ALL_DAY, LocalSpan("08:00", "08:00")])
def test_a_week_is_never_quiet_throughout(span: OnDay) -> None:
    with pytest.raises(ValueError, match="not quiet"):
        _made(dict.fromkeys(Weekday, span))


def test_a_minute_in_a_week_is_enough() -> None:
    turned = dict.fromkeys(Weekday, ALL_DAY) | {Weekday.SUNDAY: LocalSpan("00:00", "23:59")}
    assert _made(turned).weekdays == turned
