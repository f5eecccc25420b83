"""Between a user's state and its bytes."""

from state.layout import MAGIC, PREFIX, VERSION, lengths
from tactful.engine.state import SECTION_COUNT, UserState

_HEADS = {count: lengths(count) for count in range(1, SECTION_COUNT + 1)}
_HEAD = _HEADS[SECTION_COUNT]
_pack_head = _HEAD.pack
_unpack_prefix = PREFIX.unpack_from


class StateError(ValueError):
    """Bytes that are no state this version can read."""


def unpack(value: bytes | None, user_id: str) -> UserState:
    """The state in `value`; None is a user never seen.

    Raises:
        StateError: the bytes are damaged, or written by a newer version.
    """
    if not value:
        return UserState(user_id)
    if len(value) < PREFIX.size:
        raise StateError(f"state of {user_id!r}: found {len(value)} bytes, allowed: {PREFIX.size}+")
    magic, version, count, wakeup_ms = _unpack_prefix(value)
    head = _HEADS.get(count)
    if magic != MAGIC or version != VERSION or head is None:
        raise StateError(
            f"state of {user_id!r}: found magic {magic:#x}, version {version}, {count} sections, "
            f"allowed: magic {MAGIC:#x}, version {VERSION}, 1 to {SECTION_COUNT} sections"
        )
    if len(value) < head.size:
        raise StateError(f"state of {user_id!r}: found {len(value)} bytes, allowed: {head.size}+")
    sizes = head.unpack_from(value)[4:]
    sections = []
    start = head.size
    for size in sizes:
        end = start + size
        sections.append(value[start:end])
        start = end
    if start != len(value):
        raise StateError(f"state of {user_id!r}: found {len(value)} bytes, allowed: {start}")
    if count < SECTION_COUNT:
        sections.extend([b""] * (SECTION_COUNT - count))
    return UserState(user_id, sections, wakeup_ms or None)


def pack(state: UserState) -> bytes:
    """The bytes of a state; `unpack` gives an equal state back."""
    sections = state.sections
    return _pack_head(
        MAGIC, VERSION, SECTION_COUNT, state.wakeup_ms or 0, *map(len, sections)
    ) + b"".join(sections)
