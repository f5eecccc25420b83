import pytest
from builders import DAY_MS, HOUR_MS, MINUTE_MS, NOW, User, a_user, an_event, at

from tactful.activity.part import BINS, HALF_LIFE_MS, SESSION_GAP_MS, counts, histogram
from tactful.engine.state import Section


def section(user: User) -> bytes:
    return user.state.sections[Section.ACTIVITY]


def bins(user: User, now_ms: int) -> dict[int, float]:
    found = histogram(section(user), now_ms)
    assert found is not None
    values, factor = found
    return {hour: value * factor for hour, value in enumerate(values) if value}


def seen(user: User) -> tuple[int, int, int, int]:
    found = counts(section(user))
    assert found is not None
    return found


def test_a_user_never_seen_has_no_counts() -> None:
    assert counts(b"") is None
    assert histogram(b"", NOW) is None


def test_events_are_counted_with_when_the_user_was_first_and_last_seen() -> None:
    user = a_user()
    for number, shift in enumerate((0, HOUR_MS, -HOUR_MS)):
        user.take(an_event(f"e{number}", NOW + shift))
    assert seen(user) == (3, 2, NOW - HOUR_MS, NOW + HOUR_MS)


@pytest.mark.parametrize(("gap_ms", "sessions"), [(SESSION_GAP_MS, 1), (SESSION_GAP_MS + 1, 2)])
def test_a_pause_of_over_30_minutes_starts_a_session(gap_ms: int, sessions: int) -> None:
    user = a_user()
    user.take(an_event("e1", NOW))
    user.take(an_event("e2", NOW + gap_ms))
    assert seen(user)[1] == sessions


def test_named_sessions_count_by_their_names() -> None:
    user = a_user()
    for number, (minute, session) in enumerate(
        [(0, "a"), (1, "b"), (90, "b"), (91, None), (92, "b"), (93, "c")]
    ):
        moment = NOW + minute * MINUTE_MS
        user.take(an_event(f"e{number}", moment, session_id=session))
    assert seen(user)[1] == 3


def test_an_event_that_comes_late_starts_no_session() -> None:
    user = a_user()
    user.take(an_event("e1", NOW, session_id="b"))
    user.take(an_event("e2", NOW - MINUTE_MS, session_id="a"))
    user.take(an_event("e3", NOW + MINUTE_MS, session_id="b"))
    assert seen(user)[1] == 1


def test_an_event_falls_into_its_local_hour_of_the_week() -> None:
    user = a_user(time_zone="Asia/Kolkata")
    user.take(an_event("e1", at("2026-01-11 23:59", "Asia/Kolkata")))
    user.take(an_event("e2", at("2026-01-12 00:00", "Asia/Kolkata")))
    assert set(bins(user, NOW)) == {BINS - 1, 0}


def test_the_zone_of_an_event_counts_for_the_event_itself() -> None:
    user = a_user()
    user.take(an_event("e1", at("2026-01-12 00:00", "Asia/Tokyo"), time_zone="Asia/Tokyo"))
    assert set(bins(user, NOW)) == {0}


def test_what_the_user_did_long_ago_weighs_less() -> None:
    user = a_user()
    user.take(an_event("e1", NOW))
    assert bins(user, NOW) == {60: 1.0}
    assert bins(user, NOW + HALF_LIFE_MS) == {60: 0.5}
    user.take(an_event("e2", NOW + HALF_LIFE_MS + DAY_MS))
    later = bins(user, NOW + HALF_LIFE_MS + DAY_MS)
    assert later[60 + 24] / later[60] == pytest.approx(2 ** (29 / 28), rel=0.002)


def test_the_order_of_arrival_hardly_matters() -> None:
    moments = [NOW, NOW + 200 * DAY_MS, NOW + 90 * DAY_MS, NOW + 199 * DAY_MS]
    found = []
    for order in (moments, sorted(moments), sorted(moments, reverse=True)):
        user = a_user()
        for number, moment in enumerate(order):
            user.take(an_event(f"e{number}", moment))
        found.append(bins(user, NOW + 200 * DAY_MS))
    for each in found[1:]:
        assert each == pytest.approx(found[0], rel=0.01, abs=1e-4)


def test_a_busy_hour_saturates_near_2000_events() -> None:
    user = a_user()
    for number in range(2500):
        user.take(an_event(f"e{number}", NOW))
    assert bins(user, NOW)[60] == 2048
    assert seen(user)[0] == 2500


def test_years_of_use_overflow_nothing() -> None:
    user = a_user()
    for day in range(0, 3650, 5):
        for number in range(4):
            user.take(an_event(f"{day}-{number}", NOW + day * DAY_MS))
    total = sum(bins(user, NOW + 3649 * DAY_MS).values())
    # 4 events each 5 days, of which 2^(-age/28 days) is left.
    assert total == pytest.approx(0.8 * 28 / 0.6931, rel=0.06)


def test_a_silence_of_a_century_leaves_only_the_newest_event() -> None:
    user = a_user()
    user.take(an_event("e1", NOW))
    user.take(an_event("e2", NOW + 36_500 * DAY_MS))
    assert len(bins(user, NOW + 36_500 * DAY_MS)) == 1


def test_a_clock_behind_the_events_does_not_blow_the_weights_up() -> None:
    user = a_user()
    user.take(an_event("e1", NOW))
    assert bins(user, NOW - 3650 * DAY_MS) == {60: 16.0}


def test_the_section_has_one_size() -> None:
    user = a_user()
    sizes = set()
    for number in range(100):
        user.take(an_event(f"e{number}", NOW + number * DAY_MS))
        sizes.add(len(section(user)))
    assert len(sizes) == 1
