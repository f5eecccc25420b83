"""A snapshot with its contact data encrypted, and opened again; the rest stays byte for byte."""

import dataclasses
import itertools
from collections.abc import Callable, Iterable, Iterator

import msgspec

from connectors.cassandra.changes import Put
from connectors.cassandra.profiles import ProfileRow
from connectors.crypto import DataKey, FieldCipher, UnreadableError, is_encrypted
from connectors.crypto.fields import seal

_identifiers = msgspec.json.Decoder(dict[str, str])
_parts = msgspec.json.Decoder(dict[str, msgspec.Raw])


def needs_sealing(put: Put) -> bool:
    """Whether any identifier of the snapshot is still plain."""
    found = bytes(put.snapshot.identifiers)
    if found == b"{}":
        return False
    return any(not is_encrypted(value) for value in _identifiers.decode(found).values())


def sealed(put: Put, key: DataKey) -> Put:
    """The snapshot with its plain identifiers under the user's key.

    The same snapshot under the same key gives the same bytes.
    """

    def change(name: str, value: str) -> str:
        return value if is_encrypted(value) else seal(key, put.user_id, name, value)

    raw, identifiers = _replaced(put.raw, change)
    snapshot = msgspec.structs.replace(put.snapshot, identifiers=msgspec.Raw(identifiers))
    return dataclasses.replace(put, snapshot=snapshot, raw=raw)


def opened(raw: str, decrypt: Callable[[str, str], str]) -> tuple[str, str]:
    """A stored snapshot with its identifiers passed through `decrypt(name, value)`.

    Gives the whole and the identifiers, as JSON.
    """
    whole, identifiers = _replaced(raw, decrypt)
    return whole, identifiers.decode()


def _replaced(raw: str, change: Callable[[str, str], str]) -> tuple[str, bytes]:
    parts = _parts.decode(raw)
    values = _identifiers.decode(parts["identifiers"])
    identifiers = msgspec.json.encode({name: change(name, value) for name, value in values.items()})
    return msgspec.json.encode(
        parts | {"identifiers": msgspec.Raw(identifiers)}
    ).decode(), identifiers


def opened_rows(
    rows: Iterable[ProfileRow], cipher: FieldCipher, at_once: int = 500
) -> Iterator[ProfileRow]:
    """Rows with their contact data as far as it can be read, to be compared with the topic's."""
    waiting = iter(rows)
    while some := list(itertools.islice(waiting, at_once)):
        cipher.ring.load([row.user_id for row in some])
        for row in some:
            yield _opened_row(row, cipher)


def _opened_row(row: ProfileRow, cipher: FieldCipher) -> ProfileRow:
    def decrypt(name: str, value: str) -> str:
        try:
            return cipher.decrypt(row.user_id, name, value)
        except UnreadableError:
            return value

    raw, identifiers = opened(row.raw, decrypt)
    return dataclasses.replace(row, raw=raw, identifiers=identifiers)
