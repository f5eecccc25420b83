"""How types and values are spelled in errors and in the tables of the documentation."""

import re
from typing import Any

import msgspec
from msgspec import inspect as types

from tactful.records.common import MAX_NESTING, LocalTime

_SHOWN = 60
_PATTERNS = {types.type_info(LocalTime).pattern: 'local time "HH:MM"'}  # type: ignore[attr-defined]
_JSON_NAMES = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "list",
    dict: "object",
    bytes: "bytes",
    type(None): "null",
}
FREE_FORM = f"any JSON value (integers within 64 bits, nested at most {MAX_NESTING} deep)"


def is_free_form(type_: types.Type) -> bool:
    """Whether any JSON value may stand there."""
    if isinstance(type_, types.AnyType):
        return True
    if not isinstance(type_, types.UnionType):
        return False
    classes = {type(option) for option in type_.types}
    return {types.FloatType, types.ListType, types.DictType} <= classes


def options_of(type_: types.Type) -> tuple[types.Type, ...]:
    """The types that may stand there, null and absence apart."""
    if is_free_form(type_) or not isinstance(type_, types.UnionType):
        return (type_,)
    return tuple(option for option in type_.types if not isinstance(option, types.NoneType))


def is_nullable(type_: types.Type) -> bool:
    """Whether null may stand there."""
    if isinstance(type_, types.UnionType):
        return any(isinstance(option, types.NoneType) for option in type_.types)
    return isinstance(type_, types.AnyType | types.NoneType)


def allowed(type_: types.Type, name: str = "") -> str:
    """What may stand in a field of this type, in words.

    >>> allowed(types.type_info(bool))
    'true or false'
    """
    if is_free_form(type_):
        return FREE_FORM
    return " or ".join(_allowed(option, name) for option in options_of(type_))


def _allowed(type_: types.Type, name: str) -> str:
    match type_:
        case types.StructType():
            return "object"
        case types.RawType():
            return "JSON object"
        case types.EnumType():
            return ", ".join(member.value for member in type_.cls)
        case types.LiteralType():
            return ", ".join(map(str, type_.values))
        case types.BoolType():
            return "true or false"
        case types.FloatType():
            return "number"
        case types.BytesType():
            return "bytes (base64 in JSON)"
        case types.IntType():
            unit = "integer epoch milliseconds" if name.endswith("_ms") else "integer"
            return f"{unit}{_span(type_.ge, type_.le)}"
        case types.StrType():
            if type_.pattern is not None:
                return _PATTERNS.get(type_.pattern, f"string matching {type_.pattern}")
            span = _span(type_.min_length, type_.max_length)
            return f"string of{span} characters" if span else "string"
        case types.DictType():
            values = allowed(type_.value_type)
            if is_nullable(type_.value_type) and not is_free_form(type_.value_type):
                values = f"({values}, or null)"
            if isinstance(type_.key_type, types.EnumType):
                return f"object of {values} by {allowed(type_.key_type)}"
            return f"object of {values}"
        case types.ListType():
            span = _span(type_.min_length, type_.max_length)
            return f"list of {allowed(type_.item_type)}" + (f",{span} of them" if span else "")
    return type(type_).__name__.removesuffix("Type").lower()


def found(value: Any, type_: types.Type | None = None) -> str:
    """A value as an error shows it: cut when long, and with its type when that is the fault.

    >>> found("x", types.type_info(int))
    '"x" (string)'
    """
    try:
        text = msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError):
        text = repr(value)
    if len(text) > _SHOWN:
        text = f"{text[:_SHOWN]}…"
    kind = _JSON_NAMES.get(type(value), type(value).__name__)
    if value is None or (type_ is not None and kind in _kinds(type_)):
        return text
    return f"{text} ({kind})"


def _kinds(type_: types.Type) -> set[str]:
    kinds = set()
    for option in options_of(type_):
        words = re.sub(r"(?<=[a-z])Type$", "", type(option).__name__).lower()
        kinds.add(
            {
                "int": "integer",
                "float": "number",
                "bool": "boolean",
                "list": "list",
                "dict": "object",
                "struct": "object",
            }.get(words, "string")
        )
    return kinds


def _span(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    return f" {'' if low is None else low}..{'' if high is None else high}"
