"""The trials section in bytes: the holdbacks that a user was already counted in, 4 bytes each.

A user counts once per type and salt, from the first send that was due. So who is sent more is no
more in the figures than who is sent less.
"""

from tactful.ids import tag

MAX_TRIALS = 64
"""Holdbacks remembered per user; beyond it the one begun first is forgotten, and may come again."""

_WIDTH = 4


def has_begun(section: bytes, type_name: str, salt: str) -> bool:
    """Whether the user was counted in a type's holdback."""
    mark = _mark(type_name, salt)
    return any(section[at : at + _WIDTH] == mark for at in range(0, len(section), _WIDTH))


def begun(section: bytes, type_name: str, salt: str) -> bytes:
    """The section with one more holdback; it is not there yet."""
    return (section + _mark(type_name, salt))[-MAX_TRIALS * _WIDTH :]


def _mark(type_name: str, salt: str) -> bytes:
    return tag(f"{salt}\x1f{type_name}").to_bytes(_WIDTH, "little")
