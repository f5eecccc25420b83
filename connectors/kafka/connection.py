"""Where Kafka is and how we prove who we are; the one place that makes librdkafka's settings."""

import dataclasses
from typing import Any, Literal

from pydantic import SecretStr

from connectors.tls import Tls

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
SaslMechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]

_TLS_1_3_ALONE = "PSK"
"""librdkafka has no setting for the least version. This list is of ciphers up to TLS 1.2, and names
only such as need a key shared beforehand, which we have not: what is left are those of TLS 1.3."""


@dataclasses.dataclass(frozen=True, slots=True)
class Sasl:
    """A user of Kafka; the password is hidden in whatever is printed."""

    mechanism: SaslMechanism
    username: str
    password: SecretStr


@dataclasses.dataclass(frozen=True, slots=True)
class KafkaConnection:
    """How all clients reach Kafka.

    Attributes:
        bootstrap: `host:port[,host:port...]`.
        tls: None speaks in the clear.
        sasl: None does not say who we are, unless a certificate in `tls` does.
    """

    bootstrap: str
    tls: Tls | None = None
    sasl: Sasl | None = None

    def __str__(self) -> str:
        return self.bootstrap

    @property
    def protocol(self) -> SecurityProtocol:
        """Kafka's word for it.

        >>> KafkaConnection("b:9092").protocol, KafkaConnection("b:9092", Tls()).protocol
        ('PLAINTEXT', 'SSL')
        """
        if self.sasl is None:
            return "PLAINTEXT" if self.tls is None else "SSL"
        return "SASL_PLAINTEXT" if self.tls is None else "SASL_SSL"

    def client_settings(self) -> dict[str, Any]:
        """What librdkafka wants to know; holds the password, so it must not be logged."""
        found: dict[str, Any] = {"bootstrap.servers": self.bootstrap}
        if self.protocol != "PLAINTEXT":
            found["security.protocol"] = self.protocol
        if self.sasl is not None:
            found["sasl.mechanism"] = self.sasl.mechanism
            found["sasl.username"] = self.sasl.username
            found["sasl.password"] = self.sasl.password.get_secret_value()
        if self.tls is not None:
            found["ssl.endpoint.identification.algorithm"] = "https"
            if self.tls.minimum == "1.3":
                found["ssl.cipher.suites"] = _TLS_1_3_ALONE
            files = {
                "ssl.ca.location": self.tls.ca_file,
                "ssl.certificate.location": self.tls.certificate_file,
                "ssl.key.location": self.tls.key_file,
            }
            found |= {name: str(path) for name, path in files.items() if path is not None}
        return found
