"""Settings: ports follow their base, files and the environment are read, mistakes are named."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from deploy import settings as module
from deploy.settings import HOST, MAX_TASK_MANAGERS, PORT_OFFSETS, Settings


@pytest.fixture(autouse=True)
def _without_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("TACTFUL_"):
            monkeypatch.delenv(name)


def test_all_ports_move_with_the_base() -> None:
    here, there = Settings(), Settings(port_base=25_000)
    for name in PORT_OFFSETS:
        assert getattr(there, name) - getattr(here, name) == 25_000 - here.port_base


def test_one_port_can_be_moved_alone() -> None:
    settings = Settings(port_base=25_000, kafka_port=9092)
    assert settings.kafka_bootstrap == f"{HOST}:9092"
    assert settings.redis_port == 25_079


def test_no_two_parts_share_a_port_with_any_number_of_task_managers() -> None:
    settings = Settings()
    ports = [getattr(settings, name) for name in PORT_OFFSETS]
    ports += [settings.taskmanager_metrics_port(n) for n in range(1, MAX_TASK_MANAGERS + 1)]
    assert len(set(ports)) == len(ports)


def test_the_environment_carries_every_setting_to_another_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = Settings(
        home=tmp_path, port_base=23_000, channels=("email", "fax"), state_backend="rocksdb"
    )
    for name, value in settings.environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == settings


def test_the_file_is_read_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "tactful.toml"
    file.write_text('task_managers = 3\ntopic_prefix = "shop"\n')
    monkeypatch.setitem(Settings.model_config, "toml_file", file)
    monkeypatch.setenv("TACTFUL_TASK_MANAGERS", "2")
    settings = Settings()
    assert (settings.task_managers, settings.topic_prefix) == (2, "shop")


def test_a_misspelt_setting_in_the_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "tactful.toml"
    file.write_text("task_manager = 3\n")
    monkeypatch.setitem(Settings.model_config, "toml_file", file)
    with pytest.raises(ValidationError, match="task_manager"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port_base", 80),
        ("task_managers", 0),
        ("state_backend", "memory"),
        ("topic_prefix", "two words"),
        ("keyspace", "Drop Table"),
        ("kafka_port", 70_000),
    ],
)
def test_a_value_out_of_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({name: value})


def test_a_relative_home_is_made_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings(home=Path("here")).home == tmp_path / "here"


def test_an_installed_package_keeps_its_data_in_the_current_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "__file__", str(tmp_path / "site-packages/deploy/settings.py"))
    monkeypatch.chdir(tmp_path)
    assert module.project_root() == tmp_path
