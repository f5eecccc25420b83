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
    """The fields of a record that need a hand."""

    free_form: tuple[str, ...]
    raw: tuple[str, ...]
    with_gaps: tuple[str, ...]


@cache
def plan_of(type_: type[msgspec.Struct]) -> Plan:
    """Which fields of a record are free-form, passed through, or records with absent fields."""
    info = types.type_info(type_)
    assert isinstance(info, types.StructType)
    free_form, raw, with_gaps = [], [], []
    for field in info.fields:
        for option in options_of(field.type):
            if isinstance(option, types.DictType) and is_free_form(option.value_type):
                free_form.append(field.encode_name)
            elif isinstance(option, types.RawType):
                raw.append(field.encode_name)
            elif isinstance(option, types.StructType) and any(
                inner.default is msgspec.UNSET for inner in msgspec.structs.fields(option.cls)
            ):
                with_gaps.append(field.encode_name)
    return Plan(tuple(free_form), tuple(raw), tuple(with_gaps))


def from_avro(type_: type[msgspec.Struct], tree: dict[str, Any]) -> dict[str, Any]:
    """What a reader gave, in the shape that `msgspec.convert` takes. Changes `tree`.

    Raises:
        NotJsonError: a free-form number is not finite.
    """
    plan = plan_of(type_)
    for name in plan.free_form:
        if tree[name] is not None:
            tree[name] = _unwrap_items(tree[name], name)
    for name in plan.raw:
        tree[name] = msgspec.Raw(_encode_raw(_unwrap_items(tree[name], name)))
    for name in plan.with_gaps:
        if tree[name] is not None:
            tree[name] = {key: item for key, item in tree[name].items() if item != UNSET}
    return tree


def to_avro(record: msgspec.Struct) -> dict[str, Any]:
    """The values that a writer takes for a record.

    Raises:
        EncodeError: a free-form value has no Avro form.
    """
    plan = plan_of(type(record))
    tree = {}
    try:
        for name in record.__struct_fields__:
            value = getattr(record, name)
            if name in plan.raw:
                tree[name] = _wrap_items(msgspec.json.decode(value), name)
            elif name in plan.free_form and value is not None:
                tree[name] = _wrap_items(value, name)
            else:
                tree[name] = _plain(value)
    except NotJsonError as error:
        raise EncodeError(label(type(record)), error.path, error.found, FREE_FORM) from None
    return tree


def _plain(value: Any) -> Any:
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if value is msgspec.UNSET:
        return UNSET
    return value.value if isinstance(value, enum.Enum) else value


def _unwrap_items(items: dict[str, Any], path: str) -> dict[str, Any]:
    return {key: _unwrap(item, path, key) for key, item in items.items()}


def _unwrap(value: Any, path: str, key: str) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is float:
        if not math.isfinite(value):
            raise NotJsonError(f"{path}.{key}", repr(value))
        return value
    here = f"{path}.{key}"
    if kind is list:
        return [_unwrap(item["value"], here, str(index)) for index, item in enumerate(value)]
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
