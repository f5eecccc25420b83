from math import exp

import pytest
from builders import DAY_MS, HOUR_MS, NOW, User, an_event, at, knowledge

from tactful.engine.state import Section
from tactful.policy import Timing
from tactful.timing import Rhythm

WEIGHTS = tuple(float(hour + 1) for hour in range(24))
TIMING = Timing(kappa_user=20, global_hour_weights=WEIGHTS)
MONDAY = at("2026-01-05 00:00")


def activity(*moments: int) -> bytes:
    user = User(knowledge(), NOW)
    for number, moment in enumerate(moments):
        user.take(an_event(f"e{number}", moment))
    return user.state.sections[Section.ACTIVITY]


def spoken(apart: int) -> float:
    """How much an event says of an hour so far away: a Gaussian of one hour, cut off at three."""
    weights = {hour: exp(-(hour**2) / 2) for hour in range(-3, 4)}
    return weights.get(apart, 0.0) / sum(weights.values())


def test_a_user_never_seen_has_the_rhythm_of_all_users() -> None:
    rhythm = Rhythm(b"", NOW, TIMING)
    for hour in (0, 23, 24, 167):
        assert rhythm.at(hour) == pytest.approx(24 * WEIGHTS[hour % 24] / sum(WEIGHTS))
    assert rhythm.evidence == 0.0


def test_a_user_never_seen_has_the_hours_of_users_alike_where_they_are_known() -> None:
    alike = (0.5, 0.5, *(0.0,) * 22)
    rhythm = Rhythm(b"", NOW, TIMING, alike)
    assert [rhythm.at(hour) for hour in (0, 1, 2, 24 * 6)] == [12.0, 12.0, 0.0, 12.0]


def test_the_average_hour_of_a_day_is_one() -> None:
    moments = [MONDAY + 9 * HOUR_MS, MONDAY + 33 * HOUR_MS, MONDAY + 5 * DAY_MS]
    rhythm = Rhythm(activity(*moments), MONDAY, TIMING)
    for day in (0, 6):
        hours = [rhythm.at(day * 24 + hour) for hour in range(24)]
        assert sum(hours) / 24 == pytest.approx(1.0)


def test_the_formula_of_the_two_shrinkages() -> None:
    # Three working days at 9, one Sunday at 20, all of one moment's weight.
    moments = [MONDAY + 9 * HOUR_MS] * 3 + [MONDAY + 6 * DAY_MS + 20 * HOUR_MS]
    section = activity(*moments)
    rhythm = Rhythm(section, MONDAY + 9 * HOUR_MS, TIMING)
    total = sum(WEIGHTS)
    sunday = 2 ** (((6 * 24 + 11) / 24) / 28)  # later than the first by that many half-lives
    everything = 3 + sunday
    for hour in (9, 11, 20):
        nine, twenty = 3 * spoken(hour - 9), sunday * spoken(hour - 20)
        week = (nine + twenty + 20 * (hour + 1) / total) / (everything + 20)
        assert rhythm.at(hour) == pytest.approx(24 * (nine + 20 * week) / (3 + 20), rel=1e-3)
        of_sunday = 24 * (twenty + 20 * week) / (sunday + 20)
        assert rhythm.at(5 * 24 + hour) == pytest.approx(of_sunday, rel=1e-3)
    assert rhythm.evidence == pytest.approx(everything, rel=1e-3)


def test_an_event_before_midnight_speaks_for_the_hours_after_it() -> None:
    rhythm = Rhythm(activity(MONDAY + 23 * HOUR_MS), MONDAY, Timing(kappa_user=20))
    assert rhythm.at(23) > rhythm.at(0) > rhythm.at(1)
    assert rhythm.at(0) == pytest.approx(rhythm.at(22))


def test_the_working_days_share_their_hours() -> None:
    rhythm = Rhythm(activity(MONDAY + 9 * HOUR_MS), MONDAY, TIMING)
    assert len({rhythm.at(day * 24 + 9) for day in range(5)}) == 1
    assert rhythm.at(9) > rhythm.at(5 * 24 + 9)


def test_with_time_the_rhythm_of_all_users_comes_back() -> None:
    section = activity(*[MONDAY + 9 * HOUR_MS] * 50)
    soon = Rhythm(section, MONDAY, TIMING).at(9)
    late = Rhythm(section, MONDAY + 2000 * DAY_MS, TIMING).at(9)
    assert soon > 5
    assert late == pytest.approx(Rhythm(b"", MONDAY, TIMING).at(9))
