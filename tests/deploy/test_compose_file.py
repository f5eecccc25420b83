"""docker-compose.yml says what the settings and the local stack say."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.docker import entry
from deploy.local import jars, topics
from deploy.settings import PORT_OFFSETS, Settings

ROOT = Path(__file__).parents[2]
PUBLISHED = {
    "kafka": "kafka_port",
    "cassandra": "cassandra_port",
    "redis": "redis_port",
    "jobmanager": "flink_port",
}
OURS = ("topics", "secrets", "jobmanager", "taskmanager", "decide", "profiles", "history")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, compose: dict[str, Any]) -> Settings:
    """The settings as a container of ours reads them."""
    import os

    for name in list(os.environ):
        if name.startswith("TACTFUL_"):
            monkeypatch.delenv(name)
    for name, value in compose["services"]["taskmanager"]["environment"].items():
        monkeypatch.setenv(name, value)
    return Settings()


def defaults() -> Settings:
    return Settings.model_validate(
        {"port_base": Settings.model_fields["port_base"].default, **dict.fromkeys(PORT_OFFSETS, 0)}
    )


def test_every_part_of_the_local_stack_is_a_service(compose: dict[str, Any]) -> None:
    assert {*PUBLISHED, *OURS} <= set(compose["services"])


@pytest.mark.parametrize(("service", "setting"), PUBLISHED.items())
def test_a_part_is_published_on_loopback_at_the_port_of_the_settings(
    compose: dict[str, Any], service: str, setting: str
) -> None:
    (published,) = compose["services"][service]["ports"]
    host, port, _inside = published.split(":")
    assert (host, int(port)) == ("127.0.0.1", getattr(defaults(), setting))


def test_nothing_is_published_to_the_world(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")


def test_every_variable_given_to_our_containers_is_a_setting(compose: dict[str, Any]) -> None:
    names = {f"TACTFUL_{name.upper()}" for name in Settings.model_fields}
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= names


def test_our_containers_look_for_the_parts_where_the_services_listen(
    settings: Settings, compose: dict[str, Any]
) -> None:
    services = compose["services"]
    assert (
        settings.kafka_bootstrap in services["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    )
    for setting, service in (
        ("cassandra", "cassandra"),
        ("redis", "redis"),
        ("flink", "jobmanager"),
    ):
        host, port = getattr(settings, f"{setting}_host"), getattr(settings, f"{setting}_port")
        inside = services[service]["ports"][0].split(":")[2]
        assert (host, str(port)) == (service, inside)
    assert not settings.local


def test_the_programs_they_run_are_there(compose: dict[str, Any]) -> None:
    for name in OURS:
        python, option, module, *words = compose["services"][name]["command"]
        assert (python, option) == ("python", "-m")
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists(), module
        if module == "deploy.docker.entry":
            assert words[0] in entry.ENTRIES


def test_kafka_makes_no_topic_by_itself_and_the_topics_service_makes_all(
    compose: dict[str, Any], settings: Settings
) -> None:
    kafka = compose["services"]["kafka"]["environment"]
    assert kafka["KAFKA_AUTO_CREATE_TOPICS_ENABLE"] == "false"
    assert compose["services"]["topics"]["command"][-1] == "topics"
    assert topics.wanted(settings) == topics.wanted(defaults())


def test_the_servers_have_the_versions_of_the_local_stack(compose: dict[str, Any]) -> None:
    for service, jar in (("kafka", "kafka_2.13"), ("cassandra", "cassandra-all")):
        image = compose["services"][service]["image"].split(":")[1]
        pom = jars.pom(service).read_text()
        found = re.search(rf"<artifactId>{jar}</artifactId>\s*<version>(.+?)</version>", pom)
        assert found is not None
        assert image == found.group(1)


def test_prometheus_reads_the_ports_our_containers_serve(settings: Settings) -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())
    jobs = {job["job_name"]: job for job in config["scrape_configs"]}
    assert jobs["jobmanager"]["static_configs"][0]["targets"] == [
        f"jobmanager:{settings.metrics_port}"
    ]
    assert jobs["taskmanager"]["dns_sd_configs"][0]["port"] == settings.taskmanager_metrics_port(0)
    assert jobs["profiles"]["static_configs"][0]["targets"] == [
        f"profiles:{settings.profiles_metrics_port}"
    ]
    assert jobs["history"]["static_configs"][0]["targets"] == [
        f"history:{settings.history_metrics_port}"
    ]


def test_the_master_key_lies_in_a_volume_that_a_service_fills(
    settings: Settings, compose: dict[str, Any]
) -> None:
    assert settings.master_key_file is not None
    folder = str(settings.master_key_file.parent)
    for name in OURS:
        assert f"secrets:{folder}" in compose["services"][name]["volumes"]
    assert f"mkdir /data {folder}" in (ROOT / "deploy" / "docker" / "Dockerfile").read_text()


def test_the_image_copies_only_what_is_there() -> None:
    text = (ROOT / "deploy" / "docker" / "Dockerfile").read_text()
    for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE):
        assert (ROOT / source).exists(), source
