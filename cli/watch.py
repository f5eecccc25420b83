"""`tactful watch`: the last minute of verdicts, lags, holds and dead letters, live."""

import collections
import time
from types import TracebackType
from typing import Annotated, Self

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from cli.broker import now_ms
from cli.following import Follower
from cli.live_stats import WINDOW_S, Lag, LiveStats, spark
from cli.reporting import reported
from cli.screen import Screen, table
from cli.words import plural

_RECENT_S = 10
_DRAW_EVERY_S = 0.25
_SETTLED_MS = 1_000
"""Rates are told of seconds that ended so long ago: what was written late has been read by then."""


def _lag(lag: Lag | None) -> tuple[str, str, str, str]:
    if lag is None:
        return ("-", "-", "-", "0")
    return (f"{lag.p50_ms:,}", f"{lag.p95_ms:,}", f"{lag.p99_ms:,}", f"{lag.count:,}")


def plain_line(stats: LiveStats, at_ms: int) -> str:
    """The second before the last as one line, for a pipe or a log."""
    counted = stats.verdicts(at_ms - _SETTLED_MS, 1)
    by_verdict: dict[str, int] = {}
    by_channel: dict[str, int] = {}
    for (verdict, _reason, channel), count in counted.items():
        by_verdict[verdict] = by_verdict.get(verdict, 0) + count
        if channel != "-":
            by_channel[channel] = by_channel.get(channel, 0) + count
    decision, pipeline = stats.lags(at_ms, _RECENT_S)
    parts = [
        time.strftime("%H:%M:%S", time.localtime((at_ms - _SETTLED_MS) / 1000)),
        f"verdicts/s {counted.total()}",
        " ".join(f"{name}={count}" for name, count in sorted(by_verdict.items())) or "none",
    ]
    if by_channel:
        parts.append(" ".join(f"{name}={count}" for name, count in sorted(by_channel.items())))
    if decision is not None:
        parts.append(f"decision lag {decision}")
    if pipeline is not None:
        parts.append(f"pipeline lag {pipeline}")
    parts.append(f"waiting {stats.held}")
    parts.append(f"dead letters {stats.dead.total()}")
    return "  ".join(parts)


def view(stats: LiveStats, at_ms: int) -> RenderableType:
    """The last minute as tables and bars, for a terminal."""
    minute = stats.verdicts(at_ms)
    recent = stats.verdicts(at_ms - _SETTLED_MS, _RECENT_S)
    per_second = stats.per_second(at_ms - _SETTLED_MS)
    channels = sorted({channel for _, _, channel in minute})
    kinds = collections.Counter[tuple[str, str]]()
    for (verdict, reason, _), count in minute.items():
        kinds[verdict, reason] += count
    rows = [
        (
            verdict,
            reason,
            f"{sum(recent[verdict, reason, channel] for channel in channels) / _RECENT_S:.1f}",
            f"{count:,}",
            *(f"{minute[verdict, reason, channel]:,}" for channel in channels),
        )
        for (verdict, reason), count in kinds.most_common()
    ]
    verdicts = table(
        f"Verdicts: {recent.total() / _RECENT_S:.1f} per second, {minute.total():,} in a minute",
        (
            "verdict",
            "reason",
            "per s",
            "last min",
            *("no channel" if c == "-" else c for c in channels),
        ),
        rows,
    )
    decision, pipeline = stats.lags(at_ms)
    lags = table(
        "Lag of first verdicts, last minute",
        ("from", "to", "p50 ms", "p95 ms", "p99 ms", "records"),
        [
            ("asked (at_ms)", "decided (decided_at_ms)", *_lag(decision)),
            ("request in Kafka", "verdict in Kafka", *_lag(pipeline)),
        ],
    )
    dead = ", ".join(f"{reason} {count:,}" for reason, count in sorted(stats.dead.items()))
    bars = Text.assemble(
        ("Verdicts each second, last minute  ", "bold"),
        (spark(per_second), "green"),
        f"  up to {max(per_second, default=0)}",
    )
    foot = Text(f"Waiting: {plural(stats.held, 'request')}.   Dead letters: {dead or 'none'}.")
    return Group(bars, verdicts, lags, foot)


class Drawer:
    """Draws statistics as often as it is worth: live on a terminal, else one line each second."""

    def __init__(self, screen: Screen, stats: LiveStats) -> None:
        self._screen = screen
        self._stats = stats
        self._live = Live(console=screen.console, auto_refresh=False) if screen.live else None
        self._next_s = 0.0
        self._told = now_ms() // 1000

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def draw(self) -> None:
        """Draw, unless that was done a moment ago."""
        now = now_ms()
        if self._live is None:
            if now // 1000 != self._told:
                self._told = now // 1000
                self._screen.say(plain_line(self._stats, self._told * 1000))
        elif time.monotonic() >= self._next_s:
            self._next_s = time.monotonic() + _DRAW_EVERY_S
            self._live.update(view(self._stats, now), refresh=True)


@reported
def watch(
    seconds: Annotated[
        float | None, typer.Option("--seconds", "-n", help="Stop after so long. Default: never.")
    ] = None,
) -> None:
    """Show what is being decided right now.

    Verdicts per second by reason and channel, how long decisions take, what waits, and dead
    letters, over the last minute. On a terminal a live view, elsewhere one line a second.

    For example:

    $ tactful watch

    $ tactful watch --seconds 30 > verdicts.log
    """
    from deploy.settings import Settings

    until_s = time.monotonic() + seconds if seconds is not None else float("inf")
    with (
        Follower(Settings(), now_ms() - WINDOW_S * 1000) as follower,
        Drawer(Screen(), follower.stats) as drawer,
    ):
        while (left_s := until_s - time.monotonic()) > 0:
            follower.poll(min(_DRAW_EVERY_S, left_s))
            drawer.draw()
