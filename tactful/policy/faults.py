"""Where a policy's JSON leaves its shape: each place with its key, what was found, what is allowed.

The decoder stops at the first fault and says neither which type or channel it lies in nor which
keys there are, so a policy it refused is walked once more, by the same annotations.
"""

import enum
import json
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

_KINDS: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}
_SHOWN_CHARACTERS = 80


def faults(value: Any, allowed: Any, path: str = "") -> Iterator[str]:
    """The faults of decoded JSON against a type: a struct, or what a struct's fields may be."""
    inside = list(_inside(value, _core(allowed), path))
    yield from inside
    if not inside:
        try:
            msgspec.convert(value, allowed)
        except msgspec.ValidationError as error:
            place = f"{path}: " if path else ""
            yield f"{place}found {_shown(value)}, allowed: {_allowed(_core(allowed), error)}"


def _inside(value: Any, core: Any, path: str) -> Iterator[str]:
    """The faults of what stands in an object or an array."""
    prefix = f"{path}." if path else ""
    arguments = get_args(core)
    if isinstance(value, dict) and isinstance(core, type) and issubclass(core, msgspec.Struct):
        hints = get_type_hints(core, include_extras=True)
        keys = ", ".join(hints)
        for name, each in value.items():
            if name in hints:
                yield from faults(each, hints[name], prefix + name)
            else:
                yield f"{prefix}{name}: unknown key, allowed: {keys}"
        for field in msgspec.structs.fields(core):
            if field.required and field.encode_name not in value:
                yield f"{prefix}{field.encode_name}: found nothing, it is required"
    elif isinstance(value, dict) and get_origin(core) is dict:
        for name, each in value.items():
            yield from faults(name, arguments[0], f"{prefix}{name} (the key)")
            yield from faults(each, arguments[1], prefix + name)
    elif isinstance(value, list) and get_origin(core) is tuple:
        for index, each in enumerate(value):
            yield from faults(each, arguments[0], f"{path}[{index}]")


def _core(allowed: Any) -> Any:
    """A type without its bounds and without the null it may be."""
    if get_origin(allowed) is Annotated:
        return _core(get_args(allowed)[0])
    if get_origin(allowed) in (Union, types.UnionType):
        [other] = [each for each in get_args(allowed) if each is not type(None)]
        return _core(other)
    return allowed


def _allowed(core: Any, error: msgspec.ValidationError) -> str:
    if isinstance(core, type) and issubclass(core, enum.Enum):
        return ", ".join(str(each.value) for each in core)
    said: str = str(error).partition(" - at `")[0].partition(", got ")[0]
    return said.removeprefix("Expected ").replace("`", "")


def _shown(value: Any) -> str:
    kind = _KINDS[type(value)]
    if isinstance(value, dict | list):
        return f"{kind} of {len(value)}"
    if value is None:
        return kind
    text = json.dumps(value, ensure_ascii=False)
    shown = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
    return f"{shown} ({kind})"
