"""Durations in words (`90s`, `15m`, `12h`, `7d`, `2w`), as policy files have them."""

import re

UNITS_MS = {
    "w": 604_800_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
ALLOWED = "a duration such as 90s, 15m, 12h, 7d or 2w"

_WORDS = re.compile(r"(0|[1-9]\d{0,17})(ms|[wdhms])")


def parse_duration(text: str) -> int | None:
    """The milliseconds of a duration, None where it is none.

    >>> parse_duration("15m"), parse_duration("15")
    (900000, None)
    """
    found = _WORDS.fullmatch(text)
    return int(found[1]) * UNITS_MS[found[2]] if found else None


def duration(span_ms: int) -> str:
    """A duration in the largest unit that it is a multiple of; weeks are told in days.

    >>> [duration(ms) for ms in (0, 1500, 86_400_000, 129_600_000, 604_800_000, 1_209_600_000)]
    ['0s', '1500ms', '1d', '36h', '7d', '14d']
    """
    if span_ms == 0:
        return "0s"
    for unit, unit_ms in UNITS_MS.items():
        if span_ms % unit_ms == 0 and unit != "w":
            return f"{span_ms // unit_ms}{unit}"
    raise AssertionError(f"{span_ms} ms are no whole number")
