"""Between a record and the values Avro holds for it.

Three things have no Avro type of their own. A free-form value is a union of null, boolean, long,
double, string, array and map; inside arrays and maps each value stands in a record `Json`, because
an Avro type can only refer to itself by a name. A field that may be absent and also null is a union
that starts with the enum `Unset`. JSON that is passed through (`msgspec.Raw`) is a free-form map.
"""

import enum
import math
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect as types

from schemas.errors import EncodeError
from schemas.kinds import label
from schemas.wording import FREE_FORM, is_free_form, options_of

UNSET = "UNSET"
_INT64 = range(-(2**63), 2**63)
_encode_raw = msgspec.json.Encoder(order="deterministic").encode


class NotJsonError(ValueError):
    """A free-form value that JSON or Avro can't hold; carries its path and what was found."""

    def __init__(self, path: str, found: str) -> None:
        self.path = path
        self.found = found
        super().__init__(f"{path}: {found}")


class Plan(NamedTuple):
    """The fields of a record that need a hand, by name.

    Attributes:
        free_form: maps of free-form values.
        raw: JSON that is passed through.
        nested: records inside it that need a hand too, and whether they stand in a list.
        gaps: whether fields may be absent and also null.
    """

    free_form: tuple[str, ...]
    raw: tuple[str, ...]
    nested: tuple[tuple[str, type[msgspec.Struct], bool], ...]
    gaps: bool


@cache
def plan_of(type_: type[msgspec.Struct]) -> Plan:
    """Which fields of a record need a hand."""
    info = types.type_info(type_)
    assert isinstance(info, types.StructType)
    free_form, raw, nested = [], [], []
    for field in info.fields:
        for option in options_of(field.type):
            if isinstance(option, types.DictType) and is_free_form(option.value_type):
                free_form.append(field.encode_name)
            elif isinstance(option, types.RawType):
                raw.append(field.encode_name)
            else:
                listed = isinstance(option, types.ListType)
                inner = option.item_type if isinstance(option, types.ListType) else option
                if isinstance(inner, types.StructType) and any(plan_of(inner.cls)):
                    nested.append((field.encode_name, inner.cls, listed))
    gaps = any(field.default is msgspec.UNSET for field in msgspec.structs.fields(type_))
    return Plan(tuple(free_form), tuple(raw), tuple(nested), gaps)


def from_avro(type_: type[msgspec.Struct], tree: dict[str, Any], path: str = "") -> dict[str, Any]:
    """What a reader gave, in the shape that `msgspec.convert` takes. Changes `tree`.

    Args:
        type_: the record's type.
        tree: the reader's values.
        path: where the record stands in another one, with a dot behind it.

    Raises:
        NotJsonError: a free-form number is not finite.
    """
    plan = plan_of(type_)
    for name in plan.free_form:
        if tree[name] is not None:
            tree[name] = _unwrap_items(tree[name], path + name)
    for name in plan.raw:
        tree[name] = msgspec.Raw(_encode_raw(_unwrap_items(tree[name], path + name)))
    for name, inner, listed in plan.nested:
        value = tree[name]
        if value is None:
            continue
        if listed:
            tree[name] = [
                from_avro(inner, item, f"{path}{name}[{index}].")
                for index, item in enumerate(value)
            ]
        else:
            tree[name] = from_avro(inner, value, f"{path}{name}.")
    if plan.gaps:
        return {name: value for name, value in tree.items() if value != UNSET}
    return tree


def to_avro(record: msgspec.Struct) -> dict[str, Any]:
    """The values that a writer takes for a record.

    Raises:
        EncodeError: a free-form value has no Avro form.
    """
    try:
        return _fields(record, "")
    except NotJsonError as error:
        raise EncodeError(label(type(record)), error.path, error.found, FREE_FORM) from None


def _fields(record: msgspec.Struct, path: str) -> dict[str, Any]:
    plan = plan_of(type(record))
    tree = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        here = path + name
        if name in plan.raw:
            tree[name] = _wrap_items(msgspec.json.decode(value), here)
        elif name in plan.free_form and value is not None:
            tree[name] = _wrap_items(value, here)
        else:
            tree[name] = _plain(value, here)
    return tree


def _plain(value: Any, path: str) -> Any:
    if isinstance(value, msgspec.Struct):
        return _fields(value, f"{path}.")
    if isinstance(value, dict):
        return {str(key): _plain(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[{index}]") for index, item in enumerate(value)]
    if value is msgspec.UNSET:
        return UNSET
    return value.value if isinstance(value, enum.Enum) else value


def _unwrap_items(items: dict[str, Any], path: str) -> dict[str, Any]:
    return {key: _unwrap(item, path, key) for key, item in items.items()}


def _unwrap(value: Any, path: str, key: str | int) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    here = f"{path}.{key}" if isinstance(key, str) else f"{path}[{key}]"
    if kind is float:
        if not math.isfinite(value):
            raise NotJsonError(here, repr(value))
        return value
    if kind is list:
        return [_unwrap(item["value"], here, index) for index, item in enumerate(value)]
    return {inner: _unwrap(item["value"], here, inner) for inner, item in value.items()}


def _wrap_items(items: Any, path: str) -> dict[str, Any]:
    if not isinstance(items, dict):
        raise NotJsonError(path, f"a value of type {type(items).__name__}")
    return {key: _wrap(item, f"{path}.{key}") for key, item in items.items()}


def _wrap(value: Any, path: str) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and value in _INT64:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list | tuple):
        return [{"value": _wrap(item, f"{path}[{index}]")} for index, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: {"value": _wrap(item, f"{path}.{key}")} for key, item in value.items()}
    raise NotJsonError(path, repr(value))
