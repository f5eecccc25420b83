"""Where a policy's JSON leaves its shape: each place with its key, what was found, what is allowed.

The decoder stops at the first fault and says neither which type or channel it lies in nor which
keys there are, so a policy it refused is walked once more, by the same annotations.
"""

import enum
import json
import types
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

Path = tuple[str | int, ...]
"""The keys and indexes from the top of a policy down to a place in it."""

_KINDS: dict[type, str] = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    type(None): "null",
}
_LOCAL_TIME = 'a local time "HH:MM", 00:00 to 23:59'
"""The only text of a policy that must match a pattern."""

_SHOWN_CHARACTERS = 80
_LIKE_ENOUGH = 0.6
"""As much as a misspelt word must have in common with the one it may mean."""


class Fault(NamedTuple):
    """What is wrong at one place.

    Attributes:
        path: the place.
        said: what was found and what is allowed.
    """

    path: Path
    said: str

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {self.said}" if self.path else self.said


def path_text(path: Path) -> str:
    """A place as a person writes it.

    >>> path_text(("caps", 0, "types"))
    'caps[0].types'
    """
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def one_of(found: str, allowed: Iterable[str]) -> str:
    """The end of a sentence on a name that is not known: what is allowed, and what may be meant.

    >>> one_of("emial", ["email", "push"])
    'allowed: email, push (did you mean email?)'
    """
    names = list(allowed)
    near = get_close_matches(found, names, n=1, cutoff=_LIKE_ENOUGH)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"allowed: {', '.join(names) or 'none, as there are none'}{hint}"


def faults(value: Any, allowed: Any, path: Path = ()) -> Iterator[Fault]:
    """The faults of decoded JSON against a type: a struct, or what a struct's fields may be."""
    inside = list(_inside(value, core_of(allowed), path))
    yield from inside
    if not inside:
        try:
            msgspec.convert(value, allowed)
        except msgspec.ValidationError as error:
            said = f"found {shown(value)}, {_allowed(value, core_of(allowed), error)}"
            yield Fault(path, said)


def _inside(value: Any, core: Any, path: Path) -> Iterator[Fault]:
    """The faults of what stands in an object or an array."""
    arguments = get_args(core)
    if isinstance(value, dict) and is_struct(core):
        hints = hints_of(core)
        for name, each in value.items():
            if name in hints:
                yield from faults(each, hints[name], (*path, name))
            else:
                yield Fault((*path, name), f"unknown key, {one_of(name, hints)}")
        for field in msgspec.structs.fields(core):
            if field.required and field.encode_name not in value:
                yield Fault((*path, field.encode_name), "found nothing, it is required")
    elif isinstance(value, dict) and get_origin(core) is dict:
        for name, each in value.items():
            yield from faults(name, arguments[0], (*path, f"{name} (the key)"))
            yield from faults(each, arguments[1], (*path, name))
    elif isinstance(value, list) and get_origin(core) is tuple:
        for index, each in enumerate(value):
            yield from faults(each, arguments[0], (*path, index))


def is_struct(core: Any) -> bool:
    """Whether a type is a struct of the policy."""
    return isinstance(core, type) and issubclass(core, msgspec.Struct)


def hints_of(core: Any) -> dict[str, Any]:
    """What the keys of a struct may be, with their bounds."""
    return get_type_hints(core, include_extras=True)


def core_of(allowed: Any) -> Any:
    """A type without its bounds and without the null it may be."""
    if get_origin(allowed) is Annotated:
        return core_of(get_args(allowed)[0])
    if get_origin(allowed) in (Union, types.UnionType):
        [other] = [each for each in get_args(allowed) if each is not type(None)]
        return core_of(other)
    return allowed


def _allowed(value: Any, core: Any, error: msgspec.ValidationError) -> str:
    if isinstance(core, type) and issubclass(core, enum.Enum):
        return one_of(value if isinstance(value, str) else "", [each.value for each in core])
    said: str = str(error).partition(" - at `")[0].partition(", got ")[0]
    if " matching regex " in said:
        return f"allowed: {_LOCAL_TIME}"
    return "allowed: " + said.removeprefix("Expected ").replace("`", "")


def shown(value: Any) -> str:
    """A value as a message shows it, cut when it is long."""
    kind = _KINDS[type(value)]
    if isinstance(value, dict | list):
        return f"{kind} of {len(value)}"
    if value is None:
        return kind
    text = json.dumps(value, ensure_ascii=False)
    cut = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
    return f"{cut} ({kind})"
