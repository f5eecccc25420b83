"""A user's next hours as lines: a small day axis, and what would release each that waits."""

from collections.abc import Iterator
from datetime import datetime, tzinfo

from rich.text import Text

from cli.words import day_and_time, or_list, plural
from tactful.local_time import HOUR_MS
from tactful.outlook import Escalation, Outlook, Waiting

COLUMN_MS = HOUR_MS
_TICK_HOURS = 6
_MOST_LABEL = 32

WAITS, MOMENT, STILL_OF_USE, EXPIRES, FREE = "━", "◆", "┄", "✕", "╍"


def outlook_lines(found: Outlook, zone: tzinfo) -> Iterator[Text]:
    """The outlook as a person reads it; plain text when styles are dropped."""
    hours = (found.until_ms - found.now_ms) // HOUR_MS
    if found.weariness is not None:
        tired = found.weariness
        yield Text(
            f"Fatigue {tired.fatigue:.0%} at {day_and_time(tired.at_ms, zone)}; wants about "
            f"{tired.wanted_per_week:.2g} {tired.type} a week."
        )
    if not found.waiting and not found.escalations:
        yield Text(f"Next {hours} hours: nothing waits.{_later(found)}")
        return
    what = plural(len(found.waiting), "request") + (
        " waits" if len(found.waiting) == 1 else " wait"
    )
    yield Text(f"Next {hours} hours: {what}.{_later(found)}", "bold")
    if found.waiting:
        yield from _axis(found, zone)
    for each in found.waiting:
        yield from _told(each, zone)
    for escalation in found.escalations:
        yield from _escalation(escalation, zone)


def _later(found: Outlook) -> str:
    return f" {found.later} more for a later moment." if found.later else ""


def _axis(found: Outlook, zone: tzinfo) -> Iterator[Text]:
    names = [_short(each) for each in found.waiting]
    margin = max(map(len, names)) + 2
    columns = (found.until_ms - found.now_ms) // COLUMN_MS
    hours, days = [" "] * (columns + 6), [" "] * (columns + 12)
    day = None
    for column in range(columns + 1):
        local = datetime.fromtimestamp((found.now_ms + column * COLUMN_MS) / 1000, zone)
        if local.hour % _TICK_HOURS == 0 and column <= columns - 2:
            hours[column : column + 2] = f"{local.hour:02}"
        if local.date() != day and (day is not None or local.hour < 24 - _TICK_HOURS):
            days[column : column + 6] = f"{local:%a %d}"
        day = local.date()
    yield Text(" " * (margin + 2) + "".join(days).rstrip(), "dim")
    yield Text(" " * (margin + 2) + "".join(hours).rstrip(), "dim")
    for each, name in zip(found.waiting, names, strict=True):
        line = Text("  " + name.ljust(margin))
        for cell, style in _cells(each, found, columns):
            line.append(cell, style)
        yield line


def _cells(each: Waiting, found: Outlook, columns: int) -> Iterator[tuple[str, str]]:
    due = _column(each.until_ms, found)
    free = due if each.free_ms is None else _column(each.free_ms, found)
    end = _column(each.expires_at_ms, found)
    for column in range(columns + 1):
        if column == due:
            yield MOMENT, "bold green"
        elif column < due:
            yield (WAITS, "yellow") if column < free else (FREE, "cyan")
        elif column == end:
            yield EXPIRES, "red"
        elif column < end:
            yield STILL_OF_USE, "dim"
        else:
            return


def _column(at_ms: int, found: Outlook) -> int:
    return max(0, (at_ms - found.now_ms) // COLUMN_MS)


def _name(each: Waiting) -> str:
    attempt = f" (attempt {each.attempt})" if each.attempt > 1 else ""
    return f"{each.type} {each.request_id}{attempt}"


def _short(each: Waiting) -> str:
    """The name at the axis: ids differ at their ends."""
    name = _name(each)
    room = max(8, _MOST_LABEL - len(each.type) - 2)
    return name if len(name) <= _MOST_LABEL else f"{each.type} …{each.request_id[-room:]}"


def _told(each: Waiting, zone: tzinfo) -> Iterator[Text]:
    late = " That moment has passed: does the job run?" if each.late else ""
    yield Text(f"  {_name(each)}: {each.why}. [hold, {each.reason.value}]{late}")
    for release in each.releases:
        if release.at_ms is None:
            when = "if"
        elif release.at_ms <= each.held_since_ms:
            when = "from now on, if"
        else:
            when = f"{day_and_time(release.at_ms, zone)}:"
            if release.by == "event":
                when = f"from {day_and_time(release.at_ms, zone)} on, if"
        yield Text(f"      {when} {release.text}", "dim")


def _escalation(each: Escalation, zone: tzinfo) -> Iterator[Text]:
    yield Text(
        f"  {each.type} {each.request_id}: attempt {each.attempt} of at most {each.max_attempts} "
        f"went out on {each.channel} {day_and_time(each.sent_at_ms, zone)}."
    )
    then = f"then {or_list(each.left)}, until {day_and_time(each.until_ms, zone)}"
    if each.next_at_ms is None:
        yield Text(f"      if it fails: {then}", "dim")
    else:
        yield Text(
            f"      {day_and_time(each.next_at_ms, zone)}: unless it is opened, {then}", "dim"
        )
