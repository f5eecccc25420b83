"""What Flink's connector is told of how to reach Kafka, for each way of doing it."""

from pathlib import Path
from typing import Any

import pytest
from authority import Authority
from cryptography.hazmat.primitives import serialization
from pydantic import SecretStr

from connectors.kafka.connection import KafkaConnection, Sasl
from connectors.tls import Tls
from deploy.settings import Settings
from jobs.decide_arguments import parse
from jobs.kafka_properties import java_properties
from jobs.kafka_tables import Sink, source_ddl

MODULES = {
    "PLAIN": "plain.PlainLoginModule",
    "SCRAM-SHA-256": "scram.ScramLoginModule",
    "SCRAM-SHA-512": "scram.ScramLoginModule",
}


def sasl(mechanism: Any = "SCRAM-SHA-512", password: str = "pw") -> Sasl:
    return Sasl(mechanism, "ada", SecretStr(password))


def test_a_plain_broker_needs_its_address_alone() -> None:
    assert java_properties(KafkaConnection("b:1")) == {"bootstrap.servers": "b:1"}


@pytest.mark.parametrize("mechanism", MODULES)
@pytest.mark.parametrize("tls", [None, Tls()])
def test_each_mechanism_has_its_login_module(mechanism: str, tls: Tls | None) -> None:
    found = java_properties(KafkaConnection("b:1", tls, sasl(mechanism)))
    assert found["security.protocol"] == ("SASL_PLAINTEXT" if tls is None else "SASL_SSL")
    assert found["sasl.mechanism"] == mechanism
    assert found["sasl.jaas.config"] == (
        "org.apache.flink.kafka.shaded.org.apache.kafka.common.security."
        f'{MODULES[mechanism]} required username="ada" password="pw";'
    )


def test_a_password_ends_no_string_early() -> None:
    found = java_properties(KafkaConnection("b:1", None, sasl(password='a"b\\c; x=')))
    assert found["sasl.jaas.config"].endswith(r' password="a\"b\\c; x=";')


def test_certificates_and_keys_travel_in_the_form_that_java_reads(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.files("client", None)
    tls = Tls(ca_file=authority.ca_file, certificate_file=certificate, key_file=key)
    found = java_properties(KafkaConnection("b:1", tls))
    assert found["security.protocol"] == "SSL"
    assert found["ssl.truststore.type"] == found["ssl.keystore.type"] == "PEM"
    assert found["ssl.truststore.certificates"] == authority.ca_file.read_text()
    assert found["ssl.keystore.certificate.chain"] == certificate.read_text()
    assert found["ssl.keystore.key"].startswith("-----BEGIN PRIVATE KEY-----")
    again = serialization.load_pem_private_key(found["ssl.keystore.key"].encode(), None)
    before = serialization.load_pem_private_key(key.read_bytes(), None)
    assert again.private_numbers() == before.private_numbers()  # type: ignore[union-attr]


def test_nothing_older_than_the_minimum_is_spoken() -> None:
    newest = java_properties(KafkaConnection("b:1", Tls()))
    assert newest["ssl.enabled.protocols"] == newest["ssl.protocol"] == "TLSv1.3"
    assert newest["ssl.endpoint.identification.algorithm"] == "https"
    assert "ssl.enabled.protocols" not in java_properties(
        KafkaConnection("b:1", Tls(minimum="1.2"))
    )


def test_sources_and_sinks_are_told_all_of_it() -> None:
    kafka = KafkaConnection("b:1", Tls(), sasl(password="it's"))
    for ddl in (source_ddl("t", kafka, ("x",), "g", "earliest"), Sink(kafka, "x", "x").ddl("s")):
        assert "'properties.security.protocol' = 'SASL_SSL'" in ddl
        assert "password=\"it''s\";'" in ddl


def test_a_jobs_arguments_show_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TACTFUL_KAFKA_PASSWORD", "correct horse")
    settings = Settings(
        kafka_security_protocol="SASL_SSL", kafka_sasl_mechanism="PLAIN", kafka_username="ada"
    )
    found = parse([], settings)
    assert found.kafka.sasl is not None
    assert found.kafka.sasl.password.get_secret_value() == "correct horse"
    assert "correct horse" not in f"{found} {found.flink_options()}"
