"""Finding the field at fault in a record that was refused. Runs only after a failure."""

import math
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import inspect as types

from schemas.wording import FREE_FORM, allowed, found, is_free_form, is_nullable, options_of
from tactful.records.common import MAX_NESTING

_INT64 = range(-(2**63), 2**63)


class Fault(NamedTuple):
    """One field that breaks the contract."""

    field: str
    found: str
    allowed: str


def first_fault(type_: type[msgspec.Struct], record: dict[Any, Any]) -> Fault | None:
    """The first field at fault, in the order in which the record declares its fields."""
    return next(_faults_of_fields(_info(type_), record, ""), None)


def fault_at(type_: type[msgspec.Struct], path: str) -> str:
    """What is allowed in the field that a path begins with."""
    name = path.replace("[", ".").split(".")[0]
    for field in _info(type_).fields:
        if field.encode_name == name:
            return allowed(field.type, name)
    return "the fields of the contract"


@cache
def _info(type_: type[msgspec.Struct]) -> types.StructType:
    info = types.type_info(type_)
    assert isinstance(info, types.StructType)
    return info


def _faults_of_fields(type_: types.StructType, value: dict[Any, Any], path: str) -> Iterator[Fault]:
    for field in type_.fields:
        name = field.encode_name
        here = f"{path}.{name}" if path else name
        if name in value:
            yield from _faults(field.type, value[name], here, name)
        elif field.required:
            yield Fault(here, "nothing", allowed(field.type, name))


def _faults(type_: types.Type, value: Any, path: str, name: str = "") -> Iterator[Fault]:
    if is_free_form(type_):
        yield from _free_form_faults(value, path, MAX_NESTING)
        return
    if value is None and is_nullable(type_):
        return
    for option in options_of(type_):
        match option, value:
            case types.StructType(), dict():
                yield from _faults_of_fields(option, value, path)
                return
            case types.DictType(), dict():
                yield from _faults_of_items(option, value, path)
                return
            case types.ListType(), list() if _fits(len(value), option):
                for index, item in enumerate(value):
                    yield from _faults(option.item_type, item, f"{path}[{index}]")
                return
            case _ if _accepts(option, value):
                return
    yield Fault(path, found(value, type_), allowed(type_, name))


def _faults_of_items(type_: types.DictType, value: dict[Any, Any], path: str) -> Iterator[Fault]:
    for key, item in value.items():
        if not _accepts(type_.key_type, key):
            yield Fault(path, f"the name {found(key, type_.key_type)}", allowed(type_.key_type))
        yield from _faults(type_.value_type, item, f"{path}.{key}")


def _free_form_faults(value: Any, path: str, nesting: int) -> Iterator[Fault]:
    if isinstance(value, dict | list):
        if not nesting:
            yield Fault(path, "deeper nesting", FREE_FORM)
            return
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            step = f".{key}" if isinstance(value, dict) else f"[{key}]"
            yield from _free_form_faults(item, path + step, nesting - 1)
    elif isinstance(value, int):
        if value not in _INT64:
            yield Fault(path, found(value, types.IntType()), FREE_FORM)
    elif (isinstance(value, float) and not math.isfinite(value)) or isinstance(value, bytes):
        yield Fault(path, repr(value), FREE_FORM)


def _accepts(type_: types.Type, value: Any) -> bool:
    """Whether a value that holds no others has this type."""
    match type_:
        case types.EnumType():
            return isinstance(value, str) and value in {member.value for member in type_.cls}
        case types.LiteralType():
            return value in type_.values
        case types.RawType():
            return isinstance(value, dict | msgspec.Raw)
        case types.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case types.IntType():
            return type(value) is int and _within(value, type_.ge, type_.le)
        case types.StrType():
            return isinstance(value, str) and _is_text(type_, value)
        case types.BoolType():
            return isinstance(value, bool)
        case types.BytesType():
            return isinstance(value, bytes | str)
    return False


def _is_text(type_: types.StrType, value: str) -> bool:
    if type_.pattern is None:
        return _fits(len(value), type_)
    try:
        msgspec.convert(value, type=_pattern(type_.pattern))
    except msgspec.ValidationError:
        return False
    return True


@cache
def _pattern(pattern: str) -> Any:

    return Annotated[str, msgspec.Meta(pattern=pattern)]


def _fits(length: int, type_: types.StrType | types.ListType) -> bool:
    return _within(length, type_.min_length, type_.max_length)


def _within(value: int, low: int | None, high: int | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
