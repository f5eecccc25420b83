"""Connections are made out of the settings; what is not secure, or can't be, is refused."""

import os
from pathlib import Path
from typing import Any

import pytest
from authority import Authority

from connectors.kafka.connection import KafkaConnection
from connectors.tls import ConnectionSettingsError
from deploy.connections import cassandra_of, kafka_of, redis_of, secured
from deploy.local import cassandra, checks, flink_cluster, kafka, redis
from deploy.local.errors import StackError
from deploy.settings import Settings

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def _without_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("TACTFUL_"):
            monkeypatch.delenv(name)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.touch(mode=0o600)
    file.write_text(f"{PASSWORD}\n")
    return file


def test_without_settings_all_is_plain() -> None:
    settings = Settings()
    kafka, redis, cassandra = kafka_of(settings), redis_of(settings), cassandra_of(settings)
    assert kafka == KafkaConnection(settings.kafka_bootstrap)
    assert kafka.client_settings() == {"bootstrap.servers": settings.kafka_bootstrap}
    assert redis.url.startswith("redis://")
    assert redis.options() == {}
    assert (cassandra.tls, cassandra.login) == (None, None)
    assert secured(settings) == []


def test_another_address_keeps_the_security_of_the_settings(authority: Authority) -> None:
    settings = Settings(
        kafka_security_protocol="SSL",
        kafka_ca_file=authority.ca_file,
        cassandra_tls=True,
        redis_tls=True,
    )
    assert kafka_of(settings, "a:1,b:1").client_settings()["security.protocol"] == "SSL"
    assert cassandra_of(settings, "a:1,b:1").tls is not None
    assert redis_of(settings, "rediss://a:1/0").tls is not None
    with pytest.raises(ConnectionSettingsError, match=r"redis_tls is true.*rediss"):
        redis_of(settings, "redis://a:1/0")


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "SASL_SSL"])
def test_kafka_is_told_who_we_are(
    protocol: Any, mechanism: Any, password_file: Path, authority: Authority
) -> None:
    tls = protocol == "SASL_SSL"
    settings = Settings(
        kafka_security_protocol=protocol,
        kafka_sasl_mechanism=mechanism,
        kafka_username="ada",
        kafka_password_file=password_file,
        kafka_ca_file=authority.ca_file if tls else None,
    )
    connection = kafka_of(settings)
    assert connection.protocol == protocol
    told = connection.client_settings()
    assert told["security.protocol"] == protocol
    assert told["sasl.mechanism"] == mechanism
    assert (told["sasl.username"], told["sasl.password"]) == ("ada", PASSWORD)
    assert ("ssl.ca.location" in told) is tls


def test_the_environment_gives_passwords_too_and_wins(
    password_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for store in ("KAFKA", "CASSANDRA", "REDIS"):
        monkeypatch.setenv(f"TACTFUL_{store}_PASSWORD", f"of {store}")
    settings = Settings(
        kafka_security_protocol="SASL_PLAINTEXT",
        kafka_sasl_mechanism="PLAIN",
        kafka_username="ada",
        kafka_password_file=password_file,
        cassandra_username="ada",
    )
    assert kafka_of(settings).client_settings()["sasl.password"] == "of KAFKA"
    login = cassandra_of(settings).login
    assert login is not None
    assert login.password.get_secret_value() == "of CASSANDRA"
    assert redis_of(settings).options() == {"password": "of REDIS"}


def test_no_password_is_shown_or_handed_on(
    monkeypatch: pytest.MonkeyPatch, password_file: Path
) -> None:
    for store in ("KAFKA", "CASSANDRA", "REDIS"):
        monkeypatch.setenv(f"TACTFUL_{store}_PASSWORD", PASSWORD)
    settings = Settings(
        kafka_security_protocol="SASL_PLAINTEXT",
        kafka_sasl_mechanism="PLAIN",
        kafka_username="ada",
        cassandra_username="ada",
        redis_password_file=password_file,
    )
    connections = (kafka_of(settings), cassandra_of(settings), redis_of(settings))
    shown = f"{settings!r} {settings.environment()} {settings.addresses()} {connections!r}"
    shown += " ".join(map(str, connections))
    assert PASSWORD not in shown


def test_a_certificate_of_our_own_goes_to_every_store(authority: Authority) -> None:
    certificate, key = authority.files("client", None)
    settings = Settings.model_validate(
        {"kafka_security_protocol": "SSL", "cassandra_tls": True, "redis_tls": True}
        | {f"{store}_ca_file": authority.ca_file for store in ("kafka", "cassandra", "redis")}
        | {f"{store}_client_cert_file": certificate for store in ("kafka", "cassandra", "redis")}
        | {f"{store}_client_key_file": key for store in ("kafka", "cassandra", "redis")}
    )
    told = kafka_of(settings).client_settings()
    assert told["ssl.certificate.location"] == str(certificate)
    assert told["ssl.key.location"] == str(key)
    assert told["ssl.endpoint.identification.algorithm"] == "https"
    tls = cassandra_of(settings).tls
    assert tls is not None
    assert (tls.certificate_file, tls.key_file) == (certificate, key)
    connection = redis_of(settings)
    assert connection.url.startswith("rediss://")
    options = connection.options()
    assert options["ssl_check_hostname"] is True
    assert options["ssl_cert_reqs"] == "required"
    assert options["ssl_certfile"] == str(certificate)


SASL = {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "SCRAM-SHA-512"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (SASL | {"kafka_username": "ada"}, "SCRAM-SHA-512, but there is no password.*_file"),
        (SASL, "kafka_username is not set"),
        ({"kafka_security_protocol": "SASL_SSL"}, "kafka_sasl_mechanism is not set; allowed: PL"),
        ({"kafka_sasl_mechanism": "PLAIN"}, "is PLAINTEXT, so kafka_sasl_mechanism would count"),
        ({"kafka_username": "ada"}, "is PLAINTEXT, so kafka_username would count for nothing"),
        ({"kafka_ca_file": "/nowhere"}, r"PLAINTEXT, so kafka_ca_file \(/nowhere\) would count"),
        (
            {"kafka_security_protocol": "SSL", "kafka_ca_file": "/nowhere/ca.pem"},
            "kafka_ca_file: there is no file /nowhere/ca.pem; it must be one in PEM form",
        ),
        (
            {"kafka_security_protocol": "SSL", "kafka_client_cert_file": "/c"},
            "kafka_client_cert_file is /c, but kafka_client_key_file is not set",
        ),
        (
            {"kafka_security_protocol": "SSL", "kafka_client_key_file": "/c"},
            "kafka_client_key_file is /c, but kafka_client_cert_file is not set",
        ),
        ({"cassandra_ca_file": "/c"}, "cassandra_tls is false, so cassandra_ca_file"),
        ({"cassandra_username": "ada"}, "'ada', but there is no password.*CASSANDRA_PASSWORD"),
        ({"redis_client_key_file": "/c"}, "redis_tls is false, so redis_client_key_file"),
        ({"redis_username": "ada"}, "'ada', but there is no password.*TACTFUL_REDIS_PASSWORD"),
    ],
)
def test_what_can_not_be_is_refused_with_setting_and_way_out(
    given: dict[str, Any], told: str
) -> None:
    settings = Settings.model_validate(given)
    with pytest.raises(ConnectionSettingsError, match=told):
        [make(settings) for make in (kafka_of, cassandra_of, redis_of)]


def test_a_password_without_anyone_to_use_it_is_refused(password_file: Path) -> None:
    with pytest.raises(ConnectionSettingsError, match="PLAINTEXT, so a password"):
        kafka_of(Settings(kafka_password_file=password_file))
    with pytest.raises(ConnectionSettingsError, match="cassandra_username is not set"):
        cassandra_of(Settings(cassandra_password_file=password_file))


@pytest.mark.parametrize(
    ("text", "mode", "told"),
    [
        (PASSWORD, 0o644, "may be read by others .mode 644.; make it 600"),
        ("", 0o600, "is empty"),
        ("one\ntwo\n", 0o600, "more than one line"),
        (None, 0o600, "No such file"),
    ],
)
def test_a_file_that_is_no_safe_password_is_refused(
    text: str | None, mode: int, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    if text is not None:
        file.write_text(text)
        file.chmod(mode)
    with pytest.raises(ConnectionSettingsError, match=f"redis_password_file.*{told}") as error:
        redis_of(Settings(redis_password_file=file))
    assert PASSWORD not in str(error.value)


def test_files_that_are_no_certificates_or_keys_are_refused(
    authority: Authority, password_file: Path
) -> None:
    with pytest.raises(ConnectionSettingsError, match=r"cassandra_ca_file.*PEM"):
        cassandra_of(Settings(cassandra_tls=True, cassandra_ca_file=password_file))
    certificate, key = authority.files("client", None)
    _, other_key = authority.files("other", None)
    settings = Settings(
        redis_tls=True, redis_client_cert_file=certificate, redis_client_key_file=other_key
    )
    with pytest.raises(ConnectionSettingsError, match=r"redis_client_cert_file.*KEY_VALUES"):
        redis_of(settings)
    key.chmod(0o640)
    settings = Settings(
        redis_tls=True, redis_client_cert_file=certificate, redis_client_key_file=key
    )
    with pytest.raises(ConnectionSettingsError, match=r"redis_client_key_file.*mode 640"):
        redis_of(settings)


@pytest.mark.parametrize("url", ["redis://:pw@h:1/0", "rediss://u@h:1", "redis://h/0?password=x"])
def test_a_redis_url_never_holds_a_password(url: str) -> None:
    with pytest.raises(ConnectionSettingsError, match="redis_password_file") as error:
        redis_of(Settings(), url)
    assert "pw" not in str(error.value)


def test_the_local_stack_says_that_it_has_no_tls() -> None:
    settings = Settings(redis_tls=True, cassandra_username="ada")
    servers = [kafka.part(settings), cassandra.part(settings), redis.part(settings)]
    with pytest.raises(StackError, match="these settings ask for it: cassandra_username, redis_t"):
        checks.check_plain(settings, servers)
    # Flink may be started here for a broker that is elsewhere.
    checks.check_plain(settings, flink_cluster.parts(settings, 1))


@pytest.mark.parametrize(
    ("made_by", "homes"),
    [
        ('"bootstrap.servers"', {"connectors/kafka/connection.py", "jobs/kafka_properties.py"}),
        ("CassandraSettings.parse(", {"deploy/connections.py"}),
        ("RedisConnection(", {"deploy/connections.py"}),
    ],
)
def test_no_client_goes_around_the_settings(made_by: str, homes: set[str]) -> None:
    packages = ("api", "bench", "cli", "connectors", "deploy", "jobs", "operators")
    files = [file for package in packages for file in (ROOT / package).rglob("*.py")]
    found = {
        str(file.relative_to(ROOT))
        for file in files
        if any(
            made_by in line and ">>>" not in line and "class " not in line
            for line in file.read_text().splitlines()
        )
    }
    assert found == homes
