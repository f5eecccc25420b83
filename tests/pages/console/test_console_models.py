"""Model cards: as the jobs have the models, with all versions that are kept."""

from collections.abc import Iterator

import msgspec
import pytest
from api_world import World

from api.auth import Role
from api.kafka.knowledge import KnowledgeView
from api.pages.console.models import TOP_WEIGHTS, card_of, live_of, versions_of
from tactful.knowledge import MODEL_KEY
from tactful.models import Form, Snapshot, Task, encode_snapshot
from tactful.models.keys import PIN_KEY, Pin, history_key
from tactful.models.snapshot import Bin, Gain, Pair, RateTable

EVIL = "</script><b>x</b>"


@pytest.fixture
def world() -> Iterator[World]:
    found = World()
    yield found
    found.close()


def snapshot(number: int = 1, **changes: object) -> Snapshot:
    fields = {
        "task": Task.ENGAGEMENT,
        "version": f"engagement-{number}",
        "trained_at_ms": 1_000_000 * number,
        "examples": 100 * number,
        "form": Form.LOGISTIC,
        "weights": {f"w{at}": at / 10 * (-1) ** at for at in range(30)},
        "metrics": {"auc": 0.6 + number / 100},
        "calibration": (Bin(0.1, 0.2, 30.0),),
        "card": {"question": EVIL, "data": {"channels": {EVIL: 3}}, "learning": {"lr": 0.1}},
    }
    return Snapshot(**{**fields, **changes})  # type: ignore[arg-type]


def take(view: KnowledgeView, made: Snapshot, key: str | None = None) -> None:
    view.take(key or f"{MODEL_KEY}{made.task}", encode_snapshot(made), 0)


def test_versions_are_those_kept_and_the_live_one_oldest_first(world: World) -> None:
    view = world.knowledge
    for number in (3, 1, 2):
        made = snapshot(number)
        take(view, made, history_key(made.task, made.version))
    take(view, snapshot(3))
    take(view, snapshot(9, task=Task.CHURN), history_key(Task.CHURN, "c"))
    found = versions_of(view, "engagement")
    assert [each.version for each in found] == ["engagement-1", "engagement-2", "engagement-3"]
    history = card_of(live_of(view)["engagement"], found)["history"]
    assert history["metrics"] == {"auc": [0.61, 0.62, 0.63]}
    assert history["drift_ms"] == []


def test_drift_is_told_with_its_moments() -> None:
    drifted = snapshot(2, metrics={"auc": 0.7, "drifts": 2.0, "drifted_at_ms": 5_000.0})
    card = card_of(drifted, [snapshot(1), drifted])
    assert (card["drifts"], card["drifted"]) == (2, "Thu 1 Jan 1970, 00:00")
    assert card["history"]["drift_ms"] == [5_000]
    assert card["history"]["metrics"] == {"auc": [0.61, 0.7]}


def test_the_largest_weights_come_first() -> None:
    card = card_of(snapshot(), [])
    assert len(card["weights"]) == TOP_WEIGHTS
    assert card["weights_left"] == 30 - TOP_WEIGHTS
    assert card["weights"][0] == {"feature": "w29", "weight": -2.9}


def test_the_page_shows_each_form(world: World) -> None:
    empty = world.call("GET", "/console/models", role=Role.ANALYST)
    assert "No model is in use yet" in empty.text
    take(world.knowledge, snapshot())
    rates = RateTable(channel={"": {"email": Pair(10.0, 3.0)}}, type={"": {"tip": Pair(0.0, 0.0)}})
    plain = {"weights": {}, "card": {}, "calibration": (), "metrics": {}}
    table = snapshot(version="r", task=Task.RATES, form=Form.RATES, rates=rates, **plain)
    gains = {"tip": Gain(90, 10, 0.2, 0.1, 0.1), "x": Gain(9, 1, 0.2, 0.1, 0.1, -0.1, 0.3)}
    uplift = snapshot(version="u", task=Task.UPLIFT, form=Form.UPLIFT, gains=gains, **plain)
    take(world.knowledge, table)
    take(world.knowledge, uplift)
    world.knowledge.take(f"{PIN_KEY}uplift", msgspec.json.encode(Pin("u")), 0)
    first = world.call("GET", "/console/models", role=Role.ANALYST).text
    assert "engagement-1" in first
    assert "What moves it" in first
    assert EVIL not in first
    told = world.call("GET", "/console/models?task=rates", role=Role.ANALYST).text
    assert "30.0 %" in told
    last = world.call("GET", "/console/models?task=uplift", role=Role.ANALYST).text
    assert "too early" in last
    assert "-0.1000 to +0.3000" in last
    assert "pinned by hand" in last
    missing = world.call("GET", "/console/models?task=none", role=Role.ANALYST)
    assert missing.status_code == 404


def test_a_snapshot_that_cant_be_used_is_left_out(world: World) -> None:
    world.knowledge.records[f"{MODEL_KEY}engagement"] = b"{}"
    assert live_of(world.knowledge) == {}
    assert world.call("GET", "/console/models", role=Role.ANALYST).status_code == 200
