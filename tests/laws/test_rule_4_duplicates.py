"""Rule 4: a duplicate record changes nothing but a counter.

Within the bound that `tactful.dedup.part` states: a copy is recognised as long as fewer than
`REQUESTS` requests (or `OTHERS` other records) that are newer came in between.
"""

from collections.abc import Callable

import msgspec
from histories import USER, Writer, changing_histories, end_of
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Moment, Record
from lively import any_knowledge, changing
from strategies import Dice, make_policy, seeds

from tactful.dedup.part import OTHERS, REQUESTS, duplicates_seen
from tactful.engine.state import Section, UserState
from tactful.knowledge import Knowledge
from tactful.local_time import HOUR_MS
from tactful.records import Output, ProfileSnapshot, Request


def _with_copies(moments: list[Moment], dice: Dice, prob: float) -> list[Moment]:
    """After each moment come copies of records that are still remembered."""
    copied: list[Moment] = []
    for place, moment in enumerate(moments):
        copied.append(moment)
        while dice.chance(prob):
            found = dice.one_of(*moments[: place + 1]).what
            if not isinstance(found, Knowledge) and _remembered(found, moments[: place + 1]):
                copied.append(Moment(moment.now_ms, found))
    return copied


def _remembered(record: Record, moments: list[Moment]) -> bool:
    newer = moments[[moment.what for moment in moments].index(record) + 1 :]
    if isinstance(record, Request):
        return sum(isinstance(each.what, Request) for each in newer) < REQUESTS
    return sum(not isinstance(each.what, Request | Knowledge) for each in newer) < OTHERS


def _without_counter(outputs: list[Output]) -> list[Output]:
    return [
        msgspec.structs.replace(each, duplicates=0) if isinstance(each, ProfileSnapshot) else each
        for each in outputs
    ]


def _outputs(life: Life) -> list[Output]:
    return _without_counter([each for step in life.steps for each in step.outputs])


def _but_counter(state: UserState) -> tuple[object, ...]:
    sections = list(state.sections)
    dedup = sections[Section.DEDUP]
    # The counter lies behind the version, in four bytes (`tactful.dedup.part`).
    sections[Section.DEDUP] = dedup[:1] + dedup[5:]
    return sections, state.wakeup_ms


@given(any_knowledge, changing | changing_histories(80), seeds, st.sampled_from((0.1, 0.5)))
def test_copies_change_nothing_but_a_counter(
    knowledge: Knowledge, moments: list[Moment], seed: int, prob: float
) -> None:
    copied = _with_copies(moments, Dice(seed, "copies"), prob)
    plain = Life(USER, knowledge).live(moments).wake_until(end_of(moments))
    life = Life(USER, knowledge).live(copied).wake_until(end_of(moments))
    assert _outputs(life) == _outputs(plain)
    assert _but_counter(life.state) == _but_counter(plain.state)
    assert duplicates_seen(life.state.sections) == len(copied) - len(moments)
    assert sum(step.duplicate for step in life.steps) == len(copied) - len(moments)


@given(any_knowledge, changing, seeds)
def test_a_copy_gives_no_output_and_keeps_the_wake_up(
    knowledge: Knowledge, moments: list[Moment], seed: int
) -> None:
    copied = _with_copies(moments, Dice(seed, "copies"), 0.3)
    for step in Life(USER, knowledge).live(copied).steps:
        if step.duplicate:
            assert step.outputs == []
            assert step.after.wakeup_ms == step.before.wakeup_ms
            changed = [
                section
                for section in Section
                if step.before.sections[section] != step.after.sections[section]
            ]
            assert changed == [Section.DEDUP]


@given(seeds, st.integers(0, REQUESTS - 1))
def test_a_request_is_known_as_long_as_the_bound_says(seed: int, between: int) -> None:
    dice = Dice(seed, "bound")
    writer = Writer(dice)
    now_ms = 1_000_000 * HOUR_MS
    first = writer.request(now_ms)
    others = [writer.request(now_ms + place) for place in range(between)]
    life = Life(USER, Knowledge(make_policy(dice)))
    life.live(Moment(now_ms, each) for each in (first, *others))
    assert life.take(first, now_ms).duplicate


@given(seeds, st.integers(0, OTHERS - 1))
def test_another_record_is_known_as_long_as_the_bound_says(seed: int, between: int) -> None:
    dice = Dice(seed, "bound")
    writer = Writer(dice)
    now_ms = 1_000_000 * HOUR_MS
    makers: tuple[Callable[[int], Record], ...] = (writer.event, writer.feedback, writer.update)
    first: Record = dice.one_of(*makers)(now_ms)
    others = [dice.one_of(*makers)(now_ms + place) for place in range(between)]
    requests = [writer.request(now_ms) for _ in range(REQUESTS)]
    life = Life(USER, Knowledge(make_policy(dice)))
    life.live(Moment(now_ms, each) for each in (first, *others, *requests))
    assert life.take(first, now_ms).duplicate


@given(any_knowledge, seeds)
def test_a_request_sent_or_held_is_known_however_many_came_in_between(
    knowledge: Knowledge, seed: int
) -> None:
    writer = Writer(Dice(seed, "many"))
    now_ms = 1_000_000 * HOUR_MS
    life = Life(USER, knowledge)
    life.live([Moment(now_ms, writer.welcome(now_ms))])
    first = writer.request(now_ms)
    taken = life.take(first, now_ms)
    ends = [entry.verdict.value for entry in taken.ledger]
    for place in range(3 * REQUESTS):
        taken = life.take(writer.request(now_ms + place), now_ms + place)
        ends += [each.verdict.value for each in taken.ledger if each.request_id == first.id]
    if ends[-1] in ("send", "hold"):
        assert life.take(first, now_ms + 3 * REQUESTS).duplicate


def test_an_id_is_a_copy_only_among_records_of_its_own_kind() -> None:
    writer = Writer(Dice(1, "kinds"))
    now_ms = 1_000_000 * HOUR_MS
    makers: tuple[Callable[[int], Record], ...] = (
        writer.event,
        writer.feedback,
        writer.update,
        writer.request,
    )
    same = [msgspec.structs.replace(make(now_ms), id="same") for make in makers]
    life = Life(USER, Knowledge()).live(Moment(now_ms, each) for each in same)
    assert [step.duplicate for step in life.steps if step.record in same] == [False] * 4
