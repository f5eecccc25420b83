"""The pictures of a comparison, as SVG: the same runs give the same files."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cli.records_in import InputError
from cli.simulating.summary import Summary
from tactful.simulator.world.compare import (
    Floats,
    Runs,
    by_day,
    qualities,
    regrets,
    smooth,
    spread,
)
from tactful.simulator.world.running import COLD, ORACLE, TIRELESS, WARM
from tactful.simulator.world.tally import Accuracy, Count, Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GREYS = ("#b8bec6", "#98a0aa", "#78818c", "#59626d")
_COLOURS = {COLD: "#e0a030", TIRELESS: "#c2571a", WARM: "#2b6cb0", ORACLE: "#2f855a"}
_DAYS = (
    (Count.ENGAGED, "engagements a user"),
    (Count.UNSUBSCRIBED, "unsubscribes a user"),
    (Count.COMPLAINED, "complaints a user"),
)
_BARS = (
    ("engagements a user and day", "engagements\na user and day"),
    ("unsubscribes a user", "unsubscribes\na user"),
    ("complaints a user", "complaints\na user"),
    ("expected utility a user and day", "expected utility\na user and day"),
)


def draw_all(folder: Path, runs: Runs, summary: Summary, drift_day: int | None) -> list[str]:
    """Draw every picture into a folder; their names.

    Raises:
        InputError: if they can't be written.
    """
    drawn: dict[str, Callable[[], Figure]] = {
        "simulator-policies": lambda: _policies(summary),
        "simulator-days": lambda: _days(runs),
        "simulator-staying": lambda: _staying(runs),
    }
    if ORACLE in runs and len(runs) > 1:
        drawn["simulator-regret"] = lambda: _regret(runs, drift_day)
    if any(outcomes[0].accuracy for outcomes in runs.values()):
        drawn["simulator-accuracy"] = lambda: _accuracies(runs, drift_day)
    if summary.recovery and (COLD in runs or WARM in runs):
        drawn["simulator-drift"] = lambda: _drift(runs, drift_day or 0)
    names = []
    for name, draw in drawn.items():
        _save(draw(), folder / f"{name}.svg")
        names.append(f"{name}.svg")
    return names


def _colours(policies: Sequence[str]) -> dict[str, str]:
    greys = iter(_GREYS)
    return {policy: _COLOURS.get(policy) or next(greys, "#59626d") for policy in policies}


def _policies(summary: Summary) -> "Figure":
    policies = list(summary.figures)
    colours = _colours(policies)
    figure = _figure(9.6, 0.9 + 0.3 * len(policies))
    panels = figure.subplots(1, len(_BARS), sharey=True)
    for axes, (name, title) in zip(panels, _BARS, strict=True):
        for row, policy in enumerate(policies):
            found = summary.figures[policy][name]
            axes.barh(row, found.value, color=colours[policy], height=0.7)
            axes.plot([found.low, found.high], [row, row], color="black", linewidth=1.2)
        axes.set_title(title, fontsize=9)
        axes.tick_params(labelsize=8)
        axes.grid(axis="x", alpha=0.3)
    panels[0].set_yticks(range(len(policies)), policies)
    panels[0].invert_yaxis()
    return figure


def _days(runs: Runs) -> "Figure":
    """What has come together by each day."""
    figure = _figure(10.8, 3.8)
    for axes, (count, title) in zip(figure.subplots(1, len(_DAYS)), _DAYS, strict=True):

        def so_far(run: Outcome, number: int, count: Count = count) -> Floats:
            del number
            return np.asarray(np.cumsum(run.by_day(count)) / run.users)

        _lines(axes, runs, so_far)
        axes.set_title(f"{title}, so far", fontsize=9)
        axes.set_ylim(bottom=0)
        if axes.get_legend() is not None:
            axes.get_legend().remove()
    # One legend serves the three, beside them.
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
    return figure


def _regret(runs: Runs, drift_day: int | None) -> "Figure":
    figure = _figure(7.4, 3.6)
    axes = figure.add_subplot()
    _lines(
        axes,
        {policy: outcomes for policy, outcomes in runs.items() if policy != ORACLE},
        lambda run, number: smooth(regrets(run, runs[ORACLE][number])),
    )
    _marked(axes, drift_day)
    axes.set_ylabel("regret a user", fontsize=9)
    axes.set_ylim(bottom=0)
    return figure


def _staying(runs: Runs) -> "Figure":
    figure = _figure(7.4, 3.2)
    axes = figure.add_subplot()
    _lines(axes, runs, lambda run, _: np.array(run.by_day(Count.ACTIVE)) / run.users)
    axes.set_ylabel("share of users still there", fontsize=9)
    axes.set_ylim(0, 1)
    return figure


def _accuracies(runs: Runs, drift_day: int | None) -> "Figure":
    figure = _figure(8.6, 3.2)
    panels = figure.subplots(1, 2, sharey=True)
    of: tuple[tuple[str, Callable[[Accuracy], float], str], ...] = (
        ("best channel", lambda each: each.channel, "channel"),
        ("within an hour of the best", lambda each: each.hour, "hour"),
    )
    colours = _colours(list(runs))
    for axes, (title, value, kind) in zip(panels, of, strict=True):
        for policy, outcomes in runs.items():
            if not outcomes[0].accuracy:
                continue
            days, means, lows, highs = [], [], [], []
            for number, first in enumerate(outcomes[0].accuracy):
                here = [run.accuracy[number] for run in outcomes]
                if sum(each.users[kind] for each in here) < 20 * len(outcomes):
                    continue
                found = spread([value(each) for each in here])
                days.append(first.day + 1)
                means.append(found.value)
                lows.append(found.low)
                highs.append(found.high)
            style = "o" if len(days) == 1 else "-"
            axes.plot(days, means, style, color=colours[policy], label=policy, linewidth=1.4)
            axes.fill_between(days, lows, highs, color=colours[policy], alpha=0.2, linewidth=0)
        axes.set_title(f"users with enough history: {title}", fontsize=9)
        axes.set_ylim(0, 1)
        _marked(axes, drift_day)
    return figure


def _drift(runs: Runs, drift_day: int) -> "Figure":
    shown = [policy for policy in (COLD, WARM) if policy in runs]
    figure = _figure(7.4, 3.2)
    axes = figure.add_subplot()
    colours = _colours(list(runs))
    for policy in shown:
        for group, style, words in ((0, "--", "steady"), (1, "-", "changed")):
            days = by_day([smooth(qualities(run, group), 3) for run in runs[policy]])
            axes.plot(
                range(1, len(days) + 1),
                [each.value for each in days],
                style,
                color=colours[policy],
                linewidth=1.3,
                label=f"{policy}: users who {words}" if group else f"{policy}: {words} users",
            )
    axes.set_ylabel("quality of channel and hour", fontsize=9)
    axes.set_ylim(top=1)
    _marked(axes, drift_day)
    return figure


def _lines(
    axes: "Axes",
    runs: Mapping[str, Sequence[Outcome]],
    of: Callable[[Outcome, int], Floats],
) -> None:
    """A line with its interval for each policy."""
    colours = _colours(list(runs))
    for policy, outcomes in runs.items():
        days = by_day([of(run, number) for number, run in enumerate(outcomes)])
        at = range(1, len(days) + 1)
        axes.plot(at, [d.value for d in days], color=colours[policy], linewidth=1.3, label=policy)
        axes.fill_between(
            at,
            [d.low for d in days],
            [d.high for d in days],
            color=colours[policy],
            alpha=0.18,
            linewidth=0,
        )
    _dressed(axes)


def _marked(axes: "Axes", drift_day: int | None) -> None:
    """The day of the drift, axes and legend."""
    if drift_day is not None:
        axes.axvline(drift_day + 1, color="#9b2c2c", linewidth=0.9, linestyle=":")
    _dressed(axes)


def _dressed(axes: "Axes") -> None:
    axes.set_xlabel("day", fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize=7, ncols=2, frameon=False)


def _figure(width: float, height: float) -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: "Figure", path: Path) -> None:
    import matplotlib as mpl

    try:
        with mpl.rc_context({"svg.hashsalt": "simulate", "svg.fonttype": "none"}):
            figure.savefig(path, format="svg", metadata={"Date": None})
        # For documents; the report shows the vector picture.
        figure.savefig(path.with_suffix(".png"), format="png", dpi=110)
    except OSError as error:
        raise InputError(f"--output: {path}: found {error.strerror}") from None
