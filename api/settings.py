"""What the API is told from outside: addresses, trust, limits. Secrets are files, never arguments.

Values come from `TACTFUL_API_…` environment variables, then the defaults here.
"""

import ipaddress
from pathlib import Path

from pydantic import DirectoryPath, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from deploy.settings import HOST, Settings


class ApiSettings(BaseSettings):
    """How the API listens, whom it trusts, and how much it takes."""

    model_config = SettingsConfigDict(env_prefix="TACTFUL_API_", frozen=True)

    host: str = HOST
    port: int = Field(default=0, ge=0, le=65535)
    """0: the one of the stack (`TACTFUL_API_PORT` or `port_base` + 80)."""
    public_url: str | None = None
    """What clients put before /v1, where that is not the address listened on."""
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    """Something in front ends TLS; without it nothing but loopback is served in the clear."""

    secrets_dir: Path | None = None
    """Signing keys, clients, master key; by default `<home>/secrets`."""
    issuer: str = "tactful"
    audience: str = "tactful-api"
    token_ttl_s: int = Field(default=900, ge=30, le=86_400)
    user_token_ttl_s: int = Field(default=3_600, ge=30, le=86_400)
    session_ttl_s: int = Field(default=3_600, ge=60, le=30 * 86_400)
    link_ttl_s: int = Field(default=30 * 86_400, ge=60)
    external_issuer: str | None = None
    external_jwks_url: str | None = None
    external_audience: str | None = None
    external_roles_claim: str = "roles"
    external_second_factor: bool = True
    """Whether tokens of the external issuer count as having had a second factor without `amr`."""

    rate_limit: str = "1000/second"
    rate_limit_heavy: str = "60/minute"
    """Exports, erasures, previews, audiences, tokens given; by client."""
    rate_limit_login: str = "10/minute"
    """Failed token requests by client and address."""
    max_body_bytes: int = Field(default=65_536, ge=1_024)
    max_bulk_bytes: int = Field(default=4_194_304, ge=65_536)
    max_bulk_records: int = Field(default=1_000, ge=1, le=10_000)
    write_timeout_ms: int = Field(default=5_000, ge=100)
    decision_deadline_ms: int = Field(default=2_000, ge=50)
    max_decision_deadline_ms: int = Field(default=30_000, ge=50)
    ledger_tail: int = Field(default=50_000, ge=100)
    """Ledger entries kept at hand; older ones are read from the history."""
    idempotency_ttl_s: int = Field(default=86_400, ge=60)
    own_writes_ttl_s: int = Field(default=60, ge=1)
    local_webhooks: bool | None = None
    """Whether webhooks may go to private addresses and plain http; None: only on a local stack."""

    pages_dir: DirectoryPath | None = None
    """An organisation's own texts, colours and logo for the pages (docs/preferences.md)."""

    @model_validator(mode="after")
    def _whole(self) -> "ApiSettings":
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError(
                "tls_certificate and tls_key: found one of them, allowed: both or none"
            )
        if (self.external_issuer is None) != (self.external_jwks_url is None):
            raise ValueError(
                "external_issuer and external_jwks_url: found one, allowed: both or none"
            )
        if not (self.on_loopback or self.tls_certificate or self.behind_proxy):
            raise ValueError(
                f"host: {self.host} is not loopback; allowed: with tls_certificate and tls_key, "
                "or behind_proxy"
            )
        return self

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def secure(self) -> bool:
        """Whether clients come by TLS, so that cookies may be for TLS alone."""
        return self.tls_certificate is not None or self.behind_proxy

    def secrets(self, stack: Settings) -> Path:
        """Where secrets are kept."""
        return (self.secrets_dir or stack.home / "secrets").expanduser().absolute()
