"""The key tables of the page on policies: keys, types and defaults from the model.

`python -m schemas.policy_tables docs/policy.md` makes them anew between `<!-- keys NAME -->` and
`<!-- end -->`. What a key means is written in the page itself and kept; a new key comes without.
"""

import re
import sys
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect as types

from tactful.policy import model
from tactful.policy.faults import hints_of
from tactful.policy.form.reading import SPAN
from tactful.policy.form.writing import default_of, plain
from tactful.records import LocalSpan, Reason
from tactful.records.common import LocalTime

_BLOCK = re.compile(r"(<!-- keys (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
_ROW = re.compile(r"^\| `(\w+)` \|.*\| ([^|]*) \|$", re.MULTILINE)
_HEADER = "| Key | Type | Default | Meaning |\n|---|---|---|---|\n"
_TIME_PATTERN = types.type_info(LocalTime).pattern  # type: ignore[attr-defined]
_CONDITION_CHARS = 1000
_SHOWN = 60

STRUCTS = {
    each.__name__: each
    for each in (*vars(model).values(), LocalSpan)
    if isinstance(each, type)
    and issubclass(each, msgspec.Struct)
    and (each.__module__ == model.__name__ or each is LocalSpan)
}
"""All structs of a policy by name."""


def fill(page: str) -> str:
    """A page with all its tables made anew, the meanings kept."""
    anchors = _anchors(page)

    def block(found: re.Match[str]) -> str:
        meanings = dict(_ROW.findall(found[3]))
        return f"{found[1]}{table(found[2], meanings, anchors)}{found[4]}"

    return _BLOCK.sub(block, page)


def table(name: str, meanings: dict[str, str], anchors: dict[str, str]) -> str:
    """The keys of a struct as a Markdown table.

    Args:
        name: the struct's name.
        meanings: what each key means.
        anchors: where on the page the structs have their tables.
    """
    struct = STRUCTS[name]
    hints = hints_of(struct)
    rows = []
    for field in msgspec.structs.fields(struct):
        key = field.encode_name
        short = key.removesuffix(SPAN)
        info = types.type_info(hints[key])
        words = _Words(span=short != key, anchors=anchors).of(info)
        rows.append(
            f"| `{short}` | {words} | {_default(field, span=short != key)} "
            f"| {meanings.get(short, '')} |\n"
        )
    return _HEADER + "".join(rows)


def _anchors(page: str) -> dict[str, str]:
    """The heading above each table, as Markdown links to it."""
    anchors, heading = {}, ""
    for line in page.splitlines():
        if line.startswith("#"):
            words = re.sub(r"[^\w\- ]", "", line.lstrip("# ").lower())
            heading = words.replace(" ", "-")
        if line.startswith("<!-- keys "):
            anchors[line.split()[2]] = heading
    return anchors


def _default(field: Any, *, span: bool) -> str:
    if field.required:
        return "required"
    value = default_of(field)
    if isinstance(value, msgspec.Struct):
        return "its defaults"
    found = plain(value, span=span)
    if found is None or found in ([], {}, ""):
        return "none"
    if isinstance(found, list) and len(set(map(str, found))) == 1 and len(found) > 1:
        return f"{found[0]} each"
    if isinstance(found, dict):
        return ", ".join(f"{key}: {each}" for key, each in found.items())
    if isinstance(found, list):
        return ", ".join(map(str, found))
    return msgspec.json.encode(found).decode() if not isinstance(found, str) else found


class _Words:
    """What may stand at a key, in words."""

    def __init__(self, *, span: bool, anchors: dict[str, str]) -> None:
        self._span = span
        self._anchors = anchors

    def of(self, info: types.Type) -> str:
        match info:
            case types.UnionType():
                inside = [each for each in info.types if not isinstance(each, types.NoneType)]
                words = " or ".join(map(self.of, inside))
                return words if self._span else f"{words}, or null"
            case types.Metadata():
                return self.of(info.type)
            case types.EnumType(cls=cls) if cls is Reason:
                return "constraint's reason"
            case types.EnumType():
                words = ", ".join(str(member.value) for member in info.cls)
                return words if len(words) <= _SHOWN else info.cls.__name__.lower()
            case types.StructType():
                name = info.cls.__name__
                return f"[map](#{self._anchors[name]})"
            case types.DictType():
                return f"map of {self.of(info.key_type)} to {self.of(info.value_type)}"
            case types.VarTupleType():
                size = f" ({info.min_length} of them)" if info.min_length else ""
                return f"list of {self.of(info.item_type)}{size}"
            case types.BoolType():
                return "true, false"
            case types.IntType() if self._span:
                return "duration" if info.gt == 0 else "duration, 0s allowed"
            case types.IntType() | types.FloatType():
                return self._number(info)
            case types.StrType(pattern=pattern) if pattern == _TIME_PATTERN:
                return "local time HH:MM"
            case types.StrType():
                return "condition" if info.max_length == _CONDITION_CHARS else "name"
        raise TypeError(f"no words for {info}")

    def _number(self, info: types.IntType | types.FloatType) -> str:
        kind = "whole number" if isinstance(info, types.IntType) else "number"
        low = info.ge if info.ge is not None else info.gt
        above = "above " if info.ge is None and info.gt is not None else ""
        if low is None:
            return kind
        high = f" to {info.le:g}" if info.le is not None else ""
        more = "" if high or above else " or more"
        return f"{kind}, {above}{low:g}{high}{more}"


if __name__ == "__main__":
    for each in map(Path, sys.argv[1:]):
        each.write_text(fill(each.read_text()))
