"""Moments as the console writes them: short, in one zone."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo


def local(zone: ZoneInfo) -> Callable[[int], str]:
    """Writes moments of a zone.

    >>> local(ZoneInfo("UTC"))(0)
    'Thu 1 Jan 1970, 00:00'
    """

    def words(at_ms: int) -> str:
        moment = datetime.fromtimestamp(at_ms / 1000, zone)
        return f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M}"

    return words


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
