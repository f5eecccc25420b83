"""How everything that Tactful runs reaches Kafka, Cassandra and Redis, made out of the settings.

A setting that would count for nothing is refused, so that nobody believes in TLS that is not there.
"""

import ssl
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from connectors.kafka.connection import KafkaConnection, Sasl
from connectors.tls import ConnectionSettingsError, Tls
from deploy.passwords import must_be_private, password_of, variable_of
from deploy.settings import Settings

if TYPE_CHECKING:
    from connectors.cassandra.session import CassandraSettings
    from connectors.redis.connection import RedisConnection

Store = Literal["kafka", "cassandra", "redis"]


def kafka_of(settings: Settings, bootstrap: str | None = None) -> KafkaConnection:
    """How to reach Kafka.

    Args:
        settings: whose.
        bootstrap: other addresses than those of the settings.

    Raises:
        ConnectionSettingsError: naming the setting, what was found and what is allowed.
    """
    protocol = settings.kafka_security_protocol
    word = f"kafka_security_protocol is {protocol}"
    tls = _tls_of(settings, "kafka", word, used=protocol in {"SSL", "SASL_SSL"})
    sasl = _sasl_of(settings, word, used=protocol in {"SASL_PLAINTEXT", "SASL_SSL"})
    return KafkaConnection(bootstrap or settings.kafka_bootstrap, tls, sasl)


def _sasl_of(settings: Settings, word: str, *, used: bool) -> Sasl | None:
    mechanism, username = settings.kafka_sasl_mechanism, settings.kafka_username
    password = password_of("kafka", settings.kafka_password_file)
    if not used:
        given = {
            "kafka_sasl_mechanism": mechanism,
            "kafka_username": username,
            "a password (kafka_password_file, or TACTFUL_KAFKA_PASSWORD)": password,
        }
        for name, value in given.items():
            if value:
                raise ConnectionSettingsError(
                    f"{word}, so {name} would count for nothing; "
                    "set it to SASL_SSL or SASL_PLAINTEXT, or leave that out"
                )
        return None
    if mechanism is None:
        raise ConnectionSettingsError(
            f"{word}, but kafka_sasl_mechanism is not set; "
            "allowed: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512"
        )
    if not username:
        raise ConnectionSettingsError(
            f"kafka_sasl_mechanism is {mechanism}, but kafka_username is not set"
        )
    if password is None:
        raise _no_password("kafka", f"kafka_sasl_mechanism is {mechanism}")
    return Sasl(mechanism, username, password)


def cassandra_of(
    settings: Settings, addresses: str | None = None, **others: Any
) -> "CassandraSettings":
    """How to reach Cassandra.

    Args:
        settings: whose; they give the keyspace, too.
        addresses: `host:port[,...]`, others than that of the settings.
        others: more of `CassandraSettings`.

    Raises:
        ConnectionSettingsError: naming the setting, what was found and what is allowed.
        ValueError: another field that is not allowed.
    """
    from connectors.cassandra.session import CassandraSettings, Login

    on = settings.cassandra_tls
    tls = _tls_of(settings, "cassandra", f"cassandra_tls is {str(on).lower()}", used=on)
    username = settings.cassandra_username
    password = password_of("cassandra", settings.cassandra_password_file)
    if username and password is None:
        raise _no_password("cassandra", f"cassandra_username is {username!r}")
    if password is not None and not username:
        raise ConnectionSettingsError(
            "Cassandra's password is given, but cassandra_username is not set"
        )
    others.setdefault("keyspace", settings.keyspace)
    return CassandraSettings.parse(
        addresses or settings.addresses()["cassandra"],
        tls=tls,
        login=Login(username=username, password=password)
        if username and password is not None
        else None,
        **others,
    )


def redis_of(settings: Settings, url: str | None = None) -> "RedisConnection":
    """How to reach Redis.

    Args:
        settings: whose.
        url: another one than that of the settings, `redis://` or `rediss://`.

    Raises:
        ConnectionSettingsError: naming the setting, what was found and what is allowed.
    """
    from connectors.redis.connection import RedisConnection

    url = url or settings.redis_url
    parts = urlsplit(url)
    if parts.password or parts.username or parts.query:
        raise ConnectionSettingsError(
            "the URL of Redis has a user, a password or options in it, where everybody sees them; "
            "give redis_username, and redis_password_file or TACTFUL_REDIS_PASSWORD"
        )
    if parts.scheme not in {"redis", "rediss"}:
        raise ConnectionSettingsError(
            f"the URL of Redis begins with {parts.scheme!r}; allowed: redis, rediss (with TLS)"
        )
    on = parts.scheme == "rediss"
    if settings.redis_tls and not on:
        raise ConnectionSettingsError(
            f"redis_tls is true, but the URL of Redis is {url}; allowed: rediss://..."
        )
    word = f"redis_tls is {str(settings.redis_tls).lower()}"
    password = password_of("redis", settings.redis_password_file)
    if settings.redis_username and password is None:
        raise _no_password("redis", f"redis_username is {settings.redis_username!r}")
    return RedisConnection(
        url=url,
        username=settings.redis_username or None,
        password=password,
        tls=_tls_of(settings, "redis", word, used=on),
    )


def _tls_of(settings: Settings, store: Store, word: str, *, used: bool) -> Tls | None:
    """The TLS of one store, its files read once so that a mistake is told before anything runs."""
    names = {word: f"{store}_{word}_file" for word in ("ca", "client_cert", "client_key")}
    files = {name: getattr(settings, setting) for name, setting in names.items()}
    if not used:
        for name, file in files.items():
            if file is not None:
                raise ConnectionSettingsError(
                    f"{word}, so {names[name]} ({file}) would count for nothing; "
                    f"{_SWITCHES[store]}, or leave that out"
                )
        return None
    for one, other in (("client_cert", "client_key"), ("client_key", "client_cert")):
        if files[one] is not None and files[other] is None:
            raise ConnectionSettingsError(
                f"{names[one]} is {files[one]}, but {names[other]} is not set; they go together"
            )
    for name, file in files.items():
        if file is not None and not file.is_file():
            raise ConnectionSettingsError(
                f"{names[name]}: there is no file {file}; it must be one in PEM form"
            )
    if files["client_key"] is not None:
        must_be_private(files["client_key"], names["client_key"])
    tls = Tls(
        ca_file=files["ca"],
        certificate_file=files["client_cert"],
        key_file=files["client_key"],
        minimum=settings.tls_minimum,
    )
    for part, named in ((Tls(ca_file=tls.ca_file), ("ca",)), (tls, ("client_cert", "client_key"))):
        try:
            part.context()
        except OSError as error:
            where = " and ".join(f"{names[name]} ({files[name]})" for name in named)
            reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
            raise ConnectionSettingsError(
                f"{where}: can't be used: {reason or error}; certificates and keys must be in PEM "
                "form, keys not encrypted"
            ) from None
    return tls


_SWITCHES: dict[Store, str] = {
    "kafka": "set it to SSL or SASL_SSL",
    "cassandra": "set it to true",
    "redis": "set it to true",
}


def _no_password(store: Store, word: str) -> ConnectionSettingsError:
    return ConnectionSettingsError(
        f"{word}, but there is no password; name its file by {store}_password_file, "
        f"or give it by {variable_of(store)}"
    )


def secured(settings: Settings) -> list[str]:
    """The settings that ask for more than the plain servers of the local stack give.

    Raises:
        ConnectionSettingsError: a password can't be read.
    """
    asked = {
        "kafka_security_protocol": settings.kafka_security_protocol != "PLAINTEXT",
        "cassandra_tls": settings.cassandra_tls,
        "cassandra_username": settings.cassandra_username,
        "redis_tls": settings.redis_tls,
        "redis_username": settings.redis_username,
        "redis_password_file (or TACTFUL_REDIS_PASSWORD)": password_of(
            "redis", settings.redis_password_file
        ),
    }
    return [name for name, value in asked.items() if value]
