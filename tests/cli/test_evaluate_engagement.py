"""`tactful evaluate engagement` on a small made-up log, and what its replay may know."""

import json
import random
from math import expm1
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from tactful.ids import decision_id
from tactful.learning.replay import replay
from tactful.learning.trainer import Trainer
from tactful.local_time import DAY_MS
from tactful.records import Example, Feedback, Outcome, Request

START_MS = 1_700_000_000_000
USERS, WEEKS = 30, 24
MAPPING = """
records:
  - kind: request
    fields:
      id: "send-{week}-{user}"
      user_id: "{user}"
      type: newsletter
      at_ms: {time: {column: at, format: epoch_ms}}
      channels: [email]
  - kind: feedback
    when: {opened: 1}
    fields:
      id: "open-{week}-{user}"
      user_id: "{user}"
      decision_id: {decision_of: "send-{week}-{user}"}
      channel: email
      outcome: opened
      at_ms: {time: {column: at, format: epoch_ms, plus: 1h}}
  - kind: feedback
    when: {clicked: 1}
    fields:
      id: "click-{week}-{user}"
      user_id: "{user}"
      decision_id: {decision_of: "send-{week}-{user}"}
      channel: email
      outcome: clicked
      at_ms: {time: {column: at, format: epoch_ms, plus: 2h}}
"""


@pytest.fixture
def log(tmp_path: Path) -> tuple[str, str]:
    """Users who open every fourth, or three of four; one in ten clicks without an open."""
    dice = random.Random(3)
    lines = ["user,week,at,opened,clicked"]
    for week in range(WEEKS):
        for user in range(USERS):
            opened = int(dice.random() < (0.75 if user % 4 == 0 else 0.1))
            clicked = int(dice.random() < 0.1)
            at_ms = START_MS + week * 7 * DAY_MS + 60_000
            lines.append(f"u{user},{week},{at_ms},{opened},{clicked}")
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "map.yaml").write_text(MAPPING)
    return str(tmp_path / "log.csv"), str(tmp_path / "map.yaml")


def run(log: tuple[str, str], *more: str) -> Any:
    return CliRunner().invoke(app, ("evaluate", "engagement", log[0], "-m", log[1], *more))


def test_it_judges_the_model_beside_the_averages_and_draws(
    log: tuple[str, str], tmp_path: Path
) -> None:
    output, plot = tmp_path / "found.json", tmp_path / "bins.svg"
    result = run(log, "--outcome", "opened", "--output", str(output), "--plot", str(plot))
    assert result.exit_code == 0, result.stderr
    found = json.loads(output.read_text())
    assert (found["sends"], found["unsent"]) == (USERS * WEEKS, 0)
    assert found["rows"] == pytest.approx(0.3 * USERS * WEEKS, abs=USERS)
    scores = found["scores"]
    assert scores["model"]["auc"] > 0.75
    assert scores["model"]["log_loss"] < scores["global rate"]["log_loss"] - 0.05
    assert {f"average, half-life {each}" for each in (2, 4, 8)} <= scores.keys()
    assert found["lapse"]["users"] > 0
    assert "predicted by" in result.stdout
    assert plot.read_text().startswith("<?xml")


def test_without_outcome_a_click_is_an_engagement_too(log: tuple[str, str], tmp_path: Path) -> None:
    rates = []
    for more in ((), ("--outcome", "opened")):
        output = tmp_path / "found.json"
        assert run(log, *more, "--output", str(output)).exit_code == 0
        found = json.loads(output.read_text())
        rates.append(sum(each["observed"] * each["rows"] for each in found["calibration"]))
    assert rates[0] > rates[1]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--test-from", "soon"), "--test-from: found 'soon', allowed: an ISO time"),
        (("--test-from", "2040-01-01"), "--test-from: found 0 of 720 sends"),
        (("--outcome", "read"), "--outcome: found 'read', allowed: delivered, opened"),
        (("--plot", "x.pdf"), "--plot: found x.pdf"),
    ],
)
def test_what_can_not_be_used_is_told(
    log: tuple[str, str], more: tuple[str, ...], said: str
) -> None:
    result = run(log, *more)
    assert result.exit_code == 1
    assert said in result.stderr


def test_no_label_is_used_before_it_is_old_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sends every 3 days, labels after 7: a send knows the labels of all but the last two."""
    records: list[Request | Feedback] = []
    for number in range(12):
        at_ms = START_MS + number * 3 * DAY_MS
        records.append(
            Request(id=f"r{number}", user_id="u", type="news", at_ms=at_ms, channels=["email"])
        )
        records.append(
            Feedback(
                id=f"f{number}",
                user_id="u",
                decision_id=decision_id("u", f"r{number}"),
                channel="email",
                outcome=Outcome.OPENED,
                at_ms=at_ms + 1000,
            )
        )
    seen: list[Example] = []
    learn = Trainer.learn

    def watched(self: Trainer, examples: list[Example]) -> object:
        if self.task == "engagement":
            seen.extend(examples)
        return learn(self, examples)

    monkeypatch.setattr(Trainer, "learn", watched)
    lesson = replay(records, labels_after_ms=7 * DAY_MS)
    assert (len(lesson.rows), lesson.unsent) == (12, 0)
    for number, example in enumerate(sorted(seen, key=lambda each: each.at_ms)):
        mature = sum(1 for before in range(number) if (number - before) * 3 >= 7)
        assert round(expm1(example.features["sends_log"])) == mature
        assert example.labelled_at_ms >= example.at_ms + 7 * DAY_MS
        assert example.labels["engaged"] == 1
    for number, row in enumerate(lesson.rows):
        assert row.sends == number
        assert row.sent_before <= max(0, number - 2)
