"""Passwords of Kafka, Cassandra and Redis: from the environment or a file, and from nowhere else.

They are no settings on purpose: settings are handed on, written down and shown.
"""

import os
from pathlib import Path

from pydantic import SecretStr

from connectors.tls import ConnectionSettingsError


def variable_of(store: str) -> str:
    """The environment variable of a store's password.

    >>> variable_of("kafka")
    'TACTFUL_KAFKA_PASSWORD'
    """
    return f"TACTFUL_{store.upper()}_PASSWORD"


def password_of(store: str, file: Path | None) -> SecretStr | None:
    """A store's password: of its variable, else of the file; None where neither is given.

    Args:
        store: `kafka`, `cassandra` or `redis`.
        file: holds the password and nothing else but an end of line; only its owner may read it.

    Raises:
        ConnectionSettingsError: naming the setting, never the password.
    """
    variable, setting = variable_of(store), f"{store}_password_file"
    given = os.environ.get(variable)
    if given:
        return _checked(given, variable)
    if file is None:
        return None
    must_be_private(file, setting)
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise ConnectionSettingsError(f"{setting}: {file} can't be read: {error}") from None
    return _checked(text.removesuffix("\n").removesuffix("\r"), f"{setting}: {file}")


def must_be_private(file: Path, setting: str) -> None:
    """Refuse a secret's file that is missing, or that others than its owner may read.

    Raises:
        ConnectionSettingsError: naming the setting, the file and what is wrong.
    """
    try:
        mode = file.stat().st_mode & 0o777
    except OSError as error:
        raise ConnectionSettingsError(
            f"{setting}: {file}: {error.strerror}; it must name a file"
        ) from None
    if mode & 0o077:
        raise ConnectionSettingsError(
            f"{setting}: {file} may be read by others (mode {mode:o}); make it 600"
        )


def _checked(text: str, where: str) -> SecretStr:
    if not text or not text.isprintable():
        what = "has control characters or more than one line" if text else "is empty"
        raise ConnectionSettingsError(
            f"{where} {what}; it must be one line that holds the password alone"
        )
    return SecretStr(text)
