"""What Flink's Kafka connector, a Java client, wants to know of how we reach Kafka.

The properties travel inside the job graph, certificates and keys included, so that TaskManagers
need no files. Flink shows none of them; whoever can read its storage of job graphs can.
"""

from cryptography.hazmat.primitives import serialization

from connectors.kafka.connection import KafkaConnection, Sasl, SaslMechanism
from connectors.tls import Tls

_SHADED = "org.apache.flink.kafka.shaded.org.apache.kafka.common.security"
"""Flink's connector for SQL brings its own Kafka client, under a name of its own."""

_LOGIN_MODULES: dict[SaslMechanism, str] = {
    "PLAIN": f"{_SHADED}.plain.PlainLoginModule",
    "SCRAM-SHA-256": f"{_SHADED}.scram.ScramLoginModule",
    "SCRAM-SHA-512": f"{_SHADED}.scram.ScramLoginModule",
}


def java_properties(kafka: KafkaConnection) -> dict[str, str]:
    """The client's properties, without a prefix; they hold secrets, so they must not be logged.

    Raises:
        OSError: a file of certificates or keys can't be read.
        ValueError: the private key is none, or is encrypted.

    >>> java_properties(KafkaConnection("b:9092"))
    {'bootstrap.servers': 'b:9092'}
    """
    found = {"bootstrap.servers": kafka.bootstrap}
    if kafka.protocol != "PLAINTEXT":
        found["security.protocol"] = kafka.protocol
    if kafka.sasl is not None:
        found["sasl.mechanism"] = kafka.sasl.mechanism
        found["sasl.jaas.config"] = _jaas(kafka.sasl)
    if kafka.tls is not None:
        found |= _tls(kafka.tls)
    return found


def _jaas(sasl: Sasl) -> str:
    words = {"username": sasl.username, "password": sasl.password.get_secret_value()}
    options = " ".join(f"{name}={_quoted(value)}" for name, value in words.items())
    return f"{_LOGIN_MODULES[sasl.mechanism]} required {options};"


def _quoted(text: str) -> str:
    r"""A string as JAAS reads it.

    >>> print(_quoted('a"b'))
    "a\"b"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _tls(tls: Tls) -> dict[str, str]:
    found = {"ssl.endpoint.identification.algorithm": "https"}
    if tls.minimum == "1.3":
        found |= {"ssl.protocol": "TLSv1.3", "ssl.enabled.protocols": "TLSv1.3"}
    if tls.ca_file is not None:
        found |= {
            "ssl.truststore.type": "PEM",
            "ssl.truststore.certificates": tls.ca_file.read_text(),
        }
    if tls.certificate_file is not None and tls.key_file is not None:
        key = serialization.load_pem_private_key(tls.key_file.read_bytes(), password=None)
        found |= {
            "ssl.keystore.type": "PEM",
            "ssl.keystore.certificate.chain": tls.certificate_file.read_text(),
            # Java reads keys in no other form than this one.
            "ssl.keystore.key": key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode(),
        }
    return found
