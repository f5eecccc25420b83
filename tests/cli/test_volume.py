"""What `tactful decide` says of rates that nobody keeps."""

from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from cli.volume import missing_controller
from connectors.kafka import consumer
from deploy.local import processes
from deploy.local.stack import Stack
from deploy.settings import Settings
from tactful.policy import ChannelPolicy, NotificationType, Policy, Purpose


def policy(rate_per_s: float | None) -> bytes:
    return msgspec.json.encode(
        Policy(
            version="v",
            types={"news": NotificationType(Purpose.MARKETING, ("email", "push"))},
            channels={"email": ChannelPolicy(), "push": ChannelPolicy(rate_per_s=rate_per_s)},
        )
    )


def said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *policies: bytes, running: bool = False
) -> str | None:
    messages = [
        SimpleNamespace(key=lambda: b"policy/default", value=lambda value=value: value)
        for value in policies
    ]
    monkeypatch.setattr(consumer, "read_to_end", lambda *_: iter(messages))
    monkeypatch.setattr(Stack, "record", lambda *_: object() if running else None)
    monkeypatch.setattr(processes, "alive", lambda _: True)
    return missing_controller(Settings(home=tmp_path))


def test_a_rate_without_a_controller_is_told_with_the_cure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = said(monkeypatch, tmp_path, policy(None), policy(80.0))
    assert found == (
        "The policy limits push (80/s), and nothing on this stack keeps to it: "
        "`tactful volume --background`."
    )


def test_without_a_rate_nothing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert said(monkeypatch, tmp_path) is None
    assert said(monkeypatch, tmp_path, policy(80.0), policy(None)) is None


def test_a_policy_that_the_job_refuses_counts_for_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert said(monkeypatch, tmp_path, b"{") is None
    found = said(monkeypatch, tmp_path, policy(80.0), b"{")
    assert found is not None
    assert "push (80/s)" in found


def test_with_a_controller_nothing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert said(monkeypatch, tmp_path, policy(80.0), running=True) is None
