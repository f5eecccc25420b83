"""History is lived in one order, however it was cut and shuffled."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from operators.crossing import Arrived
from operators.ordering import Arrival
from tactful.history import MAX_WAKEUPS_AT_ONCE, play
from tactful.records import Event

END_MS = 200


class Sleepy(NamedTuple):
    """A user who sleeps `nap_ms` after each record, so many naps in a row, and writes a diary."""

    nap_ms: int
    naps: int
    wakeup_ms: int | None = None
    left: int = 0
    diary: tuple[tuple[int, str], ...] = ()


def live(state: Sleepy, arrival: Arrival | None, now_ms: int) -> Sleepy:
    left = state.naps if arrival else state.left - 1
    return state._replace(
        left=left,
        wakeup_ms=now_ms + state.nap_ms if left > 0 else None,
        diary=(*state.diary, (now_ms, arrival.id if arrival else "wake-up")),
    )


def arrival(at_ms: int, topic: str, name: str, offset: int) -> Arrival:
    event = Event(id=name, user_id="u", name="n", at_ms=at_ms)
    return Arrival(at_ms, topic, name, Arrived(topic, 0, offset, 0, b"u", b""), event)


ARRIVALS = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from("ab"), st.sampled_from("xyz")), max_size=12
).map(lambda found: [arrival(*each, number) for number, each in enumerate(found)])
USERS = st.tuples(st.integers(1, 9), st.integers(0, 3)).map(lambda found: Sleepy(*found))


@given(USERS, ARRIVALS, st.randoms(use_true_random=False), st.lists(st.integers(0, 60)))
def test_cut_by_time_and_shuffled_history_is_lived_the_same(
    user: Sleepy, arrivals: Sequence[Arrival], shuffle: object, cuts: list[int]
) -> None:
    whole = play(user, arrivals, END_MS, live)
    state, before_ms = user, -1
    for cut_ms in (*sorted(cuts), END_MS):
        piece = [each for each in arrivals if before_ms < each.at_ms <= cut_ms]
        shuffle.shuffle(piece)  # type: ignore[attr-defined]
        state, before_ms = play(state, piece, cut_ms, live), cut_ms
    assert state == whole


@given(USERS, ARRIVALS)
def test_time_never_goes_back_and_every_record_is_lived_once(
    user: Sleepy, arrivals: Sequence[Arrival]
) -> None:
    diary = play(user, arrivals, END_MS, live).diary
    times = [now_ms for now_ms, _ in diary]
    assert times == sorted(times)
    lived = [entry for entry in diary if entry[1] != "wake-up"]
    wanted = sorted(arrivals, key=Arrival.place)
    assert lived == [(each.at_ms, each.id) for each in wanted]


def test_a_wakeup_due_before_or_with_a_record_comes_first_and_a_later_one_waits() -> None:
    user = Sleepy(nap_ms=5, naps=1)
    found = play(user, [arrival(15, "a", "second", 0), arrival(10, "a", "first", 1)], 19, live)
    assert found.diary == ((10, "first"), (15, "wake-up"), (15, "second"))
    assert found.wakeup_ms == 20
    assert play(found, [], 20, live).diary[-1] == (20, "wake-up")


def test_records_of_one_moment_go_by_topic_and_then_by_id() -> None:
    shuffled = [arrival(1, "b", "x", 0), arrival(1, "a", "y", 1), arrival(1, "a", "x", 2)]
    diary = play(Sleepy(1, 0), shuffled, 1, live).diary
    assert diary == ((1, "x"), (1, "y"), (1, "x"))


def test_a_user_who_never_rests_is_left_after_so_many_wakeups() -> None:
    def restless(state: Sleepy, _: Arrival | None, now_ms: int) -> Sleepy:
        return state._replace(wakeup_ms=now_ms, left=state.left + 1)

    assert play(Sleepy(0, 0, wakeup_ms=5), [], 9, restless).left == MAX_WAKEUPS_AT_ONCE + 1
