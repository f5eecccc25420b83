"""The models in use, each as its card: how good, how well calibrated, what moves it, from what."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.auth import Principal, Scope, allow
from api.kafka.knowledge import KnowledgeView
from api.pages.console.access import page
from api.pages.console.wording import local, words
from api.problems import not_found
from api.routes.common import services_of
from tactful.local_time import zone_named
from tactful.models import Snapshot, SnapshotError, Task, parse_snapshot
from tactful.models.keys import HISTORY_KEY, PIN_KEY
from tactful.policy.form import duration

router = APIRouter(prefix="/console/models")

TOP_WEIGHTS = 15
_OF_DRIFT = ("drifts", "drifted_at_ms")
_UTC, _ = zone_named("UTC", "UTC")
_clock = local(_UTC)


@router.get("")
async def show(
    request: Request,
    who: Annotated[Principal, allow(Scope.MODELS_READ)],
    task: Annotated[str | None, Query(max_length=128)] = None,
) -> Response:
    """The cards; with `task` that one is open, else the first."""
    view = services_of(request).knowledge
    live = live_of(view)
    if task is not None and task not in live:
        raise not_found("No model of this task is in use.")
    chosen = task or next(iter(live), None)
    card = None if chosen is None else card_of(live[chosen], versions_of(view, chosen))
    pin = None if chosen is None else view.records.get(f"{PIN_KEY}{chosen}")
    return page(
        request,
        who,
        "models.html",
        tasks=[
            {"task": name, "version": each.version, "examples": each.examples}
            for name, each in live.items()
        ],
        chosen=chosen,
        card=card,
        pinned=pin is not None,
    )


def live_of(view: KnowledgeView) -> dict[str, Snapshot]:
    """The snapshots that decisions use, in the order in which the tasks are listed everywhere."""
    records = view.models()
    found = {}
    for task in Task:
        snapshot = _read(records.get(task))
        if snapshot is not None:
            found[task.value] = snapshot
    return found


def versions_of(view: KnowledgeView, task: str) -> list[Snapshot]:
    """The versions that are kept, the live one included, the oldest first, each once."""
    prefix = f"{HISTORY_KEY}{task}/"
    values = [value for key, value in view.records.items() if key.startswith(prefix)]
    live = view.models().get(task)
    known = {s.version: s for s in map(_read, [*values, live]) if s is not None}
    return sorted(known.values(), key=lambda each: (each.trained_at_ms, each.version))


def card_of(snapshot: Snapshot, versions: list[Snapshot]) -> dict[str, Any]:
    """A model as the page draws it."""
    data = snapshot.card.get("data", {})
    drifts = int(snapshot.metrics.get("drifts", 0))
    drifted_ms = int(snapshot.metrics.get("drifted_at_ms", 0))
    first_ms, last_ms = data.get("first_decided_at_ms"), data.get("last_decided_at_ms")
    span = f"{_clock(first_ms)} to {_clock(last_ms)} (UTC)" if first_ms and last_ms else None
    return {
        "task": snapshot.task.value,
        "form": snapshot.form.value,
        "version": snapshot.version,
        "question": str(snapshot.card.get("question", "")),
        "trained": _clock(snapshot.trained_at_ms),
        "examples": snapshot.examples,
        "decided": span,
        "drifts": drifts,
        "drifted": _clock(drifted_ms) if drifts and drifted_ms else None,
        "counts": {
            name: data[name]
            for name in ("channels", "types", "segments")
            if isinstance(data.get(name), dict) and data[name]
        },
        "metrics": [
            {"name": name.replace("_", " "), "value": value}
            for name, value in snapshot.metrics.items()
            if name not in _OF_DRIFT
        ],
        "history": history_of(versions),
        "calibration": [
            {"predicted": each.predicted, "observed": each.observed, "rows": each.rows}
            for each in snapshot.calibration
        ],
        "weights": weights_of(snapshot),
        "weights_left": max(0, len(snapshot.weights) - TOP_WEIGHTS),
        "rates": rates_of(snapshot),
        "gains": [
            {
                "type": name,
                "value": gain.value,
                "low": gain.low,
                "high": gain.high,
                "users": gain.treated + gain.control,
            }
            for name, gain in snapshot.gains.items()
        ],
        "learning": [_setting(*pair) for pair in snapshot.card.get("learning", {}).items()],
    }


def _setting(name: str, value: Any) -> tuple[str, str]:
    """A setting of the learner; spans in words."""
    if name.endswith("_ms") and isinstance(value, int):
        told = _clock(value) if name.endswith("until_ms") else duration(value)
        return name.removesuffix("_ms").replace("_", " "), told if value else "none"
    return name.replace("_", " "), words(value)


def weights_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The largest weights: what a deviation of the feature adds to the log-odds."""
    order = sorted(snapshot.weights, key=lambda name: (-abs(snapshot.weights[name]), name))
    return [{"feature": n, "weight": round(snapshot.weights[n], 4)} for n in order[:TOP_WEIGHTS]]


def history_of(versions: list[Snapshot]) -> dict[str, Any]:
    """Each metric over the versions, with the moments at which drift was found."""
    names = list(dict.fromkeys(n for each in versions for n in each.metrics if n not in _OF_DRIFT))
    return {
        "versions": [each.version for each in versions],
        "trained_ms": [each.trained_at_ms for each in versions],
        "metrics": {name: [each.metrics.get(name) for each in versions] for name in names},
        "drift_ms": sorted(
            {int(each.metrics["drifted_at_ms"]) for each in versions if _drifted(each)}
        ),
    }


def rates_of(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The rates of everyone, by channel and by type."""
    if snapshot.rates is None:
        return []
    return [
        {"name": name, "rate": round(pair.engaged / pair.sent, 4), "sends": round(pair.sent, 1)}
        for table in (snapshot.rates.channel, snapshot.rates.type)
        for name, pair in sorted(table.get("", {}).items())
        if pair.sent > 0
    ]


def _drifted(snapshot: Snapshot) -> bool:
    return bool(snapshot.metrics.get("drifts") and snapshot.metrics.get("drifted_at_ms"))


def _read(value: bytes | None) -> Snapshot | None:
    """A snapshot, None where it can't be used: the overview says what is refused."""
    if not value:
        return None
    try:
        return parse_snapshot(value)
    except SnapshotError:
        return None
