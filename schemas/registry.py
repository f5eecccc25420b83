"""The Avro schemas this version knows: its own, older ones, and those of a schema registry's ids.

A registry file is JSON: {"schemas": [{"id": 101, "fingerprint": "1aae540ec6f8ece7"}, …]}. A
fingerprint (CRC-64-AVRO of the canonical form, as its bytes stand on the wire) names a schema that
Tactful ships. For a schema of your own an entry also gives its "file", relative to the registry
file. The environment variable TACTFUL_SCHEMA_REGISTRY names a file to read beside the built-in one.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import fastavro
import msgspec
from fastavro.schema import SchemaParseException, fingerprint, to_parsing_canonical_form

from schemas.compatibility import incompatibilities
from schemas.errors import RegistryError
from schemas.kinds import RECORD_TYPES

SCHEMA_FOLDER: Final = Path(__file__).parent / "avro"
BUILT_IN: Final = Path(__file__).parent / "registry.json"
VARIABLE: Final = "TACTFUL_SCHEMA_REGISTRY"
MAX_ID: Final = 2**32 - 1


@dataclass(frozen=True)
class Schema:
    """One version of one record's Avro schema.

    Attributes:
        name: the record it describes, e.g. `event`.
        fingerprint: CRC-64-AVRO, little-endian, as single-object encoding carries it.
        source: the schema as JSON.
        parsed: the schema as fastavro wants it.
        ours: whether Tactful ships it; others are read with more care.
    """

    name: str
    fingerprint: bytes
    source: dict[str, Any] = field(repr=False)
    parsed: Any = field(repr=False)
    ours: bool


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One line of a registry file."""

    id: int
    fingerprint: str
    file: str | None = None


class RegistryFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A registry file."""

    schemas: list[Entry]


@dataclass(frozen=True)
class Registry:
    """Schemas by what stands in front of a payload, and the ones that are written now."""

    current: Mapping[str, Schema]
    by_fingerprint: Mapping[bytes, Schema]
    by_id: Mapping[int, Schema]

    def id_of(self, name: str) -> int | None:
        """The id under which a record's current schema is written; the last file given wins."""
        mine = self.current[name].fingerprint
        ids = [id_ for id_, schema in self.by_id.items() if schema.fingerprint == mine]
        return ids[-1] if ids else None

    @classmethod
    def load(cls, *files: Path) -> "Registry":
        """Read the shipped schemas and the registry files.

        Raises:
            RegistryError: a file or an entry can't be used.
        """
        shipped = [read_schema(path, ours=True) for path in sorted(SCHEMA_FOLDER.rglob("*.avsc"))]
        current = {
            name: read_schema(SCHEMA_FOLDER / f"{name}.avsc", ours=True) for name in RECORD_TYPES
        }
        known = {schema.fingerprint: schema for schema in shipped}
        by_id: dict[int, Schema] = {}
        for file in files:
            for id_, schema in _entries(file, current, known):
                by_id.pop(id_, None)
                by_id[id_] = schema
                known.setdefault(schema.fingerprint, schema)
        return cls(current, known, by_id)


@cache
def installed() -> Registry:
    """The registry of this process: the built-in file, and the one the environment names."""
    extra = os.environ.get(VARIABLE)
    return Registry.load(BUILT_IN, *([Path(extra)] if extra else []))


def read_schema(path: Path, *, ours: bool = False) -> Schema:
    """Read one schema file.

    Raises:
        RegistryError: it is missing, no Avro schema, or of no record that Tactful knows.
    """
    try:
        source = msgspec.json.decode(path.read_bytes())
        # An own dictionary of names: fastavro would keep them for all schemas of the process.
        parsed = fastavro.parse_schema(source, named_schemas={})
        mark = bytes.fromhex(fingerprint(to_parsing_canonical_form(parsed), "CRC-64-AVRO"))
    except (OSError, ValueError, KeyError, TypeError, SchemaParseException) as error:
        raise RegistryError(f"{path}: found no usable schema ({error}), allowed: Avro") from error
    full_name = parsed.get("name") if isinstance(parsed, dict) else None
    for name, type_ in RECORD_TYPES.items():
        if full_name == f"tactful.{type_.__name__}":
            return Schema(name, mark, source, parsed, ours)
    names = ", ".join(f"tactful.{type_.__name__}" for type_ in RECORD_TYPES.values())
    raise RegistryError(f"{path}: found a schema named {full_name!r}, allowed: {names}")


def read_entries(file: Path) -> list[Entry]:
    """Read a registry file as it stands.

    Raises:
        RegistryError: it can't be read, or an id is out of range.
    """
    try:
        entries = msgspec.json.decode(file.read_bytes(), type=RegistryFile).schemas
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RegistryError(f"{file}: {error}") from error
    for entry in entries:
        if not 0 <= entry.id <= MAX_ID:
            raise RegistryError(f"{file}: found id {entry.id}, allowed: 0..{MAX_ID}")
    return entries


def _entries(
    file: Path, current: Mapping[str, Schema], known: Mapping[bytes, Schema]
) -> Iterable[tuple[int, Schema]]:
    for entry in read_entries(file):
        where = f"{file}: id {entry.id}"
        if entry.file is not None:
            schema = read_schema(file.parent / entry.file)
            if schema.fingerprint.hex() != entry.fingerprint:
                raise RegistryError(
                    f'{where}: field "fingerprint": found {entry.fingerprint}, '
                    f"allowed: {schema.fingerprint.hex()}, which {entry.file} has"
                )
            problems = incompatibilities(current[schema.name].source, schema.source)
            if problems:
                raise RegistryError(f"{where}: {entry.file} can't be read: {'; '.join(problems)}")
            # A file that is one of ours is as trusted as ours.
            yield entry.id, known.get(schema.fingerprint, schema)
            continue
        try:
            yield entry.id, known[bytes.fromhex(entry.fingerprint)]
        except (KeyError, ValueError):
            marks = ", ".join(f"{mark.hex()} ({schema.name})" for mark, schema in known.items())
            raise RegistryError(
                f'{where}: field "fingerprint": found {entry.fingerprint!r}, allowed: {marks}, '
                'or another one with its "file"'
            ) from None
