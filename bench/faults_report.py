"""What a run with faults comes to: by second, and by what was away against what is promised."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.faults_load import Noted, seconds_of
from bench.percentiles import percentiles

GOOD = {200, 202}
KINDS = ("read cached", "read stored", "history", "event", "preference", "decision")

PROMISED: dict[str, dict[str, set[int]]] = {
    "redis": dict.fromkeys(KINDS, GOOD),
    "cassandra": {
        # what is cached lives for a minute, and is read until it ends
        "read cached": {200, 503},
        "read stored": {503},
        "history": {503},
        "event": GOOD,
        "preference": GOOD,
        "decision": GOOD,
    },
    "kafka": {
        "read cached": {200},
        "read stored": {200},
        "history": {200},
        "event": {503},
        "preference": {503},
        "decision": {503},
    },
}
"""By what is away: the statuses that docs/api.md, "When something is away", allows."""

NOTICED_S = {"redis": 0.0, "cassandra": 3.0, "kafka": 0.0}
"""A node that is gone is noticed by the first requests that time out; only then does it hold."""

BEFORE_BACK_S = {"redis": 0.0, "cassandra": 0.0, "kafka": 6.0}
"""Writes wait 5 s for Kafka, so those of the last seconds may see it come back."""


class Away(NamedTuple):
    """When a part was away (epoch seconds): killed, told to start, and up again; and the health."""

    part: str
    from_s: float
    until_s: float
    back_s: float
    health: int


def report(noted: Sequence[Noted], aways: Sequence[Away]) -> dict[str, Any]:
    """The figures: by second, by phase, and each broken promise in words."""
    phases: dict[str, Any] = {"all there": _of(n for n in noted if n.due_s < aways[0].from_s)}
    broken = list(_unlike(phases["all there"], dict.fromkeys(KINDS, GOOD), "before"))
    for number, away in enumerate(aways):
        begin_s = away.from_s + NOTICED_S[away.part]
        end_s = away.until_s - BEFORE_BACK_S[away.part]
        phases[away.part] = _of(n for n in noted if begin_s <= n.due_s < end_s)
        broken += _unlike(phases[away.part], PROMISED[away.part], f"without {away.part}")
        healthy = away.health == (503 if away.part == "kafka" else 200)
        if not healthy:
            broken.append(f"without {away.part}: /healthz was {away.health}")
        last = aways[number + 1].from_s if number + 1 < len(aways) else noted[-1].due_s
        # what was not answered when the next one went is of that one
        after = [n for n in noted if away.back_s <= n.due_s and n.due_s + n.took_ms / 1000 < last]
        bad = [n.due_s for n in after if n.status not in GOOD]
        phases[away.part]["good_again_after_s"] = round(max(bad, default=away.back_s) - away.back_s)
        if bad and max(bad) > last - 5:
            broken.append(f"after {away.part}: errors to the end")
    return {
        "away": [each._asdict() for each in aways],
        "phases": phases,
        "broken_promises": broken,
        "seconds": [
            {
                "second": second,
                "answers": dict(Counter(f"{n.kind}: {n.status}" for n in due)),
                "p95_ms": percentiles([n.took_ms for n in due])["p95"],
            }
            for second, due in seconds_of(list(noted))
        ],
    }


def _of(noted: Any) -> dict[str, Any]:
    """By kind: how many, by status, and how long they took."""
    by_kind: dict[str, list[Noted]] = {}
    for each in noted:
        by_kind.setdefault(each.kind, []).append(each)
    return {
        kind: {
            "statuses": dict(Counter(str(n.status) for n in asked)),
            "ms": percentiles([n.took_ms for n in asked]),
        }
        for kind, asked in sorted(by_kind.items())
    }


def _unlike(phase: dict[str, Any], promised: dict[str, set[int]], when: str) -> list[str]:
    found = []
    for kind, allowed in promised.items():
        statuses = phase.get(kind, {}).get("statuses", {})
        others = {status: n for status, n in statuses.items() if int(status) not in allowed}
        if not statuses:
            found.append(f"{when}: {kind} was not asked")
        if others:
            found.append(f"{when}: {kind} got {others}, promised {sorted(allowed)}")
    return found


def table(result: dict[str, Any]) -> str:
    """The phases as a table in Markdown."""
    phases = result["phases"]
    lines = ["| | " + " | ".join(phases) + " |", "|---" * (len(phases) + 1) + "|"]
    for kind in KINDS:
        cells = []
        for phase in phases.values():
            of_kind = phase.get(kind, {"statuses": {}, "ms": {}})
            counts = ", ".join(f"{n} x {status}" for status, n in of_kind["statuses"].items())
            cells.append(f"{counts}; p95 {of_kind['ms'].get('p95', '-')} ms")
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    after = [f"{phase.get('good_again_after_s', '-')} s" for phase in phases.values()]
    lines.append("| all good again after | " + " | ".join(after) + " |")
    return "\n".join(lines)


def draw(noted: Sequence[Noted], aways: Sequence[Away], path: Path) -> None:
    """A picture by second: answers that were good and not, and the p95, as SVG."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "faults"  # the same figures give the same file
    mpl.rcParams["svg.fonttype"] = "none"
    figure = Figure(figsize=(9, 4.4), layout="constrained")
    FigureCanvasSVG(figure)
    rates, times = figure.subplots(2, 1, sharex=True)
    by_second = list(seconds_of(list(noted)))
    seconds = [second for second, _ in by_second]
    good = [sum(n.status in GOOD for n in due) for _, due in by_second]
    unavailable = [sum(n.status == 503 for n in due) for _, due in by_second]
    other = [len(due) - g - u for (_, due), g, u in zip(by_second, good, unavailable, strict=True)]
    rates.stackplot(
        seconds,
        (good, unavailable, other),
        labels=("good", "503", "other"),
        colors=("#2a788e", "#fde725", "#b40426"),
        step="post",
    )
    times.semilogy(
        seconds,
        [percentiles([n.took_ms for n in due])["p95"] for _, due in by_second],
        color="#440154",
        linewidth=1,
    )
    first = int(noted[0].due_s)
    for away in aways:
        for axes in (rates, times):
            axes.axvspan(away.from_s - first, away.back_s - first, color="grey", alpha=0.2, lw=0)
        rates.text(away.from_s - first, 1, f" {away.part}", fontsize=8, va="bottom")
    rates.set_ylabel("answers per second")
    times.set_ylabel("p95, ms")
    times.set_xlabel("seconds; grey: away, until it is up again")
    rates.legend(ncols=3, fontsize=8, loc="upper right")
    figure.savefig(path, format="svg", metadata={"Date": None})
    # A tenth of a point is finer than the eye.
    path.write_text(re.sub(r"(\d\.\d)\d+", r"\1", path.read_text()))
