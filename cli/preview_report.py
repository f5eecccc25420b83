"""A comparison of two policies as tables and lines."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cli.preview_run import Run
from cli.screen import Screen
from cli.words import day_and_time, plural, zone_or_utc
from tactful.preview import UNKNOWN_TO_LEDGERS, Comparison, Difference, Ending, Fate

_UTC = zone_or_utc(None)
_SENDS = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 5), (6, 10), (11, 20), (21, 50), (51, None))
_QUANTILES = ((0.5, "half"), (0.9, "9 of 10"), (0.99, "99 of 100"))
_MOST_REASON_MOVES = 12


def report(run: Run, screen: Screen) -> None:
    """Print the whole comparison."""
    found = run.comparison
    if run.judged:
        for line in _told_of_ledger(run.agreed, run.judged):
            screen.say(line, "yellow")
    screen.say(
        f"{found.requests_changed:,} of {plural(found.requests, 'request')} and "
        f"{found.users_changed:,} of {plural(found.users, 'user')} would fare otherwise."
    )
    before, after = found.before, found.after
    _table(screen, "Requests by how they end", ("ending",), before.endings, after.endings)
    _moves(screen, found)
    moved = [
        (one, other, f"{count:,}")
        for (one, other), count in found.reason_moves.most_common(_MOST_REASON_MOVES)
    ]
    if moved:
        screen.table("What moved (ending and what bound)", ("before", "after", "requests"), moved)
    _table(screen, "Verdicts and reasons", ("verdict", "reason"), before.reasons, after.reasons)
    _table(screen, "Sends", ("channel", "type"), before.sends, after.sends)
    _table(
        screen,
        "Users by their sends",
        ("sends",),
        _grouped(before.sends_per_user),
        _grouped(after.sends_per_user),
        sort=False,
    )
    rows = [
        (words, _wait(before.delay_min(quantile)), _wait(after.delay_min(quantile)))
        for quantile, words in _QUANTILES
    ]
    screen.table("What is sent waits at most", ("of the sends", "before", "after"), rows)
    if run.shown:
        left = found.requests_changed - len(run.shown)
        few = f" (the first {len(run.shown)} of {found.requests_changed:,})" if left else ""
        screen.say(f"Changed requests{few}:")
        for each in run.shown:
            screen.say(changed_line(each))


def _moves(screen: Screen, found: Comparison) -> None:
    endings = [e for e in Ending if any(e in pair and count for pair, count in found.moves.items())]
    rows = [(one.value, *(f"{found.moves[one, other]:,}" for other in endings)) for one in endings]
    columns = ("before \\ after", *(each.value for each in endings))
    screen.table("Moves, from the row to the column", columns, rows)


def _table(
    screen: Screen,
    title: str,
    names: tuple[str, ...],
    before: Mapping[Any, int],
    after: Mapping[Any, int],
    *,
    sort: bool = True,
) -> None:
    keys = list(dict.fromkeys([*before, *after]))
    if sort:
        keys.sort(key=lambda key: (-max(before.get(key, 0), after.get(key, 0)), str(key)))
    rows = []
    for key in keys:
        was, now = before.get(key, 0), after.get(key, 0)
        words = key if isinstance(key, tuple) else (str(key),)
        rows.append((*words, f"{was:,}", f"{now:,}", f"{now - was:+,}" if now != was else ""))
    if rows:
        screen.table(title, (*names, "before", "after", "change"), rows)


def _grouped(counts: Counter[int]) -> Counter[str]:
    found: Counter[str] = Counter()
    for low, high in _SENDS:
        name = f"{low}+" if high is None else str(low) if low == high else f"{low}-{high}"
        total = sum(
            count
            for sends, count in counts.items()
            if sends >= low and (high is None or sends <= high)
        )
        if total:
            found[name] = total
    return found


def _wait(minutes: int | None) -> str:
    if minutes is None:
        return "nothing is sent"
    if minutes < 1:
        return "under a minute"
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    parts = ((days, "d"), (hours, "h"), (left, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def changed_line(each: Difference) -> str:
    """One request with both fates."""
    asked = day_and_time(each.requested_at_ms, _UTC)
    return (
        f"  {each.user_id}: {each.type} {each.request_id} of {asked} UTC: "
        f"{_fate(each.before)} -> {_fate(each.after)}"
    )


def _fate(fate: Fate | None) -> str:
    if fate is None:
        return "unknown"
    text = f"{fate.ending}"
    if fate.channels:
        text += f" on {', then '.join(fate.channels)}"
    if fate.ending is Ending.SENT_LATER:
        text += f" at {day_and_time(fate.at_ms, _UTC)}"
    reasons = list(fate.held) if fate.ending is Ending.SENT_LATER else [*fate.held, fate.reason]
    return f"{text} ({', then '.join(dict.fromkeys(reasons))})"


def _told_of_ledger(agreed: int, judged: int) -> Iterator[str]:
    """What a history that was rebuilt from a ledger can't tell, and how near it comes."""
    yield (
        "This history is rebuilt from a ledger. Replayed under the first policy, "
        f"{agreed:,} of {plural(judged, 'request')} ({agreed / judged:.0%}) end as they did. "
        "A ledger does not know:"
    )
    yield from (f"  - {each}" for each in UNKNOWN_TO_LEDGERS)
