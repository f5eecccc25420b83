"""Times of a log: texts in a format and zone, numbers since an epoch, offsets from an origin."""

import functools
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from cli.loading.errors import MappingError, SkippedRow, one_of, only_keys

UNITS_MS = {
    "milliseconds": 1,
    "seconds": 1_000,
    "minutes": 60_000,
    "hours": 3_600_000,
    "days": 86_400_000,
}
_SHORT_MS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"([+-]?)(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_KEYS = ("column", "format", "zone", "origin", "unit", "plus")
_FORMATS = {"epoch_ms": 1, "epoch_s": 1_000}

Row = Mapping[str, Any]


def duration_ms(path: str, text: Any) -> int:
    """Milliseconds of a duration such as `90s`, `61min`, `-1h` or `7d`.

    >>> duration_ms("plus", "61min"), duration_ms("plus", "-1.5h")
    (3660000, -5400000)

    Raises:
        MappingError: If it is not such a text.
    """
    match = _DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise MappingError(path, text, "a number with ms, s, min, h or d, for example 90s or -1h")
    sign, number, unit = match.groups()
    return round(float(number) * _SHORT_MS[unit]) * (-1 if sign == "-" else 1)


def to_ms(moment: datetime, zone: tzinfo) -> int:
    """Epoch milliseconds; a moment without a zone is local to `zone`."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return (moment - _EPOCH) // _MILLISECOND


def zone_of(path: str, name: Any) -> tzinfo:
    """The time zone of that name.

    Raises:
        MappingError: If there is none.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError):
        allowed = "an IANA time zone such as UTC or Europe/Madrid"
        raise MappingError(path, name, allowed) from None


def compile_time(path: str, spec: Mapping[str, Any], columns: set[str]) -> Callable[[Row], int]:
    """The function from a row to epoch milliseconds that a `time:` map describes.

    Args:
        path: Where the map stands in the mapping, for errors.
        spec: The map: `column` with `format` and `zone`, or `origin` with `column` and `unit`.
        columns: Takes in the columns that are read.

    Raises:
        MappingError: If the map can't be understood.
    """
    only_keys(path, spec, _KEYS)
    plus_ms = duration_ms(f"{path}.plus", spec["plus"]) if "plus" in spec else 0
    column = spec.get("column")
    if column is not None:
        if not isinstance(column, str):
            raise MappingError(f"{path}.column", column, "the name of a column")
        columns.add(column)
    if "origin" in spec:
        return _from_origin(path, spec, column, plus_ms)
    if column is None:
        raise MappingError(f"{path}.column", None, "the name of the column with the time")
    if "unit" in spec:
        raise MappingError(f"{path}.unit", spec["unit"], "unit only beside origin")
    zone = zone_of(f"{path}.zone", spec.get("zone", "UTC"))
    return _from_column(path, column, spec.get("format", "iso"), zone, plus_ms)


def _from_origin(
    path: str, spec: Mapping[str, Any], column: str | None, plus_ms: int
) -> Callable[[Row], int]:
    if "format" in spec:
        raise MappingError(f"{path}.format", spec["format"], "no format beside origin")
    origin = spec["origin"]
    zone = zone_of(f"{path}.zone", spec.get("zone", "UTC"))
    try:  # YAML reads an unquoted time as a date or a datetime
        if isinstance(origin, datetime):
            base_ms = to_ms(origin, zone)
        elif isinstance(origin, date):
            base_ms = to_ms(datetime(origin.year, origin.month, origin.day), zone)  # noqa: DTZ001
        else:
            base_ms = to_ms(datetime.fromisoformat(origin), zone)
    except (ValueError, TypeError):
        raise MappingError(f"{path}.origin", origin, "an ISO date or time") from None
    base_ms += plus_ms
    if column is None:
        return lambda _row: base_ms
    unit_ms = UNITS_MS[one_of(f"{path}.unit", spec.get("unit"), UNITS_MS)]

    def offset(row: Row) -> int:
        value = row[column]
        try:
            return base_ms + round(float(value) * unit_ms)
        except (ValueError, TypeError):
            raise SkippedRow(f"column {column}: not a number", str(value)) from None

    return offset


def _from_column(
    path: str, column: str, form: Any, zone: tzinfo, plus_ms: int
) -> Callable[[Row], int]:
    if form in _FORMATS:
        factor = _FORMATS[form]

        def from_number(row: Row) -> int:
            value = row[column]
            try:
                return round(float(value) * factor) + plus_ms
            except (ValueError, TypeError):
                raise SkippedRow(f"column {column}: not a number", str(value)) from None

        return from_number
    if not isinstance(form, str) or (form != "iso" and "%" not in form):
        allowed = "iso, epoch_s, epoch_ms or a strptime format such as %d/%m/%Y %H:%M"
        raise MappingError(f"{path}.format", form, allowed)
    # Logs repeat their times (a blast of sends), and strptime is slow.
    parse = functools.lru_cache(maxsize=4096)(
        datetime.fromisoformat if form == "iso" else lambda text: datetime.strptime(text, form)  # noqa: DTZ007 - the zone is given apart
    )

    def from_text(row: Row) -> int:
        value = row[column]
        if isinstance(value, datetime):  # Parquet has typed times
            return to_ms(value, zone) + plus_ms
        try:
            return to_ms(parse(str(value)), zone) + plus_ms
        except ValueError:
            reason = f"column {column}: not a time of the format {form}"
            raise SkippedRow(reason, str(value)) from None

    return from_text
