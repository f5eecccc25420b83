"""What the parts are configured with: loopback, durable data, Flink as the jobs need it."""

import sys
from pathlib import Path

import pytest
import yaml

from deploy.local import cassandra, flink_cluster, jars, kafka, redis
from deploy.local.part import Part
from deploy.local.stack import Stack
from deploy.settings import HOST, MAX_TASK_MANAGERS, Settings

ANYWHERE = "0.0.0.0"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", port_base=24_000)


def properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def test_kafka_listens_and_is_advertised_on_loopback_only(settings: Settings) -> None:
    values = properties(kafka.server_properties(settings))
    expected = f"PLAINTEXT://{HOST}:24092,CONTROLLER://{HOST}:24093"
    assert values["listeners"] == values["advertised.listeners"] == expected


def test_kafka_makes_no_topic_by_a_typing_error_and_keeps_old_records(settings: Settings) -> None:
    values = properties(kafka.server_properties(settings))
    assert values["auto.create.topics.enable"] == "false"
    assert values["log.retention.ms"] == "-1"
    assert values["log.dirs"].startswith(str(settings.home))


def test_cassandra_listens_on_loopback_only_and_keeps_its_data_at_home(settings: Settings) -> None:
    values = yaml.safe_load(cassandra.cassandra_yaml(settings))
    assert values["listen_address"] == values["rpc_address"] == HOST
    assert values["native_transport_port"] == 24_042
    folders = [values[name] for name in values if name.endswith("_directory")]
    folders += values["data_file_directories"]
    assert len(folders) == 5
    assert all(folder.startswith(str(settings.home)) for folder in folders)


def test_redis_listens_on_loopback_only_and_writes_nothing(settings: Settings) -> None:
    lines = redis.redis_conf(settings).splitlines()
    assert {f"bind {HOST}", "port 24079", 'save ""', "appendonly no"} <= set(lines)


def test_flink_listens_on_loopback_only(settings: Settings) -> None:
    values = yaml.safe_load(flink_cluster.config_yaml(settings))
    for key in (
        "jobmanager.rpc.address",
        "jobmanager.bind-host",
        "rest.address",
        "rest.bind-address",
        "taskmanager.host",
        "taskmanager.bind-host",
    ):
        assert values[key] == HOST, key


def test_flink_runs_python_in_its_own_threads_with_the_project_on_the_path(
    settings: Settings,
) -> None:
    values = yaml.safe_load(flink_cluster.config_yaml(settings))
    assert values["python.execution-mode"] == "thread"
    assert values["python.executable"] == sys.executable
    packages, root = values["python.pythonpath"].split(":")
    assert (Path(packages) / "pyflink").is_dir()
    assert (Path(root) / "jobs").is_dir()
    assert values["taskmanager.numberOfTaskSlots"] == 1
    assert values["pipeline.object-reuse"] is True
    assert values["execution.buffer-timeout.interval"] == "1 ms"


@pytest.mark.parametrize("backend", ["hashmap", "rocksdb"])
def test_flink_keeps_its_state_as_the_setting_says(tmp_path: Path, backend: str) -> None:
    settings = Settings.model_validate(
        {"home": tmp_path, "state_backend": backend, "checkpoint_interval_ms": 2_500}
    )
    values = yaml.safe_load(flink_cluster.config_yaml(settings))
    assert values["state.backend.type"] == backend
    assert values["execution.checkpointing.interval"] == "2500 ms"
    assert values["execution.checkpointing.dir"] == (tmp_path / "checkpoints").as_uri()
    assert values["execution.checkpointing.savepoint-dir"] == (tmp_path / "savepoints").as_uri()
    assert values["execution.checkpointing.incremental"] is (backend == "rocksdb")


def test_flink_tells_prometheus_and_the_plugin_is_in_the_wheel(settings: Settings) -> None:
    values = yaml.safe_load(flink_cluster.config_yaml(settings))
    assert values["metrics.reporter.prom.factory.class"].endswith("PrometheusReporterFactory")
    assert list((flink_cluster.wheel() / "plugins").glob("metrics-prometheus/*.jar"))


def test_in_containers_flink_listens_to_its_network(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, flink_host="jobmanager")
    values = yaml.safe_load(flink_cluster.config_yaml(settings))
    assert values["jobmanager.rpc.address"] == "jobmanager"
    assert values["rest.bind-address"] == values["taskmanager.bind-host"] == ANYWHERE
    assert "taskmanager.host" not in values


def test_the_flink_home_has_the_python_and_kafka_jars_among_its_own(
    settings: Settings, tmp_path: Path
) -> None:
    connector = jars.folder(settings, "flink") / "flink-sql-connector-kafka.jar"
    connector.parent.mkdir(parents=True)
    connector.touch()
    stale = flink_cluster.home(settings) / "lib" / "flink-dist-0.0.jar"
    stale.parent.mkdir(parents=True)
    stale.symlink_to(tmp_path / "an old wheel")
    flink_cluster.link_home(settings)
    flink_cluster.link_home(settings)
    names = {link.name for link in (flink_cluster.home(settings) / "lib").iterdir()}
    assert connector.name in names
    assert stale.name not in names
    assert any(name.startswith("flink-python-") for name in names)
    assert any(name.startswith("flink-dist-") for name in names)
    assert (flink_cluster.home(settings) / "bin" / "flink").exists()


def test_a_changed_setting_changes_the_fingerprint_of_its_part_alone(tmp_path: Path) -> None:
    def fingerprints(**changes: int) -> dict[str, str]:
        stack = Stack(Settings.model_validate({"home": tmp_path, **changes}))
        return {part.name: part.fingerprint for part in stack.parts()}

    before, after = fingerprints(), fingerprints(redis_memory_mb=99)
    assert {name for name in before if before[name] != after[name]} == {"redis"}
    assert fingerprints() == before


def test_more_heap_is_another_configuration_too(tmp_path: Path) -> None:
    one = kafka.part(Settings(home=tmp_path, kafka_heap_mb=300))
    two = kafka.part(Settings(home=tmp_path, kafka_heap_mb=600))
    assert one.fingerprint != two.fingerprint


def test_no_two_parts_want_the_same_port(settings: Settings) -> None:
    parts = Stack(settings).parts(MAX_TASK_MANAGERS)
    ports = [port.number for part in parts for port in part.ports]
    assert len(set(ports)) == len(ports)


def test_every_port_names_the_setting_that_moves_it(settings: Settings) -> None:
    for part in Stack(settings).parts(1):
        for port in part.ports:
            moved = settings.model_copy(update={port.setting: 31_000})
            again = next(found for found in Stack(moved).parts(1) if found.name == part.name)
            assert _port(again, port.setting) != port.number


def _port(part: Part, setting: str) -> int:
    return next(port.number for port in part.ports if port.setting == setting)


def test_the_address_of_a_task_manager_is_read_from_what_flink_tells() -> None:
    path = "pekko.tcp://flink@127.0.0.1:35155/user/rpc/taskmanager_0"
    assert flink_cluster._port_of(path) == 35_155
    assert flink_cluster._port_of("pekko://flink/user/rpc/taskmanager_0") == 0
