"""Times, numbers and lists as a person reads them."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo


def zone_or_utc(name: str | None) -> tzinfo:
    """The zone of that name, or UTC when it is unknown."""
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def clock(at_ms: int, zone: tzinfo) -> str:
    """A moment to the second with its zone.

    >>> clock(0, UTC)
    '1970-01-01 00:00:00 UTC'
    """
    return datetime.fromtimestamp(at_ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def day_and_time(at_ms: int, zone: tzinfo) -> str:
    """A moment to the minute with its weekday.

    >>> day_and_time(0, UTC)
    'Thu 1970-01-01 00:00'
    """
    return datetime.fromtimestamp(at_ms / 1000, zone).strftime("%a %Y-%m-%d %H:%M")


def plural(count: int, noun: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> plural(1, "record"), plural(2000, "record"), plural(2, "reply", "replies")
    ('1 record', '2,000 records', '2 replies')
    """
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def and_list(words: Sequence[str]) -> str:
    """Words as a person lists them.

    >>> and_list(["a"]), and_list(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def or_list(words: Sequence[str]) -> str:
    """Words of which one is taken.

    >>> or_list(["a"]), or_list(["a", "b", "c"])
    ('a', 'a, b or c')
    """
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} or {words[-1]}"
