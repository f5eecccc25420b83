"""The controller at a channel in virtual time: rates, order, and what it lives through."""

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waiting_room import Asked, Room, policy

from tactful.knowledge import POLICY_KEY, InvalidKnowledgeError
from tactful.records import LedgerEntry, Priority, Verdict
from tactful.volume.controller import Controller, Seen
from tactful.volume.price import MAX_STEPS, PriceError, parse_price

SLOW = ((100, 300), (100, 300))
RATE_PER_S = 50
WORTHS = [number / 10 for number in range(1, 9)]


def burst(count: int, over_ms: int, seed: int = 3) -> Iterator[Asked]:
    rng = random.Random(seed)
    for index in range(count):
        yield Asked(over_ms * index // count, f"r{index}", rng.choice(WORTHS))


def room_with(asked: Sequence[Asked], rate_per_s: float = RATE_PER_S) -> Room:
    room = Room(rate_per_s, seen_after_ms=SLOW[0], known_after_ms=SLOW[1])
    for each in asked:
        room.ask(each)
    return room


def windows(room: Room, from_s: int, window_s: int = 5) -> list[int]:
    """Sends by full window from a second on."""
    counts = room.rates(window_s * 1_000)
    return [counts[number] for number in range(from_s // window_s, max(counts))]


def test_a_burst_goes_out_at_the_rate_in_the_order_of_worth_and_none_is_lost() -> None:
    asked = list(burst(3_000, 10_000))
    room = room_with(asked)
    room.run(90_000)
    assert room.ended == {each.name: Verdict.SEND for each in asked}
    later = windows(room, 10)
    assert len(later) >= 8
    assert all(abs(count - 5 * RATE_PER_S) <= 0.1 * 5 * RATE_PER_S for count in later)
    first_ms: dict[float, int] = {}
    last_ms: dict[float, int] = {}
    for each in asked:
        at_ms = room.sent[each.name]
        if at_ms >= 12_000:
            first_ms[each.worth] = min(at_ms, first_ms.get(each.worth, at_ms))
            last_ms[each.worth] = max(at_ms, last_ms.get(each.worth, at_ms))
    order = sorted(first_ms, reverse=True)
    assert len(order) >= 6
    for dearer, cheaper in pairwise(order):
        assert last_ms[dearer] <= first_ms[cheaper] + 1_000


def test_who_waits_is_asked_a_few_times_and_not_all_the_time() -> None:
    room = room_with(list(burst(3_000, 10_000)))
    room.run(90_000)
    assert 1 <= sum(room.holds.values()) / len(room.sent) <= 6


def test_below_the_rate_nothing_is_published() -> None:
    room = room_with([Asked(index * 25, f"r{index}", 0.5) for index in range(1_000)])
    room.run(30_000)
    assert len(room.sent) == 1_000
    assert room.published == []


def test_when_the_queue_is_empty_the_price_is_taken_back_once() -> None:
    room = room_with(list(burst(500, 1_000)))
    room.run(60_000)
    assert len(room.sent) == 500
    assert room.published[-1][1] is None
    assert sum(value is None for _, value in room.published) <= 2
    assert room.path is None


def test_under_lasting_overload_the_rate_holds_and_the_dearer_go() -> None:
    rng = random.Random(5)
    asked = [Asked(index * 13, f"r{index}", rng.random()) for index in range(4_500)]  # 77 a second
    room = room_with(asked)
    room.run(58_000)
    assert all(abs(count - 5 * RATE_PER_S) <= 0.15 * 5 * RATE_PER_S for count in windows(room, 10))
    worths = {each.name: each.worth for each in asked}
    waiting = [each.worth for each in asked if each.name not in room.sent and each.at_ms < 50_000]
    sent = [worths[name] for name, at_ms in room.sent.items() if at_ms >= 10_000]
    assert sum(worth > 0.5 for worth in waiting) < 0.02 * len(waiting)
    assert sum(sent) / len(sent) > 0.6


def test_critical_passes_at_any_price_and_takes_up_its_room() -> None:
    urgent = [
        Asked(20_000 + index * 40, f"c{index}", 0.0, priority=Priority.CRITICAL)
        for index in range(500)  # half the rate
    ]
    room = room_with([*burst(3_000, 10_000), *urgent])
    room.run(120_000)
    assert all(room.sent[each.name] == each.at_ms for each in urgent)
    assert len(room.sent) == 3_500
    assert all(abs(count - 5 * RATE_PER_S) <= 0.1 * 5 * RATE_PER_S for count in windows(room, 25))


def test_a_rush_that_was_held_for_another_reason_is_spread() -> None:
    rng = random.Random(7)
    rush = [
        Asked(index, f"r{index}", rng.choice(WORTHS), scheduled_ms=20_000) for index in range(2_000)
    ]
    room = room_with(rush)
    room.run(90_000)
    assert len(room.sent) == 2_000
    # In the second in which the gate opens: half a second's worth is saved up, and the path that
    # opens it is half a second old and lets those pass early who are due later.
    assert max(room.rates().values()) <= (1 + 0.5 + 0.5 * 1.25) * RATE_PER_S
    assert all(abs(count - 5 * RATE_PER_S) <= 0.1 * 5 * RATE_PER_S for count in windows(room, 25))


def test_a_few_that_are_due_together_are_no_rush() -> None:
    few = [Asked(index, f"r{index}", 0.5, scheduled_ms=20_000) for index in range(20)]
    room = room_with(few)
    room.run(30_000)
    assert set(room.sent.values()) == {20_000}
    assert room.published == []


def test_without_a_controller_what_waits_still_goes_and_in_order() -> None:
    asked = list(burst(2_000, 10_000))
    room = room_with(asked)
    room.at(12_000, lambda: setattr(room, "controller_on", False))
    room.run(120_000)
    assert len(room.sent) == 2_000
    assert max(room.sent.values()) < 60_000


def test_a_controller_that_knows_nothing_of_the_past_finds_its_way() -> None:
    def anew() -> None:
        room.controller = Controller()
        room.controller.learn(POLICY_KEY, policy(RATE_PER_S), room.now_ms)
        room.controller_on = True

    room = room_with(list(burst(3_000, 10_000)))
    room.at(15_000, lambda: setattr(room, "controller_on", False))
    room.at(20_000, anew)
    room.run(120_000)
    assert len(room.sent) == 3_000
    assert all(count <= 1.5 * 5 * RATE_PER_S for count in windows(room, 20))
    assert all(abs(count - 5 * RATE_PER_S) <= 0.1 * 5 * RATE_PER_S for count in windows(room, 35))


def test_who_is_cancelled_is_nobodys_competitor() -> None:
    asked = [
        each._replace(cancelled_ms=15_000) if index % 8 == 0 else each
        for index, each in enumerate(burst(3_000, 10_000))
    ]
    room = room_with(asked)
    room.run(90_000)
    assert len(room.ended) == 3_000
    assert not room.controller.lanes["email"].line
    assert sum(windows(room, 15)[:6]) >= 0.9 * 30 * RATE_PER_S


class Stammering(Controller):
    """Told everything twice, as after a failure of the job."""

    def observe(self, entry: Seen | LedgerEntry, now_ms: int) -> None:
        super().observe(entry, now_ms)
        super().observe(entry, now_ms)


def test_a_verdict_told_twice_counts_once() -> None:
    rooms = []
    for kind in (Controller, Stammering):
        room = room_with([])
        room.controller = kind()
        room.controller.learn(POLICY_KEY, policy(RATE_PER_S), 0)
        for each in burst(400, 1_000):
            room.ask(each)
        room.run(60_000)
        assert len(room.sent) == 400
        rooms.append(room)
    once, twice = (windows(room, 5) for room in rooms)
    assert len(once) == len(twice)
    assert all(abs(one - two) <= 0.1 * 5 * RATE_PER_S for one, two in zip(once, twice, strict=True))


def test_a_rate_comes_changes_and_goes_with_the_policy() -> None:
    controller = Controller()
    assert dict(controller.rates_per_s) == {}
    controller.learn(POLICY_KEY, policy(10), 0)
    assert dict(controller.rates_per_s) == {"email": 10}
    controller.learn(POLICY_KEY, policy(20), 0)
    assert dict(controller.rates_per_s) == {"email": 20}
    with pytest.raises(InvalidKnowledgeError):
        controller.learn(POLICY_KEY, b"{", 0)
    assert dict(controller.rates_per_s) == {"email": 20}
    controller.learn(POLICY_KEY, policy(None), 0)
    assert dict(controller.rates_per_s) == {}
    controller.learn("templates/x", b"anything", 0)


def test_a_price_in_force_is_taken_back_with_its_rate() -> None:
    room = room_with(list(burst(500, 1_000)))
    room.run(5_000)
    assert room.path is not None
    room.controller.learn(POLICY_KEY, policy(None), 5_000)
    room.run(70_000)
    assert room.published[-1][1] is None
    assert len(room.sent) == 500
    assert not any(value for at_ms, value in room.published if at_ms > 5_000)


def test_after_a_restart_versions_go_on_and_a_price_without_need_is_taken_back() -> None:
    room = room_with(list(burst(500, 1_000)))
    room.run(5_000)
    value = room.published[-1][1]
    assert value is not None
    controller = Controller()
    controller.learn("price/email", value, 6_000)
    controller.learn("price/fax", value, 6_000)
    controller.learn(POLICY_KEY, policy(RATE_PER_S), 6_000)
    assert controller.tick(6_000) == [("price/fax", None), ("price/email", None)]
    assert controller.tick(6_250) == []
    assert controller.lanes["email"].version == parse_price(value).version
    with pytest.raises(PriceError):
        controller.learn("price/email", b"{", 0)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5_000), st.floats(0, 1), st.booleans(), st.booleans()),
        min_size=1,
        max_size=200,
    ),
    st.sampled_from([0.5, 3.0, 40.0]),
)
def test_each_published_path_can_be_used_and_ends_at_nothing(
    found: list[tuple[int, float, bool, bool]], rate_per_s: float
) -> None:
    asked = [
        Asked(at_ms, f"r{number}", worth, 3_000 if scheduled else None, 4_000 if gone else None)
        for number, (at_ms, worth, scheduled, gone) in enumerate(found)
    ]
    room = room_with(asked, rate_per_s)
    room.run(6_000 + round(2_500 * len(asked) / rate_per_s))
    for at_ms, value in room.published:
        if value is not None:
            path = parse_price(value)
            assert len(path.steps) <= MAX_STEPS
            assert path.steps[-1].price == 0.0
            assert path.steps[0].from_ms <= at_ms
    assert len(room.ended) == len(asked), "each comes to its end"
    versions = [msgspec.json.decode(v)["version"] for _, v in room.published if v]
    assert versions == sorted(set(versions))
