"""Rule 2: no cap is exceeded in any window, whatever order records come in, nor a gap or a rest.

The windows are counted here from the ledger alone (`recount`), by what docs/composer.md says.
"""

from datetime import datetime

import msgspec
from histories import USER, busy_histories, end_of
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Moment
from lively import any_knowledge, changing, steady
from recount import Counted, Spent, spent
from strategies import STARTS_MS, TYPES, Dice, seeds

from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS, Calendar
from tactful.policy import Cap, ChannelPolicy, ConsentMode, NotificationType, Policy, Purpose
from tactful.policy.model import Emergency, GapPer, Per
from tactful.records import Priority, Request


def _matters(cap: Cap, policy: Policy, send: Counted) -> bool:
    """Whether a cap counts and binds a send."""
    kind = policy.types.get(send.type)
    category = None if kind is None else kind.category
    return (
        send.purpose in cap.purposes
        and (cap.types is None or send.type in cap.types)
        and (cap.categories is None or category in cap.categories)
        and (cap.channels is None or send.channel in cap.channels)
        and (cap.campaigns is None or send.campaign in cap.campaigns)
        and (cap.per is not Per.CAMPAIGN or send.campaign is not None)
        and (cap.per is not Per.CATEGORY or category is not None)
    )


def _share(cap: Cap, policy: Policy, send: Counted) -> str | None:
    """Of what the cap counts on its own, the one that a send belongs to."""
    kind = policy.types.get(send.type)
    return {
        Per.USER: None,
        Per.TYPE: send.type,
        Per.CHANNEL: send.channel,
        Per.CAMPAIGN: send.campaign,
        Per.CATEGORY: kind.category if kind else None,
    }[cap.per]


def _most_in_a_window(times_ms: list[int], window_ms: int, around_ms: int) -> int:
    """The most of these times in any window [start, start + window) with a moment."""
    starts = [at for at in times_ms if at <= around_ms < at + window_ms]
    return max(sum(start <= at < start + window_ms for at in times_ms) for start in starts)


def _period(each: Spent, at_ms: int, calendar: Calendar) -> tuple[int, ...]:
    local = datetime.fromtimestamp(at_ms // 1000, each.zone)
    if calendar is Calendar.DAY:
        return local.year, local.month, local.day
    return local.isocalendar()[:2] if calendar is Calendar.WEEK else (local.year, local.month)


def _check_caps(each: Spent) -> None:
    for cap in each.policy.caps:
        if not _matters(cap, each.policy, each.send):
            continue
        share = _share(cap, each.policy, each.send)
        times = [
            other.at_ms
            for other in (*each.before, each.send)
            if _matters(cap, each.policy, other) and _share(cap, each.policy, other) == share
        ]
        if cap.calendar is None:
            assert cap.window_ms is not None
            most = _most_in_a_window(times, cap.window_ms, each.send.at_ms)
        else:
            now = _period(each, each.send.at_ms, cap.calendar)
            most = sum(_period(each, at_ms, cap.calendar) == now for at_ms in times)
        assert most <= cap.max, (cap, each)


def _check_gaps(each: Spent) -> None:
    for gap in each.policy.gaps:
        others = [
            other.at_ms
            for other in each.before
            if other.purpose in gap.purposes
            and (gap.channels is None or other.channel in gap.channels)
            and (gap.per is not GapPer.CHANNEL or other.channel == each.send.channel)
            and (gap.per is not GapPer.TYPE or other.type == each.send.type)
        ]
        binds = gap.channels is None or each.send.channel in gap.channels
        if others and binds and each.send.purpose in gap.purposes:
            assert each.send.at_ms >= max(others) + gap.min_ms, (gap, each)


def _check_rests(each: Spent) -> None:
    for rest in each.policy.cool_downs:
        if each.send.purpose not in rest.purposes:
            continue
        times = [other.at_ms for other in each.before if other.purpose in rest.purposes]
        for last in times:
            burst = sum(last - rest.within_ms < at_ms <= last for at_ms in times)
            if burst >= rest.sends:
                assert each.send.at_ms >= last + rest.rest_ms, (rest, each)


def _check_groups(each: Spent) -> None:
    types = each.policy.types
    name = types[each.send.type].conflict_group
    if name is None:
        return
    window_ms = each.policy.conflict_groups[name].window_ms
    for other in each.before:
        if other.type in types and types[other.type].conflict_group == name:
            assert abs(each.send.at_ms - other.at_ms) >= window_ms, (name, each)


def _check(each: Spent) -> None:
    _check_caps(each)
    _check_gaps(each)
    _check_rests(each)
    _check_groups(each)


@given(any_knowledge, steady | busy_histories(), st.booleans())
def test_no_cap_gap_rest_or_group_is_exceeded_in_any_window(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    life = Life(USER, knowledge, punctual=punctual).live(moments)
    for each in spent(life.wake_until(end_of(moments))):
        _check(each)


@given(any_knowledge, changing, st.booleans())
def test_a_new_policy_counts_the_sends_before_it(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    """As far back as sends are remembered under the policies on the way."""
    life = Life(USER, knowledge, punctual=punctual).live(moments)
    for each in spent(life.wake_until(end_of(moments)), forgets=True):
        _check(each)


_OPEN = Policy(
    version="open",
    types={
        name: NotificationType(
            purpose=Purpose.MARKETING if name != "receipt" else Purpose.TRANSACTIONAL,
            channels=("in_app", "push"),
            ttl_ms=30 * DAY_MS,
            category=("news", "sales", None)[place % 3],
        )
        for place, name in enumerate(TYPES)
    },
    channels={"in_app": ChannelPolicy(), "push": ChannelPolicy()},
    consent=dict.fromkeys(Purpose, ConsentMode.OPT_OUT),
    quiet_hours=None,
)
_WINDOWS_MS = (1, 7, 1000, MINUTE_MS, HOUR_MS, 7 * DAY_MS, 9 * DAY_MS)
_CAMPAIGNS = (None, "spring", "summer")


def _cap(name: str, dice: Dice) -> Cap:
    """A cap that slides, with any scope and filters."""
    return Cap(
        name=name,
        max=dice.one_of(0, 1, 1, 2, 3),
        window_ms=dice.one_of(*_WINDOWS_MS),
        per=dice.one_of(*Per),
        purposes=tuple(dice.some_of(tuple(Purpose), 1)),
        types=tuple(dice.some_of(TYPES, 1)) if dice.chance(0.3) else None,
        categories=tuple(dice.some_of(("news", "sales"), 1)) if dice.chance(0.3) else None,
        channels=tuple(dice.some_of(("in_app", "push"), 1)) if dice.chance(0.3) else None,
        campaigns=tuple(dice.some_of(("spring", "summer"), 1)) if dice.chance(0.3) else None,
    )


def _spree(seed: int, size: int) -> tuple[Knowledge, list[Moment]]:
    """Nothing but caps holds requests back, and time goes in strides of about their windows."""
    dice = Dice(seed, "spree")
    caps = tuple(_cap(f"cap{at}", dice) for at in range(dice.whole(1, 3)))
    edges = [span for cap in caps for span in (cap.window_ms or 0, (cap.window_ms or 0) - 1)]
    now_ms = dice.one_of(*STARTS_MS)
    moments = []
    for place in range(size):
        now_ms += dice.one_of(0, 0, 1, *edges, -1)
        request = Request(
            id=f"r{place}",
            user_id=USER,
            type=dice.one_of(*TYPES),
            at_ms=now_ms,
            priority=dice.one_of(*Priority),
            channels=dice.one_of(None, None, ["push"]),
            campaign=dice.one_of(*_CAMPAIGNS),
        )
        moments.append(Moment(now_ms, request))
    emergency = Emergency(counts_for_caps=dice.chance(0.3))
    return Knowledge(msgspec.structs.replace(_OPEN, caps=caps, emergency=emergency)), moments


@given(seeds, st.integers(0, 40))
def test_caps_hold_at_the_very_edges_of_their_windows(seed: int, size: int) -> None:
    knowledge, moments = _spree(seed, size)
    life = Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    for each in spent(life):
        _check_caps(each)


def test_a_cap_with_an_empty_list_of_types_binds_nothing() -> None:
    """It must not become a cap of all types, which the policy never asked for."""
    cap = Cap(name="cap", max=1, window_ms=DAY_MS, types=())
    policy = msgspec.structs.replace(_OPEN, caps=(cap,))
    assert [kind.limits for kind in Knowledge(policy).kinds.values()] == [{}] * len(TYPES)


def test_a_clock_that_steps_back_by_a_millisecond_gives_no_extra_send() -> None:
    """A send drops from the log only when no window that can still be asked about holds it."""
    window_ms = 9 * DAY_MS
    cap = Cap(name="cap", max=2, window_ms=window_ms)
    start_ms = 100 * DAY_MS
    times_ms = (start_ms, start_ms, start_ms + window_ms, start_ms + window_ms - 1)
    life = Life(USER, Knowledge(msgspec.structs.replace(_OPEN, caps=(cap,)))).live(
        Moment(now_ms, Request(f"r{place}", USER, "tip", now_ms, Priority.HIGH))
        for place, now_ms in enumerate(times_ms)
    )
    found = list(spent(life))
    assert len(found) == 3
    for each in found:
        _check_caps(each)
