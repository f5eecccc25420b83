"""Moments, spans and values as the console writes them."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from tactful.records import Verdict

UNSENT = (Verdict.SUPPRESS, Verdict.EXPIRE, Verdict.CANCEL)
"""What ends a request without a send: "not sent"."""


def local(zone: ZoneInfo) -> Callable[[int], str]:
    """Writes moments of a zone.

    >>> local(ZoneInfo("UTC"))(0)
    'Thu 1 Jan 1970, 00:00'
    """

    def written(at_ms: int) -> str:
        moment = datetime.fromtimestamp(at_ms / 1000, zone)
        return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M}"

    return written


def ago(span_ms: int) -> str:
    """How long ago, roughly.

    >>> [ago(ms) for ms in (900, 90_000, 7_200_000, 200_000_000)]
    ['1 s', '1 min', '2 h', '2 days']
    """
    seconds = max(1, span_ms // 1000)
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= (2 * size if size == 86_400 else size):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def words(value: object) -> str:
    """A JSON value on one line.

    >>> words({"start": "22:00", "end": "07:00"}), words([True, "sms"])
    ('22:00 to 07:00', 'on, sms')
    """
    if isinstance(value, dict):
        if {"start", "end"} <= value.keys():
            rest = {key: each for key, each in value.items() if key not in ("start", "end")}
            more = f" ({words(rest)})" if rest else ""
            return f"{value['start']} to {value['end']}{more}"
        return ", ".join(f"{key} {words(each)}" for key, each in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(words(each) for each in value) or "none"
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
