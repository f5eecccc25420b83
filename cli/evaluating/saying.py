"""Numbers with intervals, and warnings, as a person reads them; and everything as JSON."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from cli.records_in import InputError
from cli.screen import Screen
from tactful.evaluation.estimate import Estimate
from tactful.evaluation.trust import Caution


def number(value: float) -> str:
    """Four digits that count, and no more than needed.

    >>> number(0.0051234), number(12.5), number(float("nan"))
    ('0.005123', '12.50', '-')
    """
    if not math.isfinite(value):
        return "-"
    if value == 0:
        return "0"
    digits = max(0, 3 - math.floor(math.log10(abs(value))))
    return f"{value:,.{min(digits, 8)}f}"


def spread(low: float, high: float) -> str:
    """An interval."""
    return f"{number(low)} to {number(high)}"


def percent(confidence: float) -> str:
    """A confidence as a heading.

    >>> percent(0.95)
    '95%'
    """
    return f"{confidence * 100:g}%"


def cells(estimate: Estimate) -> list[str]:
    """Value, standard error and interval, as cells of a table."""
    interval = estimate.interval
    return [
        number(estimate.value),
        number(estimate.standard_error),
        spread(interval.low, interval.high),
    ]


def warn(cautions: Sequence[Caution]) -> None:
    """Each doubt as a line on standard error."""
    screen = Screen(error=True)
    for caution in cautions:
        screen.say(f"warning: {caution.doubt}: {caution.message}", style="yellow")


def write_json(path: Path | None, content: Any) -> None:
    """Everything, for programs; a number that does not exist is null.

    Raises:
        InputError: If the file can't be written.
    """
    if path is None:
        return
    text = msgspec.json.format(msgspec.json.encode(content), indent=2)
    try:
        path.write_bytes(text + b"\n")
    except OSError as error:
        raise InputError(f"--output: {path}: found {error.strerror}") from None
