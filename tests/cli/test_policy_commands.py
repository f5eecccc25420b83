"""`tactful policy` without a stack: checking, showing, comparing, and what is never published."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from cli import policy_live
from cli.main import app
from cli.policy_live import Live
from tactful.policy import DEFAULT_POLICY, Policy
from tactful.policy.form import read_policy

GOOD = """\
version: mine-1
types:
  receipt: {purpose: transactional, channels: [email]}
channels:
  email: {address: email}
"""


def run(*args: str, text: str | None = None) -> Any:
    return CliRunner().invoke(app, ("policy", *args), input=text)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    return path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace("transactional", "transactional, ttl: 2 days, vlue: 1"))
    return path


def lives(monkeypatch: pytest.MonkeyPatch, policy: Policy) -> None:
    found = Live(policy, "somewhere")
    monkeypatch.setattr(policy_live, "live_policy", lambda settings: found)  # noqa: ARG005


def test_a_good_policy_is_told_to_be_one(good: Path) -> None:
    result = run("check", str(good))
    assert result.exit_code == 0
    assert result.stdout == (
        f"{good}: a valid policy, version mine-1: 1 type, 1 channel, 0 caps, 0 rules.\n"
    )
    assert result.stderr == ""


def test_each_fault_of_a_bad_one_is_a_line_with_its_place_and_exit_1(bad: Path) -> None:
    for command in (("check",), ("push",), ("push", "--dry-run"), ("show",), ("diff",)):
        result = run(*command, str(bad))
        assert result.exit_code == 1
        first, second = result.stderr.splitlines()
        assert first.startswith(f"error: {bad}:3:42: types.receipt.ttl: found ")
        assert second.startswith(f"error: {bad}:3:50: types.receipt.vlue: unknown key, allowed: ")
        assert result.stdout == ""


def test_what_is_hardly_meant_is_a_warning_and_exit_0(good: Path) -> None:
    good.write_text(GOOD + "  sms: {}\n")
    result = run("check", str(good))
    assert result.exit_code == 0
    assert result.stderr == f"warning: {good}:6:8: channels.sms: is a channel of no type\n"


def test_a_policy_can_come_by_a_pipe() -> None:
    assert "version mine-1" in run("check", "-", text=GOOD).stdout


@pytest.mark.parametrize("command", ["check", "show", "diff"])
def test_a_file_that_is_not_there_is_said(command: str) -> None:
    result = run(command, "none.yaml")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: none.yaml: found No such file")


def test_the_default_shown_is_the_default() -> None:
    for options in (("--default",), ("--default", "--all")):
        shown = run("show", *options).stdout
        assert shown.startswith("# the default policy\nversion: default-2\n")
        assert read_policy(shown.encode()).policy == DEFAULT_POLICY


def test_a_file_can_be_shown_with_all_its_defaults(good: Path) -> None:
    assert "held: 32" in run("show", str(good), "--all").stdout
    assert "held: 32" not in run("show", str(good)).stdout


def test_only_one_policy_is_shown_at_a_time(good: Path) -> None:
    result = run("show", str(good), "--default")
    assert result.exit_code == 1
    assert "found several of FILE, --live and --default, allowed: one" in result.stderr


def test_two_files_are_compared_key_by_key(good: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text(
        json.dumps(
            {
                "version": "mine-2",
                "types": {"note": {"purpose": "transactional", "channels": ["email"]}},
                "channels": {"email": {"address": "email", "cost": 0.5}},
            }
        )
    )
    result = run("diff", str(good), str(other))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "~ version: mine-1 -> mine-2",
        "- types.receipt: removed",
        "+ types.note: added (purpose transactional, channels [email])",
        "~ channels.email.cost: 0.0 -> 0.5",
    ]
    assert run("diff", str(good), str(good)).stdout == "No difference.\n"


def test_one_file_is_compared_with_the_live_policy(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = read_policy(GOOD.encode()).policy
    lives(monkeypatch, msgspec.structs.replace(live, version="mine-0"))
    assert run("diff", str(good)).stdout == "~ version: mine-0 -> mine-1\n"


def test_a_dry_run_says_what_would_change_and_publishes_nothing(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = read_policy(GOOD.encode()).policy
    lives(monkeypatch, msgspec.structs.replace(live, version="mine-0"))
    result = run("push", str(good), "--dry-run")
    assert result.exit_code == 0
    assert result.stdout == "~ version: mine-0 -> mine-1\nNothing is published.\n"


def test_a_changed_policy_needs_a_version_of_its_own(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = read_policy(GOOD.encode()).policy
    lives(monkeypatch, msgspec.structs.replace(live, time_zone="Europe/Berlin"))
    result = run("push", str(good))
    assert result.exit_code == 1
    assert "version: found 'mine-1', which is live with other content" in result.stderr


def test_a_channel_without_a_topic_is_refused_before_anything_is_published(good: Path) -> None:
    good.write_text(GOOD.replace("email", "pigeon"))
    result = run("push", str(good))
    assert result.exit_code == 1
    assert "channels: found pigeon, which have no topic for decisions, allowed: " in result.stderr


def test_without_kafka_nothing_is_published_and_that_is_said(
    good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.broker._TIMEOUT_S", 0.5)
    monkeypatch.setenv("TACTFUL_KAFKA_PORT", "9")
    for args in (("push", str(good)), ("show",), ("diff", str(good)), ("reset",)):
        result = run(*args)
        assert result.exit_code == 1
        assert result.stderr.count("\n") == 1
        assert "did not do it" in result.stderr
