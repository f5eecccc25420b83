"""The commands as a person meets them: help, examples, documentation, errors without traces."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command
from typer.testing import CliRunner

from cli.main import app

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTED = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8")
LOG = "user,at\nu1,2026-01-01T00:00:00Z\nu2,never\n"
MAPPING = """
records:
  - kind: event
    fields:
      id: "e-{line}"
      user_id: "{user}"
      name: app_open
      at_ms: {time: {column: at}}
"""


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


COMMANDS = dict(commands(get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert f"\n## `tactful {name}" in DOCUMENTED or f"\n### `tactful {name}" in DOCUMENTED


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_is_documented(name: str) -> None:
    section = DOCUMENTED.split(f"# `tactful {name}")[1].split("\n## ")[0].split("\n### ")[0]
    shared = DOCUMENTED.split("\n## `tactful send`")[1].split("\n### ")[0]
    for parameter in COMMANDS[name].params:
        if parameter.name == "help":
            continue
        flag = max(parameter.opts, key=len) if parameter.opts else str(parameter.name)
        known = section + (shared if name.startswith("send ") else "")
        assert flag.lower() in known.lower(), f"tactful {name}: {flag} is not in docs/tools.md"


def test_nothing_is_documented_that_does_not_exist() -> None:
    told = {
        line.split("`")[1].removeprefix("tactful ")
        for line in DOCUMENTED.splitlines()
        if line.startswith(("## `tactful", "### `tactful"))
    }
    groups = {name.split(" ")[0] for name in COMMANDS if " " in name}
    names = {" ".join(w for w in text.split(" ") if w.islower() or "-" in w) for text in told}
    assert names <= set(COMMANDS) | groups


def run(*args: str, text: str | None = None) -> Any:
    return CliRunner().invoke(app, args, input=text)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("send", "event", "-u", "u1"), "name"),
        (("send", "request", "-u", "u1", "-t", "x", "--expires", "soon"), "--expires: found"),
        (("send", "feedback", "--request", "r1"), "--user: found nothing"),
        (("send", "feedback", "--attempt", "2"), "--attempt: found no --request"),
        (("send", "event", "--json", "{"), "--json: found no JSON"),
        (("load", "none.csv", "-m", "none.yaml"), "none.yaml: found"),
    ],
)
def test_what_a_person_can_cure_is_one_line_and_exit_1(args: tuple[str, ...], said: str) -> None:
    result = run(*args)
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert said in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.fixture
def log(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "m.yaml").write_text(MAPPING)
    return str(tmp_path / "log.csv"), str(tmp_path / "m.yaml")


def test_a_dry_run_shows_records_and_what_is_left_out(log: tuple[str, str]) -> None:
    result = run("load", log[0], "-m", log[1], "--dry-run")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        'events  {"id":"e-2","user_id":"u1","name":"app_open","at_ms":1767225600000}',
        "2 rows -> not sent",
        "  events: 1",
        "  from 2026-01-01 00:00:00 UTC to 2026-01-01 00:00:00 UTC",
        "  left out 1: event: column at: not a time of the format iso: line 3 ('never')",
    ]


def test_records_can_be_written_to_a_file(log: tuple[str, str], tmp_path: Path) -> None:
    out = tmp_path / "records.jsonl"
    assert run("load", log[0], "-m", log[1], "--out", str(out)).exit_code == 0
    (line,) = out.read_text().splitlines()
    assert json.loads(line) == {
        "topic": "events",
        "key": "u1",
        "value": {"id": "e-2", "user_id": "u1", "name": "app_open", "at_ms": 1767225600000},
    }


def test_a_load_without_a_record_fails(log: tuple[str, str]) -> None:
    Path(log[0]).write_text("user,at\nu2,never\n")
    result = run("load", log[0], "-m", log[1], "--dry-run")
    assert result.exit_code == 1
    assert "no records" in result.stdout


def test_the_app_is_one_typer_app() -> None:
    assert isinstance(app, typer.Typer)
