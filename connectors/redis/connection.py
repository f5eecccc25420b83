"""Where Redis is and how we prove who we are; the one place that makes its clients' settings."""

import dataclasses
from typing import Any

from pydantic import SecretStr

from connectors.tls import Tls


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RedisConnection:
    """How all clients reach Redis.

    Attributes:
        url: `redis://host:port/db`, or `rediss://...` with TLS; never with a password in it.
        username: of an ACL; None: Redis' own `default`.
        password: None where none is asked for; hidden in whatever is printed.
        tls: for `rediss://`.
    """

    url: str = "redis://127.0.0.1:6379/0"
    username: str | None = None
    password: SecretStr | None = None
    tls: Tls | None = None

    def options(self) -> dict[str, Any]:
        """What goes with the URL into `from_url`; holds the password, so it must not be logged."""
        found: dict[str, Any] = {}
        if self.username is not None:
            found["username"] = self.username
        if self.password is not None:
            found["password"] = self.password.get_secret_value()
        if self.tls is not None:
            found |= {
                "ssl_cert_reqs": "required",
                "ssl_check_hostname": True,
                "ssl_min_version": self.tls.version,
            }
            files = {
                "ssl_ca_certs": self.tls.ca_file,
                "ssl_certfile": self.tls.certificate_file,
                "ssl_keyfile": self.tls.key_file,
            }
            found |= {name: str(path) for name, path in files.items() if path is not None}
        return found
