"""Pictures of estimates, of sequences over rows, and of calibration, as SVG or PNG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cli.records_in import InputError
from tactful.evaluation import Bin, Estimate, Uplift
from tactful.evaluation import Path as Walk

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_FORMATS = (".svg", ".png")
_POINTS = 120
"""More points than this on a line are hardly seen, and make a large file."""
_BLUE, _GREY = "#2b6cb0", "#5b6472"


@dataclass(frozen=True, slots=True)
class Panel:
    """A sequence with its title and where it ended."""

    title: str
    path: Walk
    uplift: Uplift


def draw_values(path: Path, estimates: Mapping[str, Estimate], title: str) -> None:
    """Each estimate as a dot with its interval."""
    figure = _figure(path, 7.5, 0.9 + 0.45 * len(estimates))
    axes = figure.add_subplot()
    names = list(estimates)
    for row, name in enumerate(reversed(names)):
        one = estimates[name]
        own = name.endswith(("policy", "log"))
        axes.plot([one.interval.low, one.interval.high], [row, row], color=_GREY, linewidth=1.5)
        axes.plot([one.value], [row], marker="s" if own else "o", color=_GREY if own else _BLUE)
    axes.set_yticks(range(len(names)), list(reversed(names)))
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlabel("mean reward")
    axes.set_title(title, fontsize=10)
    axes.grid(axis="x", alpha=0.3)
    _save(figure, path)


def draw_hours(
    path: Path, found: Mapping[str, Mapping[str, tuple[Estimate, Estimate]]], k: int
) -> None:
    """Hits and log loss of each way: a row of the picture for all opens, one for visits."""
    ways = len(next(iter(found.values())))
    figure = _figure(path, 9, (0.9 + 0.35 * ways) * len(found))
    grid = figure.subplots(len(found), 2, squeeze=False, sharey=True, sharex="col")
    for pair, (which, lines) in zip(grid, found.items(), strict=True):
        names = list(lines)[::-1]
        for column, axes in enumerate(pair):
            for row, name in enumerate(names):
                one = lines[name][column]
                axes.plot([one.interval.low, one.interval.high], [row, row], color=_GREY)
                axes.plot([one.value], [row], marker="o", color=_BLUE)
            axes.set_yticks(range(len(names)), names, fontsize=8)
            axes.set_ylim(-0.6, len(names) - 0.4)
            axes.tick_params(labelsize=8)
            axes.grid(axis="x", alpha=0.3)
            axes.set_title(f"{(f'top-{k} hit', 'log loss')[column]}, {which}", fontsize=9)
    _save(figure, path)


def draw_sequences(path: Path, panels: Sequence[Panel], confidence: float) -> None:
    """Each uplift with its confidence sequence over the rows, and its end interval."""
    columns = min(2, len(panels))
    rows = -(-len(panels) // columns)
    figure = _figure(path, 4.8 * columns, 2.7 * rows)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    for axes, panel in zip(grid.flat, panels, strict=False):
        count = len(panel.path.values)
        at = np.unique(np.linspace(1, count, min(count, _POINTS)).astype(int)) - 1
        interval = panel.uplift.difference.interval
        axes.fill_between(
            at + 1, panel.path.low[at], panel.path.high[at], color=_BLUE, alpha=0.2, linewidth=0
        )
        begun = at[~np.isnan(panel.path.low[at])]
        axes.plot(begun + 1, panel.path.values[begun], color=_BLUE, linewidth=1)
        axes.plot([count, count], [interval.low, interval.high], color="black", linewidth=2)
        axes.axhline(0, color=_GREY, linewidth=0.8, linestyle="--")
        if len(begun):
            # what the first rows span would flatten all that follows
            late = begun[len(begun) // 10 :]
            low, high = float(panel.path.low[late].min()), float(panel.path.high[late].max())
            edge = 0.3 * (max(0.0, high) - min(0.0, low))
            axes.set_ylim(min(0.0, low) - edge, max(0.0, high) + edge)
        axes.set_xlim(0, count * 1.03)
        axes.set_title(panel.title, fontsize=9)
        axes.set_xlabel("rows", fontsize=8)
        axes.tick_params(labelsize=8)
    figure.suptitle(
        f"Uplift: {confidence * 100:g}% confidence sequence, and the interval of one look (black)",
        fontsize=10,
    )
    _save(figure, path)


def draw_calibration(path: Path, bins: Sequence[Bin], title: str) -> None:
    """Predicted against observed, with intervals."""
    figure = _figure(path, 5, 4.6)
    axes = figure.add_subplot()
    top = max(*(each.high for each in bins), *(each.predicted for each in bins)) * 1.05
    axes.plot([0, top], [0, top], color=_GREY, linewidth=0.8, linestyle="--")
    for each in bins:
        axes.plot([each.predicted] * 2, [each.low, each.high], color=_GREY, linewidth=1.5)
    axes.plot([b.predicted for b in bins], [b.observed for b in bins], "o", color=_BLUE)
    axes.set_xlim(0, top)
    axes.set_ylim(0, top)
    axes.set_xlabel("predicted")
    axes.set_ylabel("observed")
    axes.set_title(title, fontsize=10)
    _save(figure, path)


def check_plot(path: Path | None) -> None:
    """Refuse a picture of a format we can't draw, before any work is done for it.

    Raises:
        InputError: its name says another format.
    """
    if path is not None and path.suffix.lower() not in _FORMATS:
        raise InputError(f"--plot: found {path}, allowed: a name that ends in .svg or .png")


def _figure(path: Path, width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    check_plot(path)
    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: "Figure", path: Path) -> None:
    import matplotlib as mpl

    drawn = path.suffix.lower().removeprefix(".")
    # the same figures give the same file; letters as outlines would be most of it
    metadata = {"Date": None} if drawn == "svg" else {"Software": None}
    try:
        with mpl.rc_context({"svg.hashsalt": "evaluate", "svg.fonttype": "none"}):
            figure.savefig(path, format=drawn, metadata=metadata, dpi=120)
    except OSError as error:
        raise InputError(f"--plot: {path}: found {error.strerror}") from None
