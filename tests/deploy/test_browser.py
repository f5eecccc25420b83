"""The browser for tests: named, found, or a reason why there is none."""

from pathlib import Path

import pytest

from deploy import browser


def test_the_browser_that_somebody_names_is_taken_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "chromium"
    monkeypatch.setenv("TACTFUL_BROWSER", str(program))
    with pytest.raises(browser.NoBrowserError, match="TACTFUL_BROWSER: found"):
        browser.find()
    program.touch()
    assert browser.find() == program


def test_one_on_the_path_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "google-chrome"
    program.touch(mode=0o755)
    monkeypatch.delenv("TACTFUL_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.find() == program


def test_where_none_can_be_installed_the_cure_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TACTFUL_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    for install in (True, False):
        with pytest.raises(browser.NoBrowserError, match="apt-get install chromium"):
            browser.find(install=install)


def test_an_install_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\nexit 100\n")
    apt.chmod(0o755)
    monkeypatch.delenv("TACTFUL_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(browser.NoBrowserError, match="failed"):
        browser.find()
