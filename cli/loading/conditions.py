"""The `when:` of a rule: conditions on columns, all of which must hold."""

from collections.abc import Callable, Mapping
from typing import Any

from cli.loading.errors import MappingError, SkippedRow, a_map, one_of

Row = Mapping[str, Any]
Condition = Callable[[Row], bool]

_TESTS = ("is", "not", "present", "at_least", "at_most")


def _text(value: Any) -> str:
    """YAML's 1 and true are written in a CSV as 1 and true."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _is_in(column: str, values: Any, *, negate: bool = False) -> Condition:
    wanted = {_text(v) for v in (values if isinstance(values, list) else [values])}
    return lambda row: (_text(row[column]) in wanted) is not negate


def _number(column: str, row: Row) -> float | None:
    value = row[column]
    if value is None or value == "":
        return None
    try:
        return float(value)
    except (ValueError, TypeError):
        raise SkippedRow(f"column {column}: not a number", str(value)) from None


def _at_least(column: str, limit: float) -> Condition:
    return lambda row: (v := _number(column, row)) is not None and v >= limit


def _at_most(column: str, limit: float) -> Condition:
    return lambda row: (v := _number(column, row)) is not None and v <= limit


def _test(path: str, column: str, name: str, operand: Any) -> Condition:
    match one_of(path, name, _TESTS):
        case "present":
            if not isinstance(operand, bool):
                raise MappingError(f"{path}.present", operand, "true or false")
            return lambda row: (_text(row[column]) != "") is operand
        case "is":
            return _is_in(column, operand)
        case "not":
            return _is_in(column, operand, negate=True)
        case limit:
            if isinstance(operand, bool) or not isinstance(operand, int | float):
                raise MappingError(f"{path}.{limit}", operand, "a number")
            compare = _at_least if limit == "at_least" else _at_most
            return compare(column, float(operand))


def compile_when(path: str, spec: Any, columns: set[str]) -> list[Condition]:
    """The conditions of a rule: column -> value, list of values, or a map with a test.

    Raises:
        MappingError: If a condition can't be understood.
    """
    if spec is None:
        return []
    conditions: list[Condition] = []
    for column, wanted in a_map(path, spec, "a map from columns to values").items():
        columns.add(column)
        if isinstance(wanted, dict):
            here = f"{path}.{column}"
            tests = a_map(here, wanted, f"a map with {', '.join(_TESTS)}")
            conditions += [_test(here, column, name, op) for name, op in tests.items()]
        else:
            conditions.append(_is_in(column, wanted))
    return conditions
