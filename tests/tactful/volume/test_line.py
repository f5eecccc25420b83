"""Who waits on a channel, against a list that is searched from end to end."""

from hypothesis import given
from hypothesis import strategies as st

from tactful.volume.budget import Budget
from tactful.volume.line import (
    ARRIVALS_MS,
    AWAKE_WITHIN_MS,
    EXPECTED_MS,
    STALE_MS,
    Arrivals,
    Line,
    Waiter,
)

NAMES = [f"d{number}" for number in range(6)]
acts = st.lists(
    st.one_of(
        st.tuples(
            st.just("wait"),
            st.sampled_from(NAMES),
            st.sampled_from(["ann", "bob"]),
            st.one_of(st.none(), st.sampled_from([0.1, 0.2, 0.3])),
            st.integers(0, 5_000),
        ),
        st.tuples(st.just("leave"), st.sampled_from(NAMES)),
        st.tuples(st.just("doubt"), st.sampled_from(["ann", "bob"])),
        st.tuples(st.just("advance"), st.integers(0, 2_000)),
    )
)


@given(acts)
def test_a_line_holds_what_a_plain_list_holds(found: list[tuple]) -> None:
    line, plain, now_ms, woken = Line(), {}, 0, set()
    for act in found:
        match act:
            case ("wait", name, user, bid, due_ms):
                line.wait(name, Waiter(user, bid, due_ms))
                plain[name] = Waiter(user, bid, due_ms)
                woken.discard(name)
            case ("leave", name):
                assert line.leave(name) is (plain.pop(name, None) is not None)
            case ("doubt", user):
                line.doubt(user)
                for name, waiter in plain.items():
                    if waiter.user_id == user and waiter.bid is not None:
                        plain[name] = waiter._replace(doubtful=True)
            case ("advance", by_ms):
                now_ms += by_ms
                line.advance(now_ms)
                woken |= {n for n, w in plain.items() if w.due_ms <= now_ms + AWAKE_WITHIN_MS}
    counted = {n: w for n, w in plain.items() if w.bid is not None and not w.doubtful}
    assert len(line) == len(plain)
    assert all(name in line for name in plain)
    assert list(line.bids) == sorted((w.bid, n) for n, w in counted.items())
    assert list(line.awake) == sorted((w.bid, n) for n, w in counted.items() if n in woken)
    assert list(line.scheduled) == sorted((w.due_ms, n) for n, w in plain.items() if w.bid is None)


def test_one_of_whom_nothing_is_heard_is_not_waited_for() -> None:
    line = Line()
    line.wait("priced", Waiter("ann", 0.5, 1_000))
    line.wait("scheduled", Waiter("ann", None, 1_000))
    line.wait("later", Waiter("bob", 0.5, 1_001))
    line.advance(1_001 + STALE_MS)
    assert "later" in line
    assert len(line) == 1


def test_arrivals_are_expected_to_go_on_as_they_were() -> None:
    arrivals = Arrivals()
    for number in range(10):
        arrivals.add(number / 10, 1_000 + number)
    assert arrivals.expected(0.5, ARRIVALS_MS) == 5
    assert arrivals.expected(0.0, ARRIVALS_MS / 2) == 5
    assert arrivals.expected(0.0, 2 * ARRIVALS_MS) == 20
    assert arrivals.expected(0.0, 2 * EXPECTED_MS) == arrivals.expected(0.0, EXPECTED_MS)
    assert arrivals.expected(0.0, -1) == 0
    arrivals.advance(1_008)
    assert arrivals.expected(0.0, ARRIVALS_MS) == 2


@given(
    st.sampled_from([0.5, 1.0, 100.0]),
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 300)), max_size=20),
)
def test_a_budget_never_allows_more_than_its_rate_and_slack(
    rate_per_s: float, turns: list[tuple[int, int]]
) -> None:
    budget, now_ms = Budget(rate_per_s, 0), 0
    for wait_ms, sends in turns:
        now_ms += wait_ms
        budget.settle(now_ms, now_ms)
        assert -budget.slack <= budget.room(now_ms) <= budget.slack
        ahead = budget.room(now_ms + 10_000) - budget.room(now_ms)
        assert abs(ahead - 10 * rate_per_s) < 1e-6
        for _ in range(sends):
            budget.spend()
        assert budget.room(now_ms) <= budget.slack - sends


def test_what_may_have_been_sent_unseen_is_not_forgotten_as_saved() -> None:
    budget = Budget(100.0, 0)
    budget.settle(0, 0)
    for _ in range(50):
        budget.spend()
    budget.settle(1_000, 0)
    assert budget.room(1_000) == 100, "a second's worth, most of it perhaps sent by now"
    budget.settle(1_000, 1_000)
    assert budget.room(1_000) == budget.slack
