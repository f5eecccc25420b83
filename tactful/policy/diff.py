"""What differs between two policies, key by key, in words; a default that is written out is none.

Types, channels and groups are told apart by their key, caps, gaps, cool-downs and rules by their
name, wherever they stand.
"""

import enum
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from tactful.policy.form.reading import SPAN
from tactful.policy.form.writing import plain
from tactful.policy.model import Cap, CoolDown, Gap, Policy, Rule


class Turn(enum.StrEnum):
    """What became of a key."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(NamedTuple):
    """One key that differs.

    Attributes:
        turn: what became of it.
        key: which one, as a file has it.
        old: what it was, empty if it is added.
        new: what it is, empty if it is removed.
    """

    turn: Turn
    key: str
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        if self.turn is Turn.ADDED:
            return f"{self.key}: added ({self.new})" if self.new else f"{self.key}: added"
        if self.turn is Turn.REMOVED:
            return f"{self.key}: removed"
        return f"{self.key}: {self.old} -> {self.new}"


def changes(old: Policy, new: Policy) -> list[Change]:
    """All that differs, in the order of the policy's keys.

    >>> from tactful.policy import DEFAULT_POLICY as old
    >>> new = msgspec.structs.replace(old, quiet_hours=None, caps=old.caps[1:])
    >>> [str(each) for each in changes(old, new)]
    ['caps.marketing_daily: removed', 'quiet_hours: removed']
    """
    return list(_structs(old, new, ""))


def _structs(old: Any, new: Any, key: str) -> Iterator[Change]:
    for field in msgspec.structs.fields(old):
        one, other = getattr(old, field.name), getattr(new, field.name)
        name = field.encode_name.removesuffix(SPAN)
        span = name != field.encode_name
        yield from _values(one, other, f"{key}.{name}" if key else name, span=span)


def _values(old: Any, new: Any, key: str, *, span: bool) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, msgspec.Struct) and isinstance(new, msgspec.Struct):
        yield from _structs(old, new, key)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _maps(old, new, key, span=span)
    elif _is_named(old) or _is_named(new):
        yield from _maps(_by_name(old), _by_name(new), key, span=span)
        before, after = _by_name(old), _by_name(new)
        one = [name for name in before if name in after]
        other = [name for name in after if name in before]
        if one != other:
            yield Change(Turn.CHANGED, f"{key} (order)", ", ".join(one), ", ".join(other))
    elif isinstance(old, msgspec.Struct):
        yield Change(Turn.REMOVED, key)
    elif isinstance(new, msgspec.Struct):
        yield Change(Turn.ADDED, key, new=_words(new, span=span))
    else:
        yield Change(Turn.CHANGED, key, _words(old, span=span), _words(new, span=span))


def _maps(
    old: Mapping[str, Any], new: Mapping[str, Any], key: str, *, span: bool
) -> Iterator[Change]:
    for name in [*old, *(name for name in new if name not in old)]:
        place = f"{key}.{name}"
        if name not in new:
            yield Change(Turn.REMOVED, place)
        elif name not in old:
            yield Change(Turn.ADDED, place, new=_words(new[name], span=span))
        else:
            yield from _values(old[name], new[name], place, span=span)


def _is_named(value: Any) -> bool:
    kinds = Cap | Gap | CoolDown | Rule
    return isinstance(value, tuple) and any(isinstance(each, kinds) for each in value)


def _by_name(value: Any) -> dict[str, Any]:
    return {each.name: each for each in value}


def _words(value: Any, *, span: bool) -> str:
    """A value on one line."""
    return _line(plain(value, span=span))


def _line(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        inside = ", ".join(f"{key} {_line(each)}" for key, each in value.items() if key != "name")
        return inside or "all defaults"
    if isinstance(value, list):
        words = [f"({_line(each)})" if isinstance(each, dict) else _line(each) for each in value]
        return f"[{', '.join(words)}]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
