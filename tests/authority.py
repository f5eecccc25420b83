"""A throw-away certificate authority, and files of what it signs."""

import datetime as dt
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

NO_PASSWORD = serialization.NoEncryption()


class Authority:
    """Signs certificates for loopback, as files in a folder.

    Attributes:
        ca_file: its own certificate.
    """

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        authority = x509.BasicConstraints(ca=True, path_length=0)
        self._certificate = self._signed(self._name, self._key, authority, None)
        self.ca_file = folder / f"{name}.pem"
        self.ca_file.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def files(self, name: str, host: str | None = "127.0.0.1") -> tuple[Path, Path]:
        """The files of a new certificate and its key; the key's is private.

        Args:
            name: its common name, also the files'.
            host: an address or name it is good for.
        """
        certificate, key = self._new(name, host)
        paths = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        paths[1].touch(mode=0o600)
        paths[1].write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                # not the form that Java wants, so that ours has to be made
                serialization.PrivateFormat.TraditionalOpenSSL,
                NO_PASSWORD,
            )
        )
        return paths

    def pkcs12(self, name: str, password: str) -> Path:
        """Both in one file, as Java's servers like it."""
        certificate, key = self._new(name, "127.0.0.1")
        path = self._folder / f"{name}.p12"
        path.write_bytes(
            pkcs12.serialize_key_and_certificates(
                name.encode(),
                key,
                certificate,
                [self._certificate],
                serialization.BestAvailableEncryption(password.encode()),
            )
        )
        return path

    def _new(
        self, name: str, host: str | None
    ) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        no_authority = x509.BasicConstraints(ca=False, path_length=None)
        return self._signed(subject, key, no_authority, host), key

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        constraints: x509.BasicConstraints,
        host: str | None,
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(constraints, critical=True)
        )
        if host is not None:
            names = x509.SubjectAlternativeName([_general(host)])
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
