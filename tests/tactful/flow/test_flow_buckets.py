"""The flow of verdicts: what is counted adds up, slides with the clock, and stays bounded."""

from collections import Counter

from builders import a_ledger_entry
from hypothesis import given
from hypothesis import strategies as st

from tactful.flow import NO_CHANNEL, OTHER, Flow
from tactful.flow.buckets import MAX_CHANNELS
from tactful.records import LedgerEntry, Reason, Verdict

NOW_MS = 1_795_000_005_000


def test_each_verdict_stands_in_the_bucket_of_its_moment() -> None:
    flow = Flow(bucket_ms=1_000, buckets=3)
    hold = a_ledger_entry(NOW_MS - 2_000, Verdict.HOLD, Reason.QUIET_HOURS, None)
    flow.take([a_ledger_entry(NOW_MS), hold, a_ledger_entry(NOW_MS - 999, channel="push")], NOW_MS)
    view = flow.view(NOW_MS)
    assert view.starts_ms == [NOW_MS - 2_000, NOW_MS - 1_000, NOW_MS]
    assert view.series("verdict") == {"hold": [1, 0, 0], "send": [0, 1, 1]}
    assert view.series("channel") == {NO_CHANNEL: [1, 0, 0], "push": [0, 1, 0], "email": [0, 0, 1]}
    assert view.totals("reason") == {"allowed": 2, "quiet_hours": 1}
    assert flow.newest_ms == NOW_MS


def test_buckets_slide_out_as_the_clock_goes_on() -> None:
    flow = Flow(bucket_ms=1_000, buckets=3)
    flow.take([a_ledger_entry(NOW_MS)], NOW_MS)
    assert flow.view(NOW_MS + 2_000).total == 1
    assert flow.view(NOW_MS + 3_000).total == 0


def test_what_is_old_or_ahead_of_the_clock_is_not_drawn() -> None:
    flow = Flow(bucket_ms=1_000, buckets=3)
    flow.take([a_ledger_entry(NOW_MS - 60_000), a_ledger_entry(NOW_MS + 86_400_000)], NOW_MS)
    assert (flow.taken, flow.outside, flow.view(NOW_MS).total) == (2, 2, 0)
    assert flow.newest_ms == NOW_MS - 60_000


def test_names_are_bounded_too() -> None:
    flow = Flow()
    flow.take([a_ledger_entry(NOW_MS, channel=f"c{i}") for i in range(MAX_CHANNELS + 5)], NOW_MS)
    totals = flow.view(NOW_MS).totals("channel")
    assert len(totals) == MAX_CHANNELS + 1
    assert totals[OTHER] == 5


moments = st.integers(NOW_MS - 20_000, NOW_MS + 5_000)
entries = st.builds(
    a_ledger_entry,
    moments,
    st.sampled_from(list(Verdict)),
    st.sampled_from(list(Reason)),
    st.sampled_from([None, "email", "push"]),
)


@given(st.lists(entries, max_size=60), st.integers(0, 20_000))
def test_law_all_groupings_add_up_to_the_entries_of_the_span(
    found: list[LedgerEntry], later_ms: int
) -> None:
    flow = Flow(bucket_ms=1_000, buckets=8)
    flow.take(found, NOW_MS)
    now_ms = NOW_MS + later_ms
    view = flow.view(now_ms)
    first, last = view.starts_ms[0], view.starts_ms[-1] + view.bucket_ms
    # one bucket ahead of the clock is kept, in case clocks differ a little
    kept = [e for e in found if e.decided_at_ms // 1_000 <= NOW_MS // 1_000 + 1]
    within = [
        e
        for e in kept
        if first <= e.decided_at_ms < last and e.decided_at_ms // 1_000 > NOW_MS // 1_000 - 8
    ]
    assert view.total == len(within)
    for by in ("verdict", "reason", "channel"):
        assert sum(map(sum, view.series(by).values())) == len(within)
    told = Counter(str(e.verdict) for e in within)
    assert view.totals("verdict") == dict(told)
    assert len(view.counts) == 8
    assert flow.taken == len(found)
