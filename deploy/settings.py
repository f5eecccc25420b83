"""Every address, folder and size of the local stack, in one place.

Values come from `TACTFUL_…` environment variables, then `tactful.toml`, then the defaults here.
"""

import json
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from connectors.kafka.connection import SaslMechanism, SecurityProtocol
from connectors.tls import TlsVersion

HOST = "127.0.0.1"
"""Every listener of the local stack binds here and nowhere else."""

MAX_TASK_MANAGERS = 16
"""Each TaskManager has a metrics port of its own, and that many are set aside."""

PORT_OFFSETS = {
    "cassandra_port": 42,
    "cassandra_storage_port": 70,
    "redis_port": 79,
    "api_port": 80,
    "flink_port": 81,
    "kafka_port": 92,
    "kafka_controller_port": 93,
    "jobmanager_rpc_port": 123,
    "jobmanager_blob_port": 124,
    "metrics_port": 250,
    "profiles_metrics_port": 280,
    "volume_metrics_port": 281,
    "history_metrics_port": 285,
    "webhooks_metrics_port": 286,
}
"""Each port's distance from `port_base`, after the last digits of its well-known number."""


def project_root() -> Path:
    """The folder that holds jobs/, deploy/ and .tactful/ (for an installed package: here)."""
    root = Path(__file__).resolve().parents[1]
    return root if (root / "pyproject.toml").exists() else Path.cwd()


class Settings(BaseSettings):
    """Where the parts of the stack live and how big they are; a port left at 0 follows the base."""

    model_config = SettingsConfigDict(
        env_prefix="TACTFUL_",
        toml_file=project_root() / "tactful.toml",
        extra="forbid",
        frozen=True,
    )

    home: Path = Field(default_factory=lambda: project_root() / ".tactful")
    jars_dir: Path | None = None
    master_key_file: Path | None = None
    """Wraps the data keys of users; the local stack makes one under `<home>/secrets/`."""
    java_home: Path | None = None

    kafka_host: str = HOST
    cassandra_host: str = HOST
    redis_host: str = HOST
    flink_host: str = HOST
    """Where clients find the parts. `tactful up` starts them on this machine and nowhere else;
    other hosts are for stacks that something else has started (docker compose, say)."""

    kafka_security_protocol: SecurityProtocol = "PLAINTEXT"
    kafka_sasl_mechanism: SaslMechanism | None = None
    kafka_username: str | None = None
    kafka_password_file: Path | None = None
    kafka_ca_file: Path | None = None
    kafka_client_cert_file: Path | None = None
    kafka_client_key_file: Path | None = None
    cassandra_tls: bool = False
    cassandra_username: str | None = None
    cassandra_password_file: Path | None = None
    cassandra_ca_file: Path | None = None
    cassandra_client_cert_file: Path | None = None
    cassandra_client_key_file: Path | None = None
    redis_tls: bool = False
    redis_username: str | None = None
    redis_password_file: Path | None = None
    redis_ca_file: Path | None = None
    redis_client_cert_file: Path | None = None
    redis_client_key_file: Path | None = None
    tls_minimum: TlsVersion = "1.3"
    """How connections are secured: `deploy.connections` makes them of this, docs/security.md
    explains it. Passwords are in files, or in variables that are no settings."""

    port_base: int = Field(default=19000, ge=1024, le=65000)
    kafka_port: int = Field(default=0, ge=0, le=65535)
    kafka_controller_port: int = Field(default=0, ge=0, le=65535)
    cassandra_port: int = Field(default=0, ge=0, le=65535)
    cassandra_storage_port: int = Field(default=0, ge=0, le=65535)
    redis_port: int = Field(default=0, ge=0, le=65535)
    flink_port: int = Field(default=0, ge=0, le=65535)
    jobmanager_rpc_port: int = Field(default=0, ge=0, le=65535)
    jobmanager_blob_port: int = Field(default=0, ge=0, le=65535)
    metrics_port: int = Field(default=0, ge=0, le=65535 - MAX_TASK_MANAGERS)
    profiles_metrics_port: int = Field(default=0, ge=0, le=65535)
    volume_metrics_port: int = Field(default=0, ge=0, le=65535)
    history_metrics_port: int = Field(default=0, ge=0, le=65535)
    webhooks_metrics_port: int = Field(default=0, ge=0, le=65535)
    api_port: int = Field(default=0, ge=0, le=65535)

    topic_prefix: str = Field(default="tactful", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    topic_partitions: int = Field(default=4, ge=1, le=1000)
    channels: tuple[str, ...] = (
        "email",
        "sms",
        "push",
        "in_app",
        "web_push",
        "social",
        "voice",
    )
    keyspace: str = Field(default="tactful", pattern=r"^[a-z][a-z0-9_]{0,47}$")

    task_managers: int = Field(default=1, ge=1, le=MAX_TASK_MANAGERS)
    state_backend: Literal["hashmap", "rocksdb"] = "hashmap"
    checkpoint_interval_ms: int = Field(default=10_000, ge=100)
    buffer_timeout_ms: int = Field(default=1, ge=0)
    restart_delay_ms: int = Field(default=1_000, ge=0)
    taskmanager_memory_mb: int = Field(default=1728, ge=1024)
    jobmanager_memory_mb: int = Field(default=1024, ge=768)
    kafka_heap_mb: int = Field(default=512, ge=256)
    cassandra_heap_mb: int = Field(default=768, ge=512)
    redis_memory_mb: int = Field(default=256, ge=16)
    start_timeout_s: float = Field(default=120.0, gt=0)
    """How long a part may take to come up: generous, for a machine that does other work too."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic names the arguments
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then tactful.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @model_validator(mode="before")
    @classmethod
    def _ports_follow_the_base(cls, values: dict[str, object]) -> dict[str, object]:
        base = int(str(values.get("port_base") or cls.model_fields["port_base"].default))
        filled = dict(values)
        for name, offset in PORT_OFFSETS.items():
            if int(str(filled.get(name) or 0)) == 0:
                filled[name] = base + offset
        return filled

    @model_validator(mode="after")
    def _folders_are_absolute(self) -> "Settings":
        # Other processes get these paths and have a working folder of their own.
        for name, value in self:
            if isinstance(value, Path):
                object.__setattr__(self, name, value.expanduser().absolute())
        return self

    @property
    def jars(self) -> Path:
        """Where Maven puts the servers' jars; several stacks may share one such folder."""
        return (self.jars_dir or self.home / "jars").expanduser().absolute()

    @property
    def run(self) -> Path:
        """One file a running part: what `down` ends."""
        return self.home / "run"

    @property
    def logs(self) -> Path:
        """One log file a part."""
        return self.home / "logs"

    @property
    def checkpoints(self) -> Path:
        """Where Flink keeps its checkpoints."""
        return self.home / "checkpoints"

    @property
    def savepoints(self) -> Path:
        """Where Flink keeps its savepoints."""
        return self.home / "savepoints"

    @property
    def secrets(self) -> Path:
        """Where the local stack keeps what nobody else may read (mode 700); `down` leaves it."""
        return self.home / "secrets"

    @property
    def kafka_bootstrap(self) -> str:
        """Kafka's address, as clients want it."""
        return f"{self.kafka_host}:{self.kafka_port}"

    @property
    def redis_url(self) -> str:
        """Redis' address, as clients want it."""
        scheme = "rediss" if self.redis_tls else "redis"
        return f"{scheme}://{self.redis_host}:{self.redis_port}/0"

    @property
    def flink_url(self) -> str:
        """The address of Flink's web page and REST API."""
        return f"http://{self.flink_host}:{self.flink_port}"

    @property
    def local(self) -> bool:
        """Whether every part is on this machine."""
        hosts = {self.kafka_host, self.cassandra_host, self.redis_host, self.flink_host}
        return hosts == {HOST}

    @property
    def root(self) -> Path:
        """The folder that holds jobs/."""
        return project_root()

    def addresses(self) -> dict[str, str]:
        """Where programs reach everything."""
        return {
            "kafka": self.kafka_bootstrap,
            "cassandra": f"{self.cassandra_host}:{self.cassandra_port}",
            "redis": self.redis_url,
            "flink": self.flink_url,
            "jobmanager_rpc": f"{self.flink_host}:{self.jobmanager_rpc_port}",
            "jobmanager_metrics": f"http://{self.flink_host}:{self.metrics_port}/metrics",
            "profiles_metrics": f"http://{HOST}:{self.profiles_metrics_port}/metrics",
            "volume_metrics": f"http://{HOST}:{self.volume_metrics_port}/metrics",
            "history_metrics": f"http://{HOST}:{self.history_metrics_port}/metrics",
            "webhooks_metrics": f"http://{HOST}:{self.webhooks_metrics_port}/metrics",
            "api": f"http://{HOST}:{self.api_port}",
        }

    def environment(self) -> dict[str, str]:
        """The `TACTFUL_…` variables that make another process read the same settings."""
        values = self.model_dump(mode="json", exclude_none=True)
        return {
            f"TACTFUL_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in values.items()
        }

    def taskmanager_metrics_port(self, number: int) -> int:
        """Where Prometheus reads TaskManager `number` (1, 2, …); the JobManager has the first."""
        return self.metrics_port + number
