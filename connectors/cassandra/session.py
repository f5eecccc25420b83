"""How we connect to Cassandra: addresses, replication, policies and timeouts in one place."""

import dataclasses
import re
from typing import Any, Self

from cassandra import AuthenticationFailed, ConsistencyLevel
from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import (
    EXEC_PROFILE_DEFAULT,
    Cluster,
    ExecutionProfile,
    NoHostAvailable,
    Session,
)
from cassandra.policies import (
    DCAwareRoundRobinPolicy,
    ExponentialReconnectionPolicy,
    TokenAwarePolicy,
)
from pydantic import SecretStr

from connectors.tls import Tls

_KEYSPACE = re.compile(r"[a-z][a-z0-9_]{0,47}")
_DATACENTERS = re.compile(r"[\w-]+:\d+(,[\w-]+:\d+)*")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A role of Cassandra; the password is hidden in whatever is printed."""

    username: str
    password: SecretStr


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CassandraSettings:
    """Where Cassandra is and how we use it.

    `replication` is a replication factor (`"1"`) or one per data centre (`"east:3,west:3"`).
    `datacenter` is the one to talk to; without it, the one of the first node that answers.
    Without `tls` it speaks in the clear. With it, each node's certificate must name the address
    that clients find the node by: its `rpc_address` or `broadcast_rpc_address`.
    """

    hosts: tuple[str, ...] = ("127.0.0.1",)
    port: int = 9042
    keyspace: str = "tactful"
    replication: str = "1"
    datacenter: str | None = None
    consistency: str = "LOCAL_QUORUM"
    request_timeout_ms: int = 5_000
    connect_timeout_ms: int = 3_000
    tls: Tls | None = None
    login: Login | None = None

    def __post_init__(self) -> None:
        """Refuse what would only fail later, or end up inside a CQL statement.

        Raises:
            ValueError: naming the field, what was found and what is allowed.
        """
        if not self.hosts:
            raise ValueError("hosts: at least one address is needed")
        if not _KEYSPACE.fullmatch(self.keyspace):
            raise ValueError(
                f"keyspace: {self.keyspace!r} is not a name of a-z, 0-9 and _ (at most 48)"
            )
        if not self.replication.isdigit() and not _DATACENTERS.fullmatch(self.replication):
            raise ValueError(
                f"replication: {self.replication!r} is neither a number nor 'datacenter:number,...'"
            )
        if self.consistency not in ConsistencyLevel.name_to_value:
            allowed = ", ".join(ConsistencyLevel.name_to_value)
            raise ValueError(f"consistency: {self.consistency!r} is not one of {allowed}")

    @classmethod
    def parse(cls, addresses: str, **others: Any) -> Self:
        """From `host:port,host:port`; all nodes share the port of the last one named.

        >>> CassandraSettings.parse("10.0.0.1:9043,10.0.0.2:9043").hosts
        ('10.0.0.1', '10.0.0.2')
        """
        port = 9042
        hosts = []
        for address in addresses.split(","):
            host, colon, number = address.strip().rpartition(":")
            if colon:
                if not number.isdigit():
                    raise ValueError(f"cassandra address: {address!r} has no number after ':'")
                port = int(number)
            hosts.append(host if colon else number)
        if not all(hosts):
            raise ValueError(f"cassandra address: {addresses!r} is not 'host:port[,host:port...]'")
        return cls(hosts=tuple(hosts), port=port, **others)

    @property
    def replication_cql(self) -> str:
        """The replication map of CREATE KEYSPACE."""
        if self.replication.isdigit():
            return f"{{'class': 'SimpleStrategy', 'replication_factor': {self.replication}}}"
        pairs = [pair.split(":") for pair in self.replication.split(",")]
        centres = ", ".join(f"'{name}': {factor}" for name, factor in pairs)
        return f"{{'class': 'NetworkTopologyStrategy', {centres}}}"


def connect(settings: CassandraSettings) -> Session:
    """A session without a keyspace; `close` ends it with its cluster.

    Statements go to a replica (token-aware); all of ours are idempotent, so the driver may repeat
    them.

    Raises:
        cassandra.cluster.NoHostAvailable: no node answered, or all refused; `refusal` tells which.
        OSError: a file of `tls` can't be used.
    """
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(
            DCAwareRoundRobinPolicy(local_dc=settings.datacenter or "")
        ),
        consistency_level=ConsistencyLevel.name_to_value[settings.consistency],
        request_timeout=settings.request_timeout_ms / 1000,
    )
    cluster = Cluster(
        contact_points=list(settings.hosts),
        port=settings.port,
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        reconnection_policy=ExponentialReconnectionPolicy(0.25, 4.0),
        connect_timeout=settings.connect_timeout_ms / 1000,
        control_connection_timeout=settings.connect_timeout_ms / 1000,
        ssl_context=None if settings.tls is None else settings.tls.context(),
        auth_provider=_auth_of(settings.login),
        # nothing here asks for topology, and a wiped node must not leave stale schema behind
        idle_heartbeat_interval=5,
        idle_heartbeat_timeout=5,
    )
    try:
        return cluster.connect()
    except BaseException:
        cluster.shutdown()
        raise


def _auth_of(login: Login | None) -> PlainTextAuthProvider | None:
    if login is None:
        return None
    return PlainTextAuthProvider(login.username, login.password.get_secret_value())


def refusal(error: NoHostAvailable) -> str | None:
    """Why the nodes were not trusted, or did not trust us; None when they did not answer."""
    reasons = error.errors.values() if isinstance(error.errors, dict) else ()
    for each in reasons:
        # the driver makes a plain OSError of one about TLS, and keeps its text alone
        if isinstance(each, AuthenticationFailed) or "[SSL" in str(each):
            return " ".join(str(each).split())
    return None


def close(session: Session) -> None:
    """End the session and its cluster's threads."""
    session.cluster.shutdown()
