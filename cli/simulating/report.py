"""The report of a comparison: on the screen, as HTML with its pictures, and as JSON."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from cli.records_in import InputError
from cli.screen import Screen
from cli.simulating.pictures import draw_all
from cli.simulating.seeds import Comparison
from cli.simulating.summary import FIGURES, Summary, as_json, summarise
from tactful.simulator.world.compare import Runs, Spread, Target
from tactful.simulator.world.running import BASELINE, TIRELESS, WARM
from tactful.simulator.world.world import Plan

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a202c }
table { border-collapse: collapse; margin: 1rem 0; font-size: 13px }
th, td { padding: .25rem .6rem; border-bottom: 1px solid #e2e8f0; text-align: right }
th:first-child, td:first-child { text-align: left }
th { color: #5b6472; font-weight: 600; vertical-align: bottom }
img { max-width: 100%; height: auto }
.yes { color: #2f855a } .no { color: #c53030 } small { color: #5b6472 }
"""
_ABOUT = "What the world is made of, and what the oracle does, stands in docs/simulator.md."
_CAPTIONS = {
    "simulator-policies.svg": "What each policy came to; bars are means over seeds, lines their "
    "95% intervals.",
    "simulator-days.svg": "What has come together by each day; the bands are 95% intervals over "
    "seeds.",
    "simulator-regret.svg": "Expected utility that the oracle has more, a user and day (those who "
    "left count too), mean of five days.",
    "simulator-staying.svg": "Users who neither withdrew consent nor gave up.",
    "simulator-accuracy.svg": "Greedy choices against the truth, of users with at least 20 sends "
    "and 20 sessions since they last changed, where the best is clear.",
    "simulator-drift.svg": "The chance of engagement over that of the best channel and hour, for "
    "users who changed on the dotted day and the others.",
}


def write(folder: Path, comparison: Comparison, runs: Runs) -> Summary:
    """The pictures, `report.html` and `summary.json`.

    Raises:
        InputError: if they can't be written.
    """
    plan = comparison.plans[0]
    summary = summarise(runs, plan.drift_day)
    pictures = draw_all(folder, runs, summary, plan.drift_day)
    content = {"plan": _plan(comparison), **as_json(summary, runs)}
    try:
        (folder / "summary.json").write_bytes(
            msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
        )
        (folder / "report.html").write_text(_html(comparison, summary, pictures), "utf-8")
    except OSError as error:
        raise InputError(f"--output: {folder}: found {error.strerror}") from None
    return summary


def tell(screen: Screen, summary: Summary) -> None:
    """The figures on the screen."""
    names = list(FIGURES)
    screen.table(
        "Policies (means over seeds)",
        ("policy", *names),
        [
            (policy, *(_number(name, found[name].value) for name in names))
            for policy, found in summary.figures.items()
        ],
    )
    if summary.targets:
        screen.table(
            f"{WARM} against {BASELINE}, and the truth",
            ("what", "wanted", "found (95% interval)", "reached"),
            [(each.name, each.wanted, _found(each), _reached(each)) for each in summary.targets],
        )
    if summary.prevented is not None:
        screen.say(f"Handling fatigue prevented {_prevented(summary.prevented)}.")


def _plan(comparison: Comparison) -> dict[str, Any]:
    plan = comparison.plans[0]
    return {
        "seeds": [each.seed for each in comparison.plans],
        "users": plan.users,
        "days": plan.days,
        "drift_day": plan.drift_day,
        "start_ms": plan.start_ms,
        "warm_up_users": comparison.warm_up_users,
        "refusal_cost": comparison.refusal_cost,
    }


def _html(comparison: Comparison, summary: Summary, pictures: Sequence[str]) -> str:
    plan = comparison.plans[0]
    names = list(FIGURES)
    parts = [
        "<h1>Tactful in the simulated world</h1>",
        f"<p>{_sentence(len(comparison.plans), plan)} {_ABOUT}</p>",
    ]
    if summary.targets:
        rows = [
            (
                escape(each.name),
                escape(each.wanted),
                escape(_found(each)),
                f'<span class="{"yes" if each.reached else "no"}">{_reached(each)}</span>',
            )
            for each in summary.targets
        ]
        parts.append(f"<h2>{WARM} against “{BASELINE}”, and the truth</h2>")
        parts.append(_table(("what", "wanted", "found (95% interval)", "reached"), rows))
    if summary.prevented is not None:
        parts.append(
            f"<p>Handling fatigue prevented {escape(_prevented(summary.prevented))}, paired by "
            f"seed with “{TIRELESS}”.</p>"
        )
    parts.append("<h2>All policies</h2>")
    cells = [
        (
            escape(policy),
            *(
                f"{_number(name, each[name].value)}<br><small>{_number(name, each[name].low)} to "
                f"{_number(name, each[name].high)}</small>"
                for name in names
            ),
        )
        for policy, each in summary.figures.items()
    ]
    parts.append(_table(("policy", *names), cells))
    if summary.accuracy:
        parts.append("<h2>Choices on the last day</h2>")
        columns = list(next(iter(summary.accuracy.values())))
        parts.append(
            _table(
                ("policy", *columns),
                [
                    (escape(policy), *(_share(name, found[name].value) for name in columns))
                    for policy, found in summary.accuracy.items()
                ],
            )
        )
    if summary.recovery:
        parts.append("<h2>Days from the drift until the choices are back</h2>")
        parts.append(
            _table(
                ("policy", "days"),
                [(escape(policy), _days(days)) for policy, days in summary.recovery.items()],
            )
        )
    for name in pictures:
        parts.append(f"<h2>{escape(name.removeprefix('simulator-').removesuffix('.svg'))}</h2>")
        caption = escape(_CAPTIONS[name])
        image = f'<img src="{name}" alt="{caption}">'
        parts.append(f"<p>{image}<br><small>{caption}</small></p>")
    body = "\n".join(parts)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Tactful in the simulated world</title><style>{_STYLE}</style></head>\n"
        f"<body>\n{body}\n</body></html>\n"
    )


def _sentence(seeds: int, plan: Plan) -> str:
    worlds = "one world" if seeds == 1 else f"{seeds} worlds"
    drift = "" if plan.drift_day is None else f" On day {plan.drift_day} a quarter of them change."
    return f"{worlds.capitalize()} of {plan.users:,} users, {plan.days} days each.{drift}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>"


def _number(name: str, value: float) -> str:
    """A figure as its kind is read.

    >>> _number("unsubscribes a send", 0.0025), _number("sends a user and day", 0.5)
    ('0.25%', '0.500')
    """
    if name.endswith("a send") or name.startswith("quality"):
        return f"{value:.2%}" if value < 0.1 else f"{value:.1%}"
    return f"{value:.4f}" if abs(value) < 0.1 else f"{value:.3f}"


def _share(name: str, value: float) -> str:
    return f"{value:,.0f}" if name.startswith("users") else f"{value:.1%}"


def _days(days: float) -> str:
    return "not within the run" if days == float("inf") else f"{days:.0f}"


def _found(target: Target) -> str:
    found = target.found
    if target.unit == "days":
        return f"{_days(found.value)} (by seed {found.low:.1f} to {found.high:.1f})"
    sign = "+" if target.unit == "%" else ""
    return f"{found.value:{sign}.1%} ({found.low:{sign}.1%} to {found.high:{sign}.1%})"


def _reached(target: Target) -> str:
    if target.sure:
        return "yes"
    return "yes, not for sure" if target.reached else "no"


def _prevented(found: Spread) -> str:
    return f"{found.value:.1f} unsubscribes a thousand users ({found.low:.1f} to {found.high:.1f})"
