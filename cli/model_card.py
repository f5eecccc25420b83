"""A model as a person wants to know it: the card in words and as Markdown, and its picture."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from cli.evaluating.saying import number
from cli.words import clock
from tactful.models import Form, Snapshot
from tactful.models.snapshot import Bin

TOP_WEIGHTS = 20
_BAR = 30


def facts(snapshot: Snapshot, pinned: str | None = None) -> list[tuple[str, str]]:
    """What it is: name and value."""
    data = snapshot.card.get("data", {})
    found = [
        ("task", snapshot.task.value),
        ("version", snapshot.version),
        ("predicts", str(snapshot.card.get("question", "-"))),
        ("learned up to", clock(snapshot.trained_at_ms, UTC)),
        ("examples", f"{snapshot.examples:,}"),
    ]
    if data.get("first_decided_at_ms"):
        first, last = data["first_decided_at_ms"], data["last_decided_at_ms"]
        found.append(("decisions", f"{clock(first, UTC)} to {clock(last, UTC)}"))
    sorts = ("channels", "types", "segments", "policies")
    found += [(sort, _counts(data[sort])) for sort in sorts if data.get(sort)]
    found += [(name, f"{data[name]:,}") for name in ("corrections", "refused") if data.get(name)]
    found.append(("drift", _drift(snapshot)))
    if pinned is not None:
        found.append(("pinned", pinned))
    return found


def measures(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Its metrics, each example predicted before it was learned."""
    return [
        (name.replace("_", " "), number(value))
        for name, value in snapshot.metrics.items()
        if name not in ("drifts", "drifted_at_ms")
    ]


def weights(snapshot: Snapshot, most: int = TOP_WEIGHTS) -> list[tuple[str, str, str]]:
    """The largest weights: feature, weight per deviation (indicators: as such), mean."""
    order = sorted(snapshot.weights, key=lambda name: (-abs(snapshot.weights[name]), name))
    return [
        (
            name,
            f"{snapshot.weights[name]:+.4f}",
            number(snapshot.means[name]) if name in snapshot.means else "",
        )
        for name in order[:most]
    ]


def bars(bins: Sequence[Bin]) -> list[tuple[str, str, str, str]]:
    """Calibration as text: rows, predicted, observed, and both as a bar."""
    top = max((max(each.predicted, each.observed) for each in bins), default=0.0) or 1.0
    return [
        (
            f"{each.rows:,.0f}",
            number(each.predicted),
            number(each.observed),
            _bar(each.predicted / top, each.observed / top),
        )
        for each in bins
    ]


def rates_table(snapshot: Snapshot) -> list[tuple[str, str, str, str]]:
    """Rates of everyone and of segments: segment, what, rate, decayed sends."""
    assert snapshot.rates is not None
    return [
        (segment or "everyone", name, number(pair.engaged / pair.sent), f"{pair.sent:,.1f}")
        for table in (snapshot.rates.channel, snapshot.rates.type)
        for segment, names in sorted(table.items())
        for name, pair in sorted(names.items())
        if pair.sent > 0
    ]


def gains_table(snapshot: Snapshot) -> list[tuple[str, str, str, str, str]]:
    """Uplifts: type, users treated and held back, rates, difference, interval."""
    return [
        (
            name,
            f"{gain.treated:,} / {gain.control:,}",
            f"{number(gain.treated_rate)} / {number(gain.control_rate)}",
            f"{gain.value:+.4f}",
            "too early"
            if gain.low is None or gain.high is None
            else f"{gain.low:+.4f} to {gain.high:+.4f}",
        )
        for name, gain in snapshot.gains.items()
    ]


def markdown(snapshot: Snapshot, picture: str | None) -> str:
    """The model card as a page.

    Args:
        snapshot: the model.
        picture: the name of the calibration's picture beside it, None without one.
    """
    parts = [f"# Model card: {snapshot.version}", _table(("", ""), facts(snapshot))]
    parts += ["## Metrics", "Each example was predicted before it was learned from."]
    parts.append(_table(("measure", "value"), measures(snapshot)))
    if snapshot.calibration:
        parts.append("## Calibration")
        if picture is not None:
            parts.append(f"![Predicted and observed]({picture})")
        parts.append(
            _table(
                ("examples", "predicted", "observed"),
                [row[:3] for row in bars(snapshot.calibration)],
            )
        )
    if snapshot.form is Form.LOGISTIC:
        parts.append("## Weights")
        parts.append(
            _table(
                ("feature", "weight", "mean"),
                [
                    ("intercept", f"{snapshot.intercept:+.4f}", ""),
                    *weights(snapshot, len(snapshot.weights)),
                ],
            )
        )
    elif snapshot.form is Form.RATES:
        parts += ["## Rates", _table(("segment", "of", "rate", "sends"), rates_table(snapshot))]
    else:
        headings = ("type", "users", "rates", "uplift", "interval")
        parts += ["## Uplift", _table(headings, gains_table(snapshot))]
    parts.append("## How it learns")
    learning = snapshot.card.get("learning", {})
    parts.append(_table(("setting", "value"), [(k, str(v)) for k, v in learning.items()]))
    return "\n\n".join(parts) + "\n"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [
        f"| {' | '.join(headings)} |",
        f"|{'---|' * len(headings)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    return "\n".join(lines)


def _counts(counts: dict[str, Any]) -> str:
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{name} {count:,}" for name, count in most)


def _drift(snapshot: Snapshot) -> str:
    found = int(snapshot.metrics.get("drifts", 0))
    if not found:
        return "never found"
    last = clock(int(snapshot.metrics.get("drifted_at_ms", 0)), UTC)
    until_ms = snapshot.card.get("learning", {}).get("boosted_until_ms", 0)
    faster = f", larger steps until {clock(until_ms, UTC)}" if until_ms else ""
    return f"found {found} times, last {last}{faster}"


def _bar(predicted: float, observed: float) -> str:
    """`=` up to the observed share, `|` where it was predicted."""
    line = list("=" * round(observed * _BAR) + " " * (_BAR + 1 - round(observed * _BAR)))
    line[round(predicted * _BAR)] = "|"
    return "".join(line).rstrip()
