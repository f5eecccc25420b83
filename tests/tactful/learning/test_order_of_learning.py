"""One order of examples, whatever order the partitions are read in."""

import random
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from tactful.learning.order import (
    FOREVER,
    Clocks,
    Seen,
    Waiting,
    dump_waiting,
    load_waiting,
)

PARTITIONS = st.lists(st.lists(st.integers(0, 50), max_size=12), min_size=1, max_size=4)


def orders(logs: list[list[int]], seed: int, ticks: float) -> list[tuple[int, int, str]]:
    """The order in which examples are learned, if partitions are read as the dice say."""
    dice = random.Random(seed)
    clocks, waiting, learned = Clocks(), [], []
    at = [0] * len(logs)

    def fold(partitions: range) -> None:
        nonlocal waiting
        before = clocks.complete_before(partitions)
        if before is None:
            return
        ready = sorted(each for each in waiting if each.place < before)
        waiting = [each for each in waiting if each.place >= before]
        learned.extend((each.place, each.labelled_at_ms, each.id) for each in ready)

    while any(at[number] < len(log) for number, log in enumerate(logs)):
        number = dice.choice([n for n, log in enumerate(logs) if at[n] < len(log)])
        labelled_ms = logs[number][at[number]]
        place = clocks.place(number, labelled_ms)
        waiting.append(Waiting(place, labelled_ms, f"{number}-{at[number]}", b""))
        at[number] += 1
        if dice.random() < ticks:
            clocks = Clocks.loads(clocks.dumps())
            fold(range(len(logs)))
    fold(range(0))
    assert not waiting
    return learned


@given(PARTITIONS, st.integers(0, 99), st.integers(0, 99))
def test_examples_are_learned_in_one_order_however_partitions_are_read(
    logs: list[list[int]], seed: int, other: int
) -> None:
    assert orders(logs, seed, ticks=0.5) == orders(logs, other, ticks=0.0)


@given(PARTITIONS, st.integers(0, 99))
def test_it_is_the_order_of_labels_where_partitions_are_in_order(
    logs: list[list[int]], seed: int
) -> None:
    learned = orders([sorted(log) for log in logs], seed, ticks=0.3)
    assert learned == sorted(learned)
    assert [labelled for _, labelled, _ in learned] == sorted(chain(*logs))


def test_a_partition_that_has_given_nothing_yet_is_waited_for() -> None:
    clocks = Clocks()
    clocks.place(0, 10)
    assert clocks.complete_before([0, 1]) is None
    assert clocks.complete_before([0]) == 10
    assert clocks.complete_before([]) == FOREVER


def test_what_waits_comes_back_from_the_state_as_it_was() -> None:
    waiting = Waiting(5, 4, "a", b'{"id": "a"}')
    assert load_waiting(dump_waiting(waiting)) == waiting


def test_an_id_is_new_once_for_as_long_as_it_is_remembered() -> None:
    seen = Seen(most=3)
    assert [seen.first_time(name) for name in "aab"] == [True, False, True]
    seen = Seen(seen.dumps(), most=3)
    assert [seen.first_time(name) for name in "bcd"] == [False, True, True]
    assert seen.first_time("a"), "the oldest gives way"
    assert len(seen.dumps()) == 3 * 8
