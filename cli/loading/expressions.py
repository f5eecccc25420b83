"""Values of a mapping: constants, templates, columns, times and ids, compiled to functions."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cli.loading.errors import MappingError, SkippedRow, a_map, one_of, only_keys
from cli.loading.times import compile_time
from tactful.ids import decision_id

Row = Mapping[str, Any]
Value = Callable[[Row], Any]

LINE = "line"
"""The placeholder for the number of the row in the file, for logs that name no one."""

MISSING = object()
"""What a value is when its column is empty: the field is left out."""

HEADS = ("column", "time", "decision_of", "recall", "literal")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Scope:
    """What the values of one mapping share: the columns they read and the ids they remember."""

    def __init__(self) -> None:
        self.columns: set[str] = set()
        self.names: set[str] = set()
        self.recalled: list[tuple[str, str]] = []
        self.remembered: dict[tuple[str, str], str] = {}
        self.user: Value | None = None


def template(path: str, text: Any, scope: Scope) -> Value:
    """The function that fills `{column}` placeholders; MISSING when one of them is empty.

    Raises:
        MappingError: If a placeholder has no name.
    """
    if not isinstance(text, str):
        raise MappingError(path, text, 'a text such as "send-{campaign_id}-{user_id}"')
    parts = _PLACEHOLDER.split(text)
    constants, names = parts[0::2], parts[1::2]
    for name in names:
        if not name.strip() or name != name.strip():
            raise MappingError(path, text, "a column's name between { and }")
        scope.columns.add(name)
    if not names:
        return lambda _row: text

    def fill(row: Row) -> Any:
        out = [constants[0]]
        for name, constant in zip(names, constants[1:], strict=True):
            value = row[name]
            if value is None or value == "":
                return MISSING
            out.append(str(value))
            out.append(constant)
        return "".join(out)

    return fill


def compile_value(path: str, spec: Any, scope: Scope) -> Value:
    """The function from a row to the value that a part of the mapping describes.

    Raises:
        MappingError: If the part can't be understood.
    """
    if isinstance(spec, str):
        return template(path, spec, scope)
    if isinstance(spec, list):
        items = [compile_value(f"{path}[{i}]", item, scope) for i, item in enumerate(spec)]
        return lambda row: [v for item in items if (v := item(row)) is not MISSING]
    if not isinstance(spec, dict):
        return lambda _row: spec
    heads = [head for head in HEADS if head in spec]
    if len(heads) > 1:
        raise MappingError(path, ", ".join(heads), f"one of {', '.join(HEADS)}")
    if heads:
        return _COMPILERS[heads[0]](path, spec, scope)
    entries = {str(k): compile_value(f"{path}.{k}", v, scope) for k, v in spec.items()}

    def build(row: Row) -> Any:
        out = {k: v for k, value in entries.items() if (v := value(row)) is not MISSING}
        return out or MISSING

    return build


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word in ("1", "true", "yes", "y", "t"):
        return True
    if word in ("0", "false", "no", "n", "f"):
        return False
    raise ValueError(text)


_TYPES: dict[str, tuple[Callable[[Any], Any], str]] = {
    "string": (str, "a text"),
    "integer": (lambda v: int(float(v)) if "." in str(v) else int(v), "an integer"),
    "number": (float, "a number"),
    "boolean": (lambda v: v if isinstance(v, bool) else _boolean(str(v)), "true or false"),
}


def _column(path: str, spec: dict[str, Any], scope: Scope) -> Value:
    only_keys(path, spec, ("column", "type", "map", "default"))
    name = spec["column"]
    if not isinstance(name, str) or not name:
        raise MappingError(f"{path}.column", name, "the name of a column")
    scope.columns.add(name)
    default = spec.get("default", MISSING)
    if "map" in spec:
        if "type" in spec:
            raise MappingError(f"{path}.type", spec["type"], "no type beside map")
        known = a_map(f"{path}.map", spec["map"], "a map from the column's values to values")

        def look_up(row: Row) -> Any:
            value = row[name]
            if value is None or value == "":
                return default
            found = known.get(str(value), default)
            if found is MISSING:
                raise SkippedRow(f"column {name}: not in the map of {path}", str(value))
            return found

        return look_up
    convert, what = _TYPES[one_of(f"{path}.type", spec.get("type", "string"), _TYPES)]

    def take(row: Row) -> Any:
        value = row[name]
        if value is None or value == "":
            return default
        try:
            return convert(value)
        except (ValueError, TypeError):
            raise SkippedRow(f"column {name}: not {what}", str(value)) from None

    return take


def _time(path: str, spec: dict[str, Any], scope: Scope) -> Value:
    only_keys(path, spec, ("time",))
    allowed = "a map with column, format, zone, origin, unit, plus"
    inner = a_map(f"{path}.time", spec["time"], allowed)
    return compile_time(f"{path}.time", inner, scope.columns)


def _decision_of(path: str, spec: dict[str, Any], scope: Scope) -> Value:
    only_keys(path, spec, ("decision_of",))
    request = compile_value(f"{path}.decision_of", spec["decision_of"], scope)
    user = scope.user
    if user is None:
        raise MappingError(path, "decision_of", "decision_of only in a rule with user_id")

    def compute(row: Row) -> Any:
        request_id, user_id = request(row), user(row)
        if request_id is MISSING or user_id is MISSING:
            return MISSING
        return decision_id(user_id, request_id)

    return compute


def _recall(path: str, spec: dict[str, Any], scope: Scope) -> Value:
    only_keys(path, spec, ("recall", "key"))
    name = spec["recall"]
    key = template(f"{path}.key", spec.get("key"), scope)
    scope.recalled.append((f"{path}.recall", name))
    remembered = scope.remembered

    def look_up(row: Row) -> Any:
        found = remembered.get((name, key(row)))
        if found is None:
            raise SkippedRow(f"no earlier record was remembered as {name} for this row")
        return found

    return look_up


def _literal(path: str, spec: dict[str, Any], _scope: Scope) -> Value:
    only_keys(path, spec, ("literal",))
    value = spec["literal"]
    return lambda _row: value


_COMPILERS: dict[str, Callable[[str, dict[str, Any], Scope], Value]] = {
    "column": _column,
    "time": _time,
    "decision_of": _decision_of,
    "recall": _recall,
    "literal": _literal,
}
