"""Rule 2: no cap is exceeded in any window that slides, whatever order records come in.

The windows are counted here from the ledger alone. Critical sends are counted by no cap. An
erasure forgets the sends before it, so windows are counted between erasures.
"""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from histories import USER, Writer, busy_histories, changing_histories, end_of, histories
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Moment
from strategies import STARTS_MS, TYPES, Dice, knowledges, make_cap, seeds

from tactful.constraints.caps import free_at_ms
from tactful.knowledge import Knowledge, Limit
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.policy import Cap, ChannelPolicy, ConsentMode, NotificationType, Policy, Purpose
from tactful.records import Priority, ProfileUpdate, Reason, Request, Verdict
from tactful.sends.log import COUNTED_BIT, Sent


class Counted(NamedTuple):
    """A send that caps count, under the policy in force."""

    at_ms: int
    type: str
    purpose: Purpose
    policy: Policy


def _counted(life: Life) -> Iterator[list[Counted]]:
    """The sends that caps count, in the order they were decided, an erasure apart."""
    sends: list[Counted] = []
    for step in life.steps:
        if isinstance(step.record, ProfileUpdate) and step.record.erase and not step.duplicate:
            yield sends
            sends = []
        policy = step.knowledge.policy
        sends += [
            Counted(entry.decided_at_ms, entry.type, policy.types[entry.type].purpose, policy)
            for entry in step.ledger
            if entry.verdict is Verdict.SEND and entry.priority is not Priority.CRITICAL
        ]
    yield sends


def _most_in_a_window(times_ms: list[int], window_ms: int, around_ms: int | None = None) -> int:
    """The most of these times in any window [start, start + window), or in one with a moment."""
    starts = times_ms
    if around_ms is not None:
        starts = [at for at in times_ms if at <= around_ms < at + window_ms]
    return max((sum(s <= at < s + window_ms for at in times_ms) for s in starts), default=0)


def _groups(cap: Cap) -> list[str | None]:
    return list(cap.types) if cap.types is not None else [None]


def _matching(cap: Cap, group: str | None, sends: list[Counted]) -> list[int]:
    return [
        each.at_ms
        for each in sends
        if (each.purpose in cap.purposes if group is None else each.type == group)
    ]


@given(knowledges, histories() | busy_histories(), st.booleans())
def test_no_cap_is_exceeded_in_any_window(
    knowledge: Knowledge, moments: list[Moment], punctual: bool
) -> None:
    life = Life(USER, knowledge, punctual=punctual).live(moments)
    life.wake_until(end_of(moments))
    for sends in _counted(life):
        for cap in knowledge.policy.caps:
            for group in _groups(cap):
                most = _most_in_a_window(_matching(cap, group, sends), cap.window_ms)
                assert most <= cap.max, (cap, group, sends)


@given(seeds, changing_histories())
def test_a_new_policy_s_caps_count_the_sends_before_it(seed: int, moments: list[Moment]) -> None:
    """As far back as sends are remembered under any policy: a week, the longest window here."""
    first = Writer(Dice(seed, "policy")).policy(0)
    life = Life(USER, first).live(moments)
    life.wake_until(end_of(moments))
    for sends in _counted(life):
        for index, send in enumerate(sends):
            for cap in send.policy.caps:
                for group in _groups(cap):
                    if not _matching(cap, group, [send]):
                        continue
                    known = _matching(cap, group, sends[: index + 1])
                    most = _most_in_a_window(known, cap.window_ms, send.at_ms)
                    assert most <= cap.max, (cap, group, sends[: index + 1])


_OPEN = Policy(
    version="open",
    types={
        name: NotificationType(
            purpose=Purpose.MARKETING if name != "receipt" else Purpose.TRANSACTIONAL,
            channels=("in_app",),
            ttl_ms=30 * DAY_MS,
        )
        for name in TYPES
    },
    channels={"in_app": ChannelPolicy()},
    consent=dict.fromkeys(Purpose, ConsentMode.OPT_OUT),
    quiet_hours=None,
)
_WINDOWS_MS = (1, 7, 1000, MINUTE_MS, HOUR_MS, 7 * DAY_MS, 9 * DAY_MS)


def _spree(seed: int, size: int) -> tuple[Knowledge, list[Moment]]:
    """Nothing but caps holds requests back, and time goes in strides of about their windows."""
    dice = Dice(seed, "spree")
    caps = [make_cap(f"cap{at}", dice, TYPES, _WINDOWS_MS) for at in range(dice.whole(1, 3))]
    edges = [span for cap in caps for span in (cap.window_ms, cap.window_ms - 1)]
    writer = Writer(dice)
    now_ms = dice.one_of(*STARTS_MS)
    moments = []
    for _ in range(size):
        now_ms += dice.one_of(0, 0, 1, *edges, -1)
        moments.append(Moment(now_ms, writer.request(now_ms)))
    return Knowledge(msgspec.structs.replace(_OPEN, caps=tuple(caps))), moments


@given(seeds, st.integers(0, 40))
def test_caps_hold_at_the_very_edges_of_their_windows(seed: int, size: int) -> None:
    knowledge, moments = _spree(seed, size)
    life = Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    (sends, *_) = list(_counted(life))
    for cap in knowledge.policy.caps:
        for group in _groups(cap):
            assert _most_in_a_window(_matching(cap, group, sends), cap.window_ms) <= cap.max


def _fits(limit: Limit, times_ms: list[int], at_ms: int) -> bool:
    """Whether one more send at a moment leaves no window with too many."""
    return _most_in_a_window([*times_ms, at_ms], limit.window_ms, at_ms) <= limit.max


_limits = st.builds(
    Limit,
    name=st.just("cap"),
    reason=st.just(Reason.CAP_USER),
    max=st.integers(0, 4),
    window_ms=st.integers(1, 12),
    purpose_mask=st.just(2),
    type_tag=st.none(),
)
_past = st.lists(st.integers(0, 30), max_size=12).map(sorted)


def _logged(times_ms: list[int]) -> list[Sent]:
    return [Sent(at_ms, 0, 0, b"", COUNTED_BIT | 2) for at_ms in times_ms]


@given(_limits, _past)
def test_a_cap_is_free_at_the_first_moment_that_brute_force_finds(
    limit: Limit, times_ms: list[int]
) -> None:
    found = free_at_ms(limit, _logged(times_ms), 30)
    if limit.max == 0:
        assert found is None
        return
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
    found = free_at_ms(limit, _logged(kept), from_ms)
    assert found is not None
    assert found >= from_ms
    assert _fits(limit, kept, found)


@given(_limits, _past, st.integers(0, 30), st.integers(0, 20))
def test_a_cap_frees_no_earlier_for_who_asks_later(
    limit: Limit, times_ms: list[int], from_ms: int, later_ms: int
) -> None:
    first = free_at_ms(limit, _logged(times_ms), from_ms)
    second = free_at_ms(limit, _logged(times_ms), from_ms + later_ms)
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert first <= second


def test_a_cap_with_an_empty_list_of_types_binds_the_user_or_nothing() -> None:
    """It must not become a cap per type of all types, which the policy never asked for."""
    cap = Cap(name="cap", max=1, window_ms=DAY_MS, types=())
    policy = msgspec.structs.replace(_OPEN, caps=(cap,))
    limits = {limit for kind in Knowledge(policy).kinds.values() for limit in kind.limits}
    assert {limit.type_tag for limit in limits} <= {None}


def test_a_clock_that_steps_back_by_a_millisecond_gives_no_extra_send() -> None:
    """A send drops from the log only when no window that can still be asked about holds it."""
    window_ms = 9 * DAY_MS
    cap = Cap(name="cap", max=2, window_ms=window_ms)
    start_ms = 100 * DAY_MS
    times_ms = (start_ms, start_ms, start_ms + window_ms, start_ms + window_ms - 1)
    life = Life(USER, Knowledge(msgspec.structs.replace(_OPEN, caps=(cap,)))).live(
        Moment(now_ms, Request(f"r{place}", USER, "tip", Priority.HIGH, now_ms))
        for place, now_ms in enumerate(times_ms)
    )
    (sends,) = _counted(life)
    assert _most_in_a_window([each.at_ms for each in sends], window_ms) <= cap.max
