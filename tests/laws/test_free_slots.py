"""Laws of one cap: when a slot is free, found by brute force too."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from histories import USER
from hypothesis import given
from hypothesis import strategies as st
from strategies import STARTS_MS, ZONES

from tactful.constraints.base import Ask
from tactful.constraints.caps import free_at_ms
from tactful.knowledge import Channel, Knowledge, Limit
from tactful.local_time import DAY_MS, HOUR_MS, Calendar
from tactful.policy import ChannelPolicy, NotificationType, Policy, Purpose
from tactful.profile.section import settings
from tactful.records import Request
from tactful.sends.log import COUNTED_BIT, Sent

_MARKETING = 2
_QUARTER_MS = HOUR_MS // 4


def _limit(most: int, window_ms: int | None, calendar: Calendar | None = None) -> Limit:
    return Limit(
        name="cap",
        max=most,
        window_ms=window_ms,
        calendar=calendar,
        purpose_mask=_MARKETING,
        type_tags=None,
        channels=None,
        campaigns=None,
        per_channel=False,
        per_campaign=False,
    )


def _free_at_ms(
    limit: Limit, times_ms: list[int], from_ms: int, time_zone: str = "UTC"
) -> int | None:
    policy = Policy(
        version="v",
        types={"tip": NotificationType(Purpose.MARKETING, ("in_app",))},
        channels={"in_app": ChannelPolicy()},
        time_zone=time_zone,
    )
    knowledge = Knowledge(policy)
    sends = [Sent(at_ms, 0, 0, 0, b"", COUNTED_BIT | _MARKETING) for at_ms in times_ms]
    request = Request("r", USER, "tip", from_ms)
    ask = Ask(request, knowledge.kinds["tip"], from_ms, knowledge, settings(b""), sends)
    channel: Channel = knowledge.channels["in_app"]
    return free_at_ms(limit, ask, channel, from_ms)


def _most_in_a_window(times_ms: list[int], window_ms: int, around_ms: int) -> int:
    starts = [at for at in times_ms if at <= around_ms < at + window_ms]
    return max(sum(start <= at < start + window_ms for at in times_ms) for start in starts)


def _fits(limit: Limit, times_ms: list[int], at_ms: int) -> bool:
    """Whether one more send at a moment leaves no window with too many."""
    assert limit.window_ms is not None
    return _most_in_a_window([*times_ms, at_ms], limit.window_ms, at_ms) <= limit.max


_limits = st.builds(_limit, st.integers(0, 4), st.integers(1, 12))
_past = st.lists(st.integers(0, 30), max_size=12).map(sorted)


@given(_limits, _past)
def test_a_cap_is_free_at_the_first_moment_that_brute_force_finds(
    limit: Limit, times_ms: list[int]
) -> None:
    found = _free_at_ms(limit, times_ms, 30)
    if limit.max == 0:
        assert found is None
        return
    assert limit.window_ms is not None
    # A log that already exceeds the cap (the policy was stricter later) must not confuse it.
    assert found == next(
        at
        for at in range(30, 60)
        if sum(at - limit.window_ms < each for each in times_ms) < limit.max
    )


@given(_limits.filter(lambda limit: limit.max > 0), _past, st.integers(0, 30))
def test_a_cap_counts_sends_ahead_of_a_clock_that_stepped_back(
    limit: Limit, times_ms: list[int], from_ms: int
) -> None:
    kept: list[int] = []
    for at_ms in times_ms:
        if _fits(limit, kept, at_ms):
            kept.append(at_ms)
    found = _free_at_ms(limit, kept, from_ms)
    assert found is not None
    assert found >= from_ms
    assert _fits(limit, kept, found)


@given(_limits, _past, st.integers(0, 30), st.integers(0, 20))
def test_a_cap_frees_no_earlier_for_who_asks_later(
    limit: Limit, times_ms: list[int], from_ms: int, later_ms: int
) -> None:
    first = _free_at_ms(limit, times_ms, from_ms)
    second = _free_at_ms(limit, times_ms, from_ms + later_ms)
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert first <= second


def _period(zone: ZoneInfo, at_ms: int, calendar: Calendar) -> tuple[int, ...]:
    local = datetime.fromtimestamp(at_ms // 1000, zone)
    if calendar is Calendar.DAY:
        return local.year, local.month, local.day
    return local.isocalendar()[:2] if calendar is Calendar.WEEK else (local.year, local.month)


@pytest.mark.parametrize("calendar", Calendar)
@given(
    st.sampled_from(STARTS_MS),
    st.sampled_from(ZONES),
    st.integers(1, 3),
    st.lists(st.integers(0, 80), max_size=8),
)
def test_a_cap_of_the_calendar_is_free_at_the_first_quarter_hour_that_brute_force_finds(
    calendar: Calendar, start_ms: int, time_zone: str, most: int, hours_ago: list[int]
) -> None:
    """Also over the days that clocks leave out, cut short or show twice."""
    start_ms -= start_ms % _QUARTER_MS
    zone = ZoneInfo(time_zone)
    times = [start_ms - hours * HOUR_MS for hours in hours_ago]
    periods = [_period(zone, at_ms, calendar) for at_ms in times]
    found = _free_at_ms(_limit(most, None, calendar), times, start_ms, time_zone)
    assert found == next(
        at_ms
        for at_ms in range(start_ms, start_ms + 40 * DAY_MS, _QUARTER_MS)
        if periods.count(_period(zone, at_ms, calendar)) < most
    )
