import pytest
from builders import HOUR_MS, NOW, USER, a_request, a_user, an_event

from state.codec import StateError, pack, unpack
from state.layout import MAGIC, PREFIX, VERSION
from tactful.engine.state import SECTION_COUNT, UserState


def a_state() -> UserState:
    user = a_user(time_zone="Europe/Berlin")
    user.take(an_event())
    user.asked(a_request("sent"))
    user.asked(a_request("held", not_before_ms=NOW + HOUR_MS))
    return user.state


@pytest.mark.parametrize("value", [None, b""])
def test_no_bytes_are_a_user_never_seen(value: bytes | None) -> None:
    assert unpack(value, USER) == UserState(USER)


def test_a_state_survives_its_bytes() -> None:
    state = a_state()
    assert unpack(pack(state), USER) == state
    assert pack(unpack(pack(state), USER)) == pack(state)


def test_the_head_is_as_the_layout_says() -> None:
    state = UserState(USER, [bytes([65 + n]) * n for n in range(SECTION_COUNT)], 258)
    value = pack(state)
    assert value[:11] == bytes([0x54, 1, SECTION_COUNT, 2, 1, 0, 0, 0, 0, 0, 0])
    assert value[11:15] == bytes(4)
    assert value[15:19] == bytes([1, 0, 0, 0])
    assert value[11 + 4 * SECTION_COUNT :] == b"".join(state.sections)


def test_without_a_wake_up_there_is_none_after_the_bytes_either() -> None:
    assert unpack(pack(UserState(USER)), USER).wakeup_ms is None


@pytest.mark.parametrize("count", range(1, SECTION_COUNT))
def test_a_state_of_fewer_sections_gets_empty_ones(count: int) -> None:
    sections = [b"x" * (n + 1) for n in range(count)]
    head = PREFIX.pack(MAGIC, VERSION, count, 0)
    sizes = b"".join(len(section).to_bytes(4, "little") for section in sections)
    state = unpack(head + sizes + b"".join(sections), USER)
    assert state.sections == sections + [b""] * (SECTION_COUNT - count)


def test_bytes_cut_short_anywhere_are_refused() -> None:
    value = pack(a_state())
    for size in range(1, len(value)):
        with pytest.raises(StateError, match=f"^state of '{USER}': found"):
            unpack(value[:size], USER)


def test_bytes_too_many_are_refused() -> None:
    value = pack(a_state())
    message = rf"found {len(value) + 1} bytes, allowed: {len(value)}$"
    with pytest.raises(StateError, match=message):
        unpack(value + b"\0", USER)


@pytest.mark.parametrize(
    ("at", "found"),
    [(0, "found magic 0xff"), (1, "version 255"), (2, "255 sections")],
)
def test_what_another_program_or_a_newer_version_wrote_is_refused(at: int, found: str) -> None:
    value = bytearray(pack(a_state()))
    value[at] = 0xFF
    with pytest.raises(StateError, match=found) as caught:
        unpack(bytes(value), USER)
    assert f"allowed: magic 0x54, version 1, 1 to {SECTION_COUNT} sections" in str(caught.value)


def test_no_sections_at_all_are_refused() -> None:
    with pytest.raises(StateError, match="0 sections"):
        unpack(PREFIX.pack(MAGIC, VERSION, 0, 0) + bytes(40), USER)


def test_a_length_that_lies_is_refused() -> None:
    value = bytearray(pack(a_state()))
    value[14] = 0x7F
    with pytest.raises(StateError, match="bytes, allowed"):
        unpack(bytes(value), USER)
