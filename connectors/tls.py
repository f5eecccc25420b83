"""TLS as our clients want it: whom to trust, who we are, and the least version that is spoken."""

import dataclasses
import ssl
from pathlib import Path
from typing import Literal

TlsVersion = Literal["1.2", "1.3"]

_VERSIONS: dict[TlsVersion, ssl.TLSVersion] = {
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


class ConnectionSettingsError(ValueError):
    """A setting of a connection can't be used; names it, what was found and what is allowed."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """How one client speaks TLS; certificates and host names are always checked.

    Attributes:
        ca_file: certificates (PEM) that servers' must come from; None: those the system trusts.
        certificate_file: our own certificate and what leads to its CA (PEM), for servers that ask.
        key_file: its private key (PEM, not encrypted).
        minimum: the least version that is spoken.
    """

    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    minimum: TlsVersion = "1.3"

    @property
    def version(self) -> ssl.TLSVersion:
        """The least version, as Python names it."""
        return _VERSIONS[self.minimum]

    def context(self) -> ssl.SSLContext:
        """For clients in Python.

        Raises:
            OSError: a file is missing, or (`ssl.SSLError`) does not hold what it should.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks certificates and host names
        context.minimum_version = self.version
        if self.ca_file is None:
            context.load_default_certs()
        else:
            context.load_verify_locations(self.ca_file)
        if self.certificate_file is not None:
            context.load_cert_chain(self.certificate_file, self.key_file)
        return context
