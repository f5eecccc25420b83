"""`up`, `status`, `down` and `logs` as a person meets them when nothing runs."""

import json
import socket
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import main as command
from deploy.settings import HOST, Settings

PARTS = ["kafka", "cassandra", "redis", "jobmanager", "taskmanager-1"]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("TACTFUL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str, str]:
    """Exit code, output and errors of a command."""
    monkeypatch.setattr(sys, "argv", ["tactful", *words])
    with pytest.raises(SystemExit) as ended:
        command.main()
    said = capsys.readouterr()
    code = ended.value.code
    return (code if isinstance(code, int) else 0), said.out, said.err


def test_status_of_nothing_shows_every_part_stopped() -> None:
    answer = CliRunner().invoke(command.app, ["status"])
    assert answer.exit_code == 3
    for name in PARTS:
        assert name in answer.output
    assert answer.output.count("stopped") == len(PARTS)


def test_status_for_programs_gives_every_address() -> None:
    answer = CliRunner().invoke(command.app, ["status", "--json"])
    assert answer.exit_code == 3
    document = json.loads(answer.output)
    assert document["up"] is False
    assert document["addresses"] == Settings().addresses()
    assert [part["name"] for part in document["parts"]] == PARTS
    assert {part["pid"] for part in document["parts"]} == {None}


def test_down_of_nothing_does_nothing() -> None:
    answer = CliRunner().invoke(command.app, ["down"])
    assert answer.exit_code == 0
    assert "Nothing was running." in answer.output


def test_wipe_deletes_the_data_and_nothing_else(home: Path) -> None:
    for name in ("kafka/data", "cassandra", "jars/kafka-1", "mine"):
        (home / name).mkdir(parents=True)
    assert CliRunner().invoke(command.app, ["down", "--wipe"]).exit_code == 0
    left = {path.name for path in home.iterdir() if path.is_dir()}
    assert {"jars", "mine"} <= left
    assert not {"kafka", "cassandra"} & left


def test_a_taken_port_is_told_in_words_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("TACTFUL_REDIS_PORT", str(port))
        code, _, errors = run(monkeypatch, capsys, "up")
    assert code == 1
    assert f"error: Port {port}, wanted by Redis, is taken" in errors
    assert "Traceback" not in errors
    assert not (home / "run").exists(), "nothing is started when a check fails"


def test_a_wrong_setting_is_named_with_what_is_allowed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TACTFUL_STATE_BACKEND", "disk")
    code, _, errors = run(monkeypatch, capsys, "status")
    assert code == 2
    assert "TACTFUL_STATE_BACKEND" in errors
    assert "'hashmap' or 'rocksdb'" in errors
    assert "'disk'" in errors


def test_logs_shows_the_last_lines_of_one_part(home: Path) -> None:
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "kafka.log").write_text("one\ntwo\nthree\n")
    (home / "logs" / "redis.log").write_text("other\n")
    answer = CliRunner().invoke(command.app, ["logs", "kafka", "--lines", "2"])
    assert answer.output == "two\nthree\n"


def test_logs_of_all_parts_are_told_apart(home: Path) -> None:
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "kafka.log").write_text("one\n")
    (home / "logs" / "redis.log").write_text("other\n")
    answer = CliRunner().invoke(command.app, ["logs"])
    assert answer.output == "==> kafka.log <==\none\n==> redis.log <==\nother\n"


def test_logs_of_an_unknown_part_names_those_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], home: Path
) -> None:
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "kafka.log").write_text("one\n")
    code, _, errors = run(monkeypatch, capsys, "logs", "zookeeper")
    assert code == 1
    assert "no log of 'zookeeper'" in errors
    assert "kafka" in errors
