"""What is said of a burst: how the rate was kept, in which order it went, whether any was lost."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from math import nan
from pathlib import Path
from statistics import StatisticsError, correlation, mean
from typing import Any

import msgspec

from bench.burst_traffic import Burst, value_of
from tactful.records import Verdict

TOLERANCE = 0.1
OVERTAKEN_AFTER_MS = 1_000
"""A dearer request that went so much later than a cheaper one was overtaken."""


class Told(msgspec.Struct, frozen=True):
    """What is read of a ledger entry."""

    request_id: str
    type: str
    verdict: Verdict
    decided_at_ms: int


def report(burst: Burst, start_ms: int, ledger: Iterable[Told]) -> dict[str, Any]:
    """The figures of a burst that is over.

    Args:
        burst: what it was.
        start_ms: when its first request came.
        ledger: all that was decided.
    """
    finals: dict[str, list[Told]] = {}
    holds: Counter[str] = Counter()
    for told in ledger:
        if told.verdict.final:
            finals.setdefault(told.request_id, []).append(told)
        else:
            holds[told.request_id] += 1
    sends = sorted(
        (told.decided_at_ms - start_ms, value_of(told.type))
        for (told, *_) in finals.values()
        if told.verdict is Verdict.SEND
    )
    later = [(at_ms, value) for at_ms, value in sends if at_ms >= burst.over_ms]
    return {
        "requests": burst.requests,
        "users": burst.users,
        "over_s": burst.over_ms / 1000,
        "rate_per_s": burst.rate_per_s,
        "sent": len(sends),
        "with_one_final_verdict": sum(len(each) == 1 for each in finals.values()),
        "lost": burst.requests - len(finals),
        "sent_while_it_came": len(sends) - len(later),
        "most_sent_in_a_second": max(per_window(sends, 1_000), default=0),
        "done_after_s": round(sends[-1][0] / 1000, 1) if sends else None,
        "windows_of_5_s": windows(burst, sends, 5_000),
        "windows_of_1_s": windows(burst, sends, 1_000),
        "rank_correlation_of_value_and_time": rank_correlation(later),
        "rank_correlation_of_a_perfect_order": rank_correlation(_perfect(later)),
        "overtaken": overtaken(later),
        "holds_per_request": round(sum(holds.values()) / burst.requests, 2),
        "holds_at_most": max(holds.values(), default=0),
        "sent_per_second": per_window(sends, 1_000),
    }


def per_window(sends: Sequence[tuple[int, float]], window_ms: int) -> list[int]:
    """Sends by window, from the start of the burst to its last send."""
    counts = Counter(at_ms // window_ms for at_ms, _ in sends)
    return [counts[number] for number in range(max(counts, default=-1) + 1)]


def windows(burst: Burst, sends: Sequence[tuple[int, float]], window_ms: int) -> dict[str, Any]:
    """How the rate was kept from the end of the burst to the last full window."""
    counts = per_window(sends, window_ms)[-(-burst.over_ms // window_ms) : -1]
    allowed = burst.rate_per_s * window_ms / 1000
    beside = sum(abs(count - allowed) > TOLERANCE * allowed for count in counts)
    return {
        "windows": len(counts),
        "beyond_10_percent": beside,
        "least_per_s": min(counts, default=0) * 1000 / window_ms,
        "mean_per_s": round(mean(counts) * 1000 / window_ms, 1) if counts else 0.0,
        "most_per_s": max(counts, default=0) * 1000 / window_ms,
    }


def rank_correlation(sends: Sequence[tuple[int, float]]) -> float | None:
    """Spearman's, of value and moment: the nearer to -1, the more the dearest went first.

    With few values among many moments even a perfect order falls a little short of -1.
    """
    try:
        found = correlation(_ranks([at for at, _ in sends]), _ranks([value for _, value in sends]))
    except StatisticsError:
        return None
    return round(found, 4)


def _perfect(sends: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """The same moments, given to the same values in their order."""
    moments = sorted(at_ms for at_ms, _ in sends)
    values = sorted((value for _, value in sends), reverse=True)
    return list(zip(moments, values, strict=True))


def overtaken(sends: Sequence[tuple[int, float]]) -> int:
    """How many went clearly later than the first one of less value."""
    first_ms: dict[float, int] = {}
    for at_ms, value in sends:
        first_ms.setdefault(value, at_ms)
    return sum(
        any(less < value and at + OVERTAKEN_AFTER_MS < at_ms for less, at in first_ms.items())
        for at_ms, value in sends
    )


def draw(burst: Burst, start_ms: int, ledger: Iterable[Told], path: Path) -> None:
    """A picture of the sends per second by value, as SVG."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    sends: dict[float, Counter[int]] = {}
    for told in ledger:
        if told.verdict is Verdict.SEND:
            second = (told.decided_at_ms - start_ms) // 1000
            sends.setdefault(value_of(told.type), Counter())[second] += 1
    seconds = range(max((max(each) for each in sends.values()), default=0) + 1)
    mpl.rcParams["svg.hashsalt"] = "burst"  # the same figures give the same file
    mpl.rcParams["svg.fonttype"] = "none"
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    values = sorted(sends, reverse=True)
    shades = [mpl.colormaps["viridis"](at / max(1, len(values) - 1)) for at in range(len(values))]
    floor = [0] * len(seconds)
    for value, shade in zip(values, shades, strict=True):
        sent = [sends[value][second] for second in seconds]
        top = [below + more for below, more in zip(floor, sent, strict=True)]
        # Nothing is drawn where nothing was sent: it would be half of the file.
        shown = [height if more else nan for height, more in zip(top, sent, strict=True)]
        axes.stairs(shown, baseline=floor, fill=True, color=shade, label=f"value {value:g}")
        floor = top
    axes.axhline(burst.rate_per_s, color="black", linewidth=0.8, linestyle="--")
    axes.axvline(burst.over_ms / 1000, color="grey", linewidth=0.8, linestyle=":")
    axes.set_xlim(0, len(seconds))
    axes.set_ylim(0, burst.rate_per_s * 2)
    axes.set_xlabel("seconds since the first request")
    axes.set_ylabel("sent per second")
    axes.set_title(
        f"{burst.requests:,} requests within {burst.over_ms / 1000:g} s (dotted), "
        f"{burst.rate_per_s:g} a second allowed (dashed)",
        fontsize=10,
    )
    axes.legend(ncols=4, fontsize=8, loc="upper right")
    figure.savefig(path, format="svg", metadata={"Date": None})
    # A tenth of a point is finer than the eye.
    path.write_text(re.sub(r"(\d\.\d)\d+", r"\1", path.read_text()))


def _ranks(values: Sequence[float]) -> list[float]:
    """The rank of each, the mean rank for equals."""
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0.0] * len(values)
    before = 0
    for _, group in groupby(order, key=values.__getitem__):
        same = list(group)
        for each in same:
            ranks[each] = before + (len(same) - 1) / 2
        before += len(same)
    return ranks
