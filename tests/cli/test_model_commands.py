"""`tactful model` on a topic in memory: list, show, export, roll back, release."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest
from learning_kit import START_MS, an_example, population
from typer.testing import CliRunner

from cli import models_live
from cli.broker import Seen
from cli.main import app
from cli.models_live import Models
from tactful.learning import Trainer
from tactful.models import Snapshot, encode_snapshot, parse_snapshot
from tactful.models.keys import history_key
from tactful.records import ExampleKind

TOPIC = "tactful.knowledge"


class Knowledge:
    """A compacted topic: what was written, in order."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes]] = []
        self.overwritten_by: tuple[str, bytes] | None = None

    def put(self, snapshot: Snapshot, *, live: bool = True) -> None:
        value = encode_snapshot(snapshot)
        if live:
            self.records.append((f"model/{snapshot.task}", value))
        self.records.append((history_key(snapshot.task, snapshot.version), value))

    # What the commands ask of Kafka

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def partitions(self) -> dict[str, int]:
        return {TOPIC: 1}

    def assign(self, places: list[tuple[str, int]]) -> None:
        assert places == [(TOPIC, 0)]

    def backlog(self) -> Iterator[Seen]:
        for offset, (key, value) in enumerate(self.records):
            yield Seen(TOPIC, 0, offset, key.encode(), value, 0)

    def write(self, topic: str, key: str, value: bytes | None) -> None:
        assert topic == TOPIC
        self.records.append((key, value or b""))
        if self.overwritten_by is not None and key.startswith("model/"):
            self.records.append(self.overwritten_by)

    def flush(self) -> None:
        pass


def trained(task: str, number: int) -> Snapshot:
    trainer = Trainer(task)
    if task == "uplift":
        trainer.learn(
            an_example(
                each,
                user_id=f"u{each}",
                kind=ExampleKind.HOLDBACK,
                labels={"outcome": each % 2},
                group="control" if each % 5 == 0 else "treated",
            )
            for each in range(number)
        )
    else:
        trainer.learn(population(number))
    return trainer.snapshot(START_MS)


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Knowledge:
    made = Knowledge()
    monkeypatch.setattr(models_live, "Reader", lambda _bootstrap: made)
    monkeypatch.setattr(models_live, "Writer", lambda _bootstrap: made)
    monkeypatch.setattr(models_live, "SETTLE_S", 0.0)
    return made


def run(*args: str) -> Any:
    return CliRunner().invoke(app, ("model", *args))


def test_without_models_it_says_so(topic: Knowledge) -> None:
    assert "There are no models yet" in run("list").stdout
    result = run("show", "engagement")
    assert result.exit_code == 1
    assert "engagement: there is no live model" in result.stderr
    assert topic.records == []


def test_the_list_has_the_live_ones_and_the_history_the_newest_first(topic: Knowledge) -> None:
    old, new = trained("engagement", 150), trained("engagement", 300)
    topic.put(old)
    topic.put(new)
    topic.put(trained("rates", 150))
    topic.records.append((history_key(old.task, "gone"), b""))
    lines = run("list").stdout.splitlines()
    found = [line.split()[:3] for line in lines if line.strip().startswith("engagement")]
    assert found == [["engagement", new.version, "live"], ["engagement", old.version, found[1][2]]]
    assert any("rates" in line and "live" in line for line in lines)


@pytest.mark.parametrize("task", ["engagement", "rates", "uplift"])
def test_a_card_says_what_the_model_is_and_how_good(topic: Knowledge, task: str) -> None:
    snapshot = trained(task, 400)
    topic.put(snapshot)
    result = run("show", task)
    assert result.exit_code == 0
    assert snapshot.version in result.stdout
    assert "400" in result.stdout
    assert {"engagement": "channel_log_odds", "rates": "everyone", "uplift": "promotion"}[
        task
    ] in result.stdout
    whole = run("show", task, "--json")
    assert parse_snapshot(whole.stdout.encode()) == snapshot


def test_a_calibration_can_be_drawn_where_there_is_one(topic: Knowledge, tmp_path: Path) -> None:
    topic.put(trained("engagement", 400))
    topic.put(trained("rates", 400))
    assert run("show", "engagement", "--plot", str(tmp_path / "c.svg")).exit_code == 0
    assert (tmp_path / "c.svg").read_text().startswith("<?xml")
    refused = run("show", "rates", "--plot", str(tmp_path / "r.svg"))
    assert refused.exit_code == 1
    assert "--plot: found no calibration" in refused.stderr


def test_an_export_has_the_numbers_the_card_and_the_picture(
    topic: Knowledge, tmp_path: Path
) -> None:
    snapshot = trained("engagement", 400)
    topic.put(snapshot)
    assert run("export", "engagement", "--output", str(tmp_path / "models")).exit_code == 0
    base = tmp_path / "models" / snapshot.version
    assert parse_snapshot(base.with_name(f"{base.name}.json").read_bytes()) == snapshot
    card = base.with_name(f"{base.name}.md").read_text()
    assert f"![Predicted and observed]({snapshot.version}.svg)" in card
    for said in ("# Model card", "log loss", "| intercept |", "hour:9", "variance_floor"):
        assert said in card
    assert base.with_name(f"{base.name}.svg").exists()


def test_going_back_pins_the_version_and_a_release_unpins_it(topic: Knowledge) -> None:
    old, new = trained("engagement", 150), trained("engagement", 300)
    topic.put(old)
    topic.put(new)
    result = run("rollback", "engagement", old.version, "--why", "bad day")
    assert result.exit_code == 0, result.stderr
    found = Models()
    for key, value in topic.records:
        found.take(key, value)
    assert found.live[old.task].version == old.version
    assert (found.pins[old.task].version, found.pins[old.task].why) == (old.version, "bad day")
    # The pin comes first: the learn job must know it before it could replace the model.
    assert [key for key, _ in topic.records[-2:]] == ["model-pin/engagement", "model/engagement"]
    assert "live, pinned" in run("list").stdout
    assert "bad day" in run("show", "engagement").stdout
    assert run("release", "engagement").exit_code == 0
    assert topic.records[-1] == ("model-pin/engagement", b"")
    assert "engagement is not pinned" in run("release", "engagement").stdout


def test_a_version_that_is_not_there_is_told_with_those_that_are(topic: Knowledge) -> None:
    old = trained("engagement", 150)
    topic.put(old)
    before = list(topic.records)
    result = run("rollback", "engagement", "engagement-0")
    assert result.exit_code == 1
    assert f"found no version 'engagement-0', allowed: {old.version}" in result.stderr
    assert topic.records == before


def test_a_model_that_someone_overwrites_again_and_again_is_told(topic: Knowledge) -> None:
    old, new = trained("engagement", 150), trained("engagement", 300)
    topic.put(old)
    topic.put(new)
    topic.overwritten_by = ("model/engagement", encode_snapshot(new))
    result = run("rollback", "engagement", old.version)
    assert result.exit_code == 1
    assert "was overwritten" in result.stderr


def test_a_record_that_can_not_be_used_is_a_warning(topic: Knowledge) -> None:
    topic.put(trained("engagement", 150))
    topic.records.append(("model/rates", b"{}"))
    topic.records.append(("model/of-the-future", msgspec.json.encode({"a": 1})))
    result = run("list")
    assert result.exit_code == 0
    assert "model/rates can't be used" in result.stderr
