"""`python -m bench.simulation FOLDER [NAME]`: keep a report of `tactful simulate`.

Its figures go to bench/results/ and, as tables, to the place in docs/simulator.md that has the
name; the pictures of "full" (where no name is given) go to docs/images/.
"""

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from bench.results import keep

DOCS = Path(__file__).resolve().parents[1] / "docs"
FULL = "full"
_END = "<!-- /figures -->"
_COLUMNS = {
    "engagements a user and day": "engagements a user and day",
    "sends a user and day": "sends",
    "engagement a send": "engagement a send",
    "unsubscribes a user": "unsubscribes a user",
    "complaints a user": "complaints a user",
    "expected utility a user and day": "expected utility a user and day",
    "quality of channel and hour": "quality",
}
_ACCURACY = ("channel", "channel, by value", "hour", "hour, by value")


def main(folder: Path, name: str = FULL) -> str:
    """Copy figures and pictures; the name of the result comes back."""
    if name == FULL:
        for picture in sorted(folder.glob("simulator-*.png")):
            shutil.copy(picture, DOCS / "images" / picture.name)
    summary = json.loads((folder / "summary.json").read_text())
    page = DOCS / "simulator.md"
    begin = f"<!-- figures: {name}, written by python -m bench.simulation -->"
    before, _, rest = page.read_text().partition(begin)
    if not rest:
        raise SystemExit(f"{page}: found no {begin!r}")
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{begin}\n\n{tables(summary)}\n\n{_END}{after}")
    return keep("simulation" if name == FULL else f"simulation-{name}", summary)


def tables(summary: dict[str, Any]) -> str:
    """The figures as Markdown."""
    plan = summary["plan"]
    worlds = f"{len(summary['seeds'])} worlds of {plan['users']:,} users and {plan['days']} days"
    parts = [
        f"{worlds}; in brackets 95 % intervals over the worlds.",
        _table(
            ["policy", *_COLUMNS.values()],
            [
                [policy, *(_plain(found[name]["value"]) for name in _COLUMNS)]
                for policy, found in summary["figures"].items()
            ],
        ),
        _table(
            ["asked for", "wanted", "found", ""],
            [
                [each["name"], each["wanted"], _found(each), _reached(each)]
                for each in summary["targets"]
            ],
        ),
        _table(
            ["choices on the last day", *_ACCURACY],
            [
                [policy, *(_plain(found[name]["value"]) for name in _ACCURACY)]
                for policy, found in summary["accuracy_on_the_last_day"].items()
            ],
        ),
    ]
    prevented = summary["prevented_unsubscribes_per_1000_users"]
    if prevented:
        parts.append(
            "Unsubscribes that fatigue handling prevented, of 1,000 users, against the same worlds "
            f"without it: {_spread(prevented)}."
        )
    return "\n\n".join(parts)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _found(target: dict[str, Any]) -> str:
    """A target's figure: a share of users, a change, or days (pooled, and by seed)."""
    found = target["found"]
    if target["unit"] == "days" or found["value"] is None:
        low, high = (_plain(found[name]) for name in ("low", "high"))
        return f"{_plain(found['value'])} (by seed {low} to {high})"
    sign = "+" if target["unit"] == "%" else ""
    value, low, high = (f"{100 * found[name]:{sign}.0f}" for name in ("value", "low", "high"))
    return f"{value} % ({low} to {high})"


def _spread(found: dict[str, float | None]) -> str:
    value, low, high = (_plain(found[name]) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _reached(target: dict[str, Any]) -> str:
    if target["reached"]:
        return "reached" if target["sure"] else "reached, not surely"
    return "**missed**"


def _plain(value: float | None) -> str:
    if value is None:
        return "-"
    return re.sub(r"\.?0+$", "", f"{value:.4f}") if abs(value) < 10 else f"{value:.1f}"


if __name__ == "__main__":
    print(f"Kept in bench/results/{main(Path(sys.argv[1]), *sys.argv[2:3])}")
