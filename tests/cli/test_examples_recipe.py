"""The recipe of docs/evaluation.md: examples and ledger become a table for `evaluate policy`."""

import random
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from builders import DAY_MS, HOUR_MS, NOW, knowledge
from typer.testing import CliRunner

from cli.main import app
from schemas.codec import encode
from tactful.engine.state import UserState
from tactful.engine.step import step
from tactful.ids import decision_id
from tactful.policy import Timing
from tactful.policy.model import Exploration
from tactful.records import (
    Decision,
    Example,
    Feedback,
    FrequencyMode,
    Input,
    LedgerEntry,
    Outcome,
    Preferences,
    Priority,
    ProfileUpdate,
    Request,
    Wakeup,
)

PAGE = Path(__file__).parents[2] / "docs" / "evaluation.md"
KNOWN = knowledge(
    exploration=Exploration(temperature=0.3, min_prob=0.05), timing=Timing(best_time_within_ms={})
)
"""No priority waits for a better hour: a slot is a channel."""
TRUTH = {"email": 0.2, "push": 0.5, "in_app": 0.35}
"""The policy takes email for the best, and is wrong."""
USERS = 2000
SENT = [
    "--reward",
    "engaged",
    "--propensity",
    "propensity",
    "--units",
    "user_id",
    "--interval",
    "normal",
]


class Topics:
    """A user after the other is asked for one send, and answers as the truth says."""

    def __init__(self) -> None:
        self.examples: list[Example] = []
        self.ledger: list[LedgerEntry] = []
        chance = random.Random(3)
        for number in range(USERS):
            self._live(f"u{number}", chance, late=number % 10 == 0)

    def _live(self, user: str, chance: random.Random, *, late: bool) -> None:
        state = UserState(user)

        def take(record: Input, now_ms: int) -> list[Any]:
            nonlocal state
            effects = step(state, record, now_ms, KNOWN)
            state = effects.state
            self.examples += [each for each in effects.outputs if isinstance(each, Example)]
            self.ledger += [each for each in effects.outputs if isinstance(each, LedgerEntry)]
            return effects.outputs

        take(
            ProfileUpdate(
                "p", user, NOW - 1,
                identifiers={"email": "a", "push_token": "t"},
                consent={"marketing": True},
                preferences=Preferences(frequency=FrequencyMode.IMMEDIATE),
            ),
            NOW - 1,
        )  # fmt: skip
        outputs = take(Request("r", user, "promotion", NOW, Priority.NORMAL), NOW)
        (sent,) = (each for each in outputs if isinstance(each, Decision))
        told_ms = NOW + 2 * DAY_MS if late else NOW + HOUR_MS
        if late:
            take(Wakeup(), NOW + DAY_MS + 1)
        if chance.random() < TRUTH[sent.channel]:
            name = decision_id(user, "r")
            take(Feedback("f", user, name, sent.channel, Outcome.OPENED, NOW + HOUR_MS), told_ms)
        take(Wakeup(), NOW + 3 * DAY_MS)


@pytest.fixture(scope="module")
def sends(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recipe")
    topics = Topics()
    names = [folder / name for name in ("examples.jsonl", "ledger.jsonl", "sends.csv")]
    lines: tuple[list[Example] | list[LedgerEntry], ...] = topics.examples, topics.ledger
    for path, records in zip(names, lines, strict=False):
        path.write_bytes(b"".join(encode(each) + b"\n" for each in records))
    (code,) = re.findall(r"<!-- recipe.*?```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["flatten.py", *map(str, names)])
        exec(compile(code, "flatten.py", "exec"), {"__name__": "__main__"})
    return names[-1]


def evaluated(sends: Path, *asked: str) -> SimpleNamespace:
    result = CliRunner().invoke(app, ("evaluate", "policy", str(sends), *SENT, *asked))
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    values = {
        words[0]: float(words[1]) for words in lines if words and words[0] in {"ips", "snips"}
    }
    return SimpleNamespace(**values, warned=result.stderr)


def test_each_drawn_send_has_one_row_with_its_last_labels(sends: Path) -> None:
    table = pd.read_csv(sends)
    assert len(table) == USERS == table.user_id.nunique()
    assert set(table.channel) == set(TRUTH)
    assert (table.propensity < 1).all()
    assert set(table.channel[table.best == 1]) == {"email"}
    late = table[table.user_id.str.endswith("0")]
    assert late.engaged.mean() > 0.1  # known by their second revision only


@pytest.mark.parametrize("channel", TRUTH)
def test_a_channel_is_worth_what_it_truly_is(sends: Path, channel: str) -> None:
    found = evaluated(
        sends, "--action", "channel", "--target", f"only:{channel}", "--given", "type"
    )
    assert found.ips == pytest.approx(TRUTH[channel], abs=0.06)
    assert found.snips == pytest.approx(TRUTH[channel], abs=0.06)
    assert found.warned == ""


def test_the_best_slot_is_worth_what_it_truly_is(sends: Path) -> None:
    found = evaluated(sends, "--action", "drawn", "--target", "column:best")
    assert found.ips == pytest.approx(TRUTH["email"], abs=0.04)
    assert "weights_off" not in found.warned
    assert "propensities_off" in found.warned
