"""Laws of the profile: in whatever order its records arrive, the same profile comes out."""

import itertools
import random
from typing import Any

import msgspec
import pytest
from histories import USER, Writer
from hypothesis import given
from hypothesis import strategies as st
from interpreter import Life, Record
from strategies import CHANNELS, TYPES, Dice, seeds

from state.codec import pack
from tactful.engine.state import Section
from tactful.knowledge import Knowledge
from tactful.policy import DEFAULT_POLICY
from tactful.profile.section import Profile, shown, unpack
from tactful.records import Event, Feedback, Outcome, Preferences, ProfileUpdate

NOW_MS = 1_767_700_800_000


def _profile(records: list[Record]) -> Profile:
    life = Life(USER, Knowledge())
    for place, record in enumerate(records):
        life.take(record, NOW_MS + place)  # the clock of arrival must not show
    return unpack(life.state.sections[Section.PROFILE])


def _seen(profile: Profile) -> tuple[object, ...]:
    """What shows: values by name, not the order in which they stand in the bytes."""
    return (
        profile.erased_at_ms,
        profile.zone,
        *(msgspec.json.decode(piece) for piece in profile.pieces[:-1]),
    )


def _records(dice: Dice, size: int, *, refusals: bool, erasures: bool) -> list[Record]:
    writer = Writer(dice)
    records: list[Record] = []
    for _ in range(size):
        kind = dice.one_of("event", "feedback", "update", "update", "preferences")
        at_ms = NOW_MS - dice.whole(0, 9)
        if kind == "event":
            record: Record = writer.event(at_ms)
        elif kind == "feedback":
            record = writer.feedback(at_ms)
            if not refusals and record.outcome is Outcome.BOUNCED:
                record = msgspec.structs.replace(record, outcome=Outcome.COMPLAINED)
        elif kind == "update":
            record = msgspec.structs.replace(
                writer.update(at_ms), erase=erasures and dice.chance(0.2)
            )
        else:
            record = ProfileUpdate(
                f"x{len(records)}", USER, at_ms, preferences=writer.preferences()
            )
        records.append(msgspec.structs.replace(record, at_ms=at_ms))
    return records


def _shuffled(records: list[Record], seed: int) -> list[Record]:
    return random.Random(seed).sample(records, len(records))


@given(seeds, st.integers(0, 12), seeds, st.booleans())
def test_any_order_of_updates_gives_the_same_profile(
    seed: int, size: int, order: int, erasures: bool
) -> None:
    records = _records(Dice(seed, "merge"), size, refusals=False, erasures=erasures)
    assert _seen(_profile(_shuffled(records, order))) == _seen(_profile(records))


@given(seeds, st.integers(0, 12), seeds, st.booleans())
def test_any_order_of_updates_and_bounces_gives_the_same_profile(
    seed: int, size: int, order: int, erasures: bool
) -> None:
    records = _records(Dice(seed, "bounce"), size, refusals=True, erasures=erasures)
    assert _seen(_profile(_shuffled(records, order))) == _seen(_profile(records))


@given(seeds, st.integers(0, 8), seeds)
def test_any_order_of_type_and_channel_switches_gives_the_same_preferences(
    seed: int, size: int, order: int
) -> None:
    """A type may be switched as a whole or by channel, and both meet here all the time."""
    dice = Dice(seed, "switches")
    records: list[Record] = []
    for place in range(size):
        by_channel: dict[str, Any] = {
            name: dice.one_of(True, False) for name in dice.some_of(CHANNELS[:2])
        }
        switch: Any = dice.one_of(None, True, False, by_channel, by_channel)
        types: Any = dice.one_of(msgspec.UNSET, None, {TYPES[0]: switch}, {TYPES[0]: switch})
        channels: Any = dice.one_of(msgspec.UNSET, None, by_channel)
        preferences = Preferences(types=types, channels=channels)
        at_ms = NOW_MS - dice.whole(0, 5)
        records.append(ProfileUpdate(f"x{place}", USER, at_ms, preferences=preferences))
    assert _seen(_profile(_shuffled(records, order))) == _seen(_profile(records))


def test_a_switch_taken_back_inside_a_type_gives_the_same_in_any_order() -> None:
    switches: tuple[Any, ...] = (True, {"email": True}, {"email": None})
    updates: list[Record] = [
        ProfileUpdate(f"p{at}", USER, NOW_MS + at, preferences=Preferences(types={"tip": each}))
        for at, each in enumerate(switches)
    ]
    found = {repr(_seen(_profile(list(order)))) for order in itertools.permutations(updates)}
    assert len(found) == 1


@given(seeds, st.integers(0, 12))
def test_an_update_applied_twice_changes_nothing(seed: int, size: int) -> None:
    """A copy beyond the memory of ids must do no harm: here each comes under a fresh user."""
    records = _records(Dice(seed, "twice"), size, refusals=True, erasures=False)
    once = Life(USER, Knowledge())
    twice = Life(USER, Knowledge())
    for record in records:
        once.take(record, NOW_MS)
        for _ in range(2):
            twice.take(record, NOW_MS)
            state = twice.state
            state.sections[Section.DEDUP] = b""  # as if 48 other records had come in between
            twice.packed = pack(state)
    assert _seen(unpack(twice.state.sections[Section.PROFILE])) == _seen(
        unpack(once.state.sections[Section.PROFILE])
    )


@given(seeds, st.integers(0, 12), seeds)
def test_an_erasure_after_all_else_leaves_nothing_to_show(seed: int, size: int, order: int) -> None:
    records = _records(Dice(seed, "erase"), size, refusals=True, erasures=False)
    records.append(ProfileUpdate("last", USER, NOW_MS + 1, erase=True))
    profile = _profile(_shuffled(records, order))
    assert _seen(profile)[1:] == _seen(unpack(b""))[1:]
    assert profile.pieces == unpack(b"").pieces


@pytest.mark.parametrize(
    "name", ["\x1f", "a\x1fb", "\x1f\x1f", "a\x1f", "\x1fa", ".", "\x00", "é", "😀", '"', "\\"]
)
def test_a_name_of_any_letters_is_kept_apart_and_erased(name: str) -> None:
    update = ProfileUpdate(
        "p1",
        USER,
        NOW_MS,
        attributes={name: 1, "a": 2},
        identifiers={name: "x"},
        consent={name: True},
        preferences=Preferences(channels={name: False}, types={name: {name: False}}),
    )
    life = Life(USER, Knowledge())
    life.take(update, NOW_MS)
    profile = unpack(life.state.sections[Section.PROFILE])
    values = [msgspec.json.decode(piece) for piece in profile.pieces[:-1]]
    assert values[:4] == [
        {name: "x"},
        {name: 1, "a": 2},
        {"channels": {name: False}, "types": {name: {name: False}}},
        {name: True},
    ]
    life.take(ProfileUpdate("p2", USER, NOW_MS + 1, erase=True), NOW_MS + 1)
    assert shown(life.state.sections[Section.PROFILE]) == shown(b"")
    assert unpack(life.state.sections[Section.PROFILE]).pieces == unpack(b"").pieces


@pytest.mark.parametrize("erased_first", [True, False])
def test_a_bounce_from_before_an_erasure_is_forgotten_in_either_order(erased_first: bool) -> None:
    channel = next(name for name, each in DEFAULT_POLICY.channels.items() if each.address)
    bounce = Feedback("f1", USER, "d", channel, Outcome.BOUNCED, NOW_MS - 2)
    erasure = ProfileUpdate("p1", USER, NOW_MS - 1, erase=True)
    profile = _profile([erasure, bounce] if erased_first else [bounce, erasure])
    assert msgspec.json.decode(profile.pieces[4]) == {}


@given(st.lists(st.sampled_from(("UTC", "Asia/Tokyo", "No/Zone")), max_size=6), seeds)
def test_the_zone_is_that_of_the_last_writer_in_any_order(names: list[str], order: int) -> None:
    events: list[Record] = [
        Event(f"e{place}", USER, "open", NOW_MS + place // 2, time_zone=name)
        for place, name in enumerate(names)
    ]
    zone = _profile(_shuffled(events, order)).zone
    known = [name for name in names if name != "No/Zone"]
    assert zone.name == (known[-1] if known else None)
