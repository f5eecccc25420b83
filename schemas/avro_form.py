"""Records as Avro: one datum behind a header that names the schema it was written with."""

import enum
import io
from typing import Any, Final, TypeVar

import fastavro
import msgspec

from schemas.avro_values import NotJsonError, from_avro, to_avro
from schemas.avro_walk import BrokenAvroError, may_nest, walk
from schemas.errors import DecodeError, EncodeError
from schemas.faults import first_fault
from schemas.kinds import SCHEMA_NAMES, label
from schemas.registry import Registry, Schema
from schemas.wording import FREE_FORM

T = TypeVar("T", bound=msgspec.Struct)

CONFLUENT_MAGIC: Final = b"\x00"
SINGLE_OBJECT_MAGIC: Final = b"\xc3\x01"
_CONFLUENT_HEADER = 5  # magic, then the id in 4 bytes, the highest first
_SINGLE_OBJECT_HEADER = 10  # magic, then the fingerprint in 8 bytes, the lowest first


class Framing(enum.StrEnum):
    """What stands in front of an Avro payload."""

    SINGLE_OBJECT = "single_object"
    CONFLUENT = "confluent"


def decode(type_: type[T], value: bytes, registry: Registry) -> T:
    """The record in a framed Avro value, whichever known version it was written with.

    Raises:
        DecodeError: it is none; the error names the first field at fault.
    """
    writer, payload = _open(type_, value, registry)
    kind = label(type_)
    name = SCHEMA_NAMES[type_]
    if writer.name != name:
        raise DecodeError(kind, "(schema)", f"one of {writer.name}", f"one of {name}")
    reader = registry.current[name]
    try:
        if not writer.ours or may_nest(payload):
            walk(writer.parsed, payload)
        stream = io.BytesIO(payload)
        same = writer.fingerprint == reader.fingerprint
        tree: Any = fastavro.schemaless_reader(
            stream, writer.parsed, None if same else reader.parsed
        )
        if stream.tell() != len(payload):
            walk(writer.parsed, payload)
        tree = from_avro(type_, tree)
        return msgspec.convert(tree, type_)
    except BrokenAvroError as error:
        raise DecodeError(kind, error.path or None, error.found, error.allowed) from None
    except NotJsonError as error:
        raise DecodeError(kind, error.path, error.found, FREE_FORM) from None
    except msgspec.ValidationError as error:
        raise _explain_values(type_, tree, error) from None
    except Exception as error:  # noqa: BLE001 - hostile bytes make fastavro raise anything
        raise _explain_bytes(type_, writer, payload, error) from None


def encode(record: msgspec.Struct, framing: Framing, registry: Registry) -> bytes:
    """The record as a framed Avro value, by the current schema.

    Raises:
        EncodeError: the record does not fit its schema, or no id is known for it.
    """
    name = SCHEMA_NAMES[type(record)]
    kind = label(type(record))
    schema = registry.current[name]
    stream = io.BytesIO()
    if framing is Framing.CONFLUENT:
        id_ = registry.id_of(name)
        if id_ is None:
            raise EncodeError(kind, "(schema id)", "none", "an id in the registry file")
        stream.write(CONFLUENT_MAGIC + id_.to_bytes(4, "big"))
    else:
        stream.write(SINGLE_OBJECT_MAGIC + schema.fingerprint)
    tree = to_avro(record)
    try:
        fastavro.schemaless_writer(stream, schema.parsed, tree)
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        fault = first_fault(type(record), tree)
        if fault:
            raise EncodeError(kind, *fault) from error
        raise EncodeError(kind, None, f"{error}", "a record that fits its schema") from error
    return stream.getvalue()


def _open(type_: type[msgspec.Struct], value: bytes, registry: Registry) -> tuple[Schema, bytes]:
    """Take the header off: the schema it names, and the payload."""
    kind = label(type_)
    if value.startswith(CONFLUENT_MAGIC):
        size, form = _CONFLUENT_HEADER, "Confluent"
    else:
        size, form = _SINGLE_OBJECT_HEADER, "single-object"
    if len(value) < size:
        found = f"{len(value)} bytes"
        raise DecodeError(kind, "(header)", found, f"the {size} bytes of a {form} header, and more")
    if size == _CONFLUENT_HEADER:
        id_ = int.from_bytes(value[1:size], "big")
        schema = registry.by_id.get(id_)
        if schema is None:
            ids = ", ".join(map(str, sorted(registry.by_id)))
            raise DecodeError(kind, "(schema id)", str(id_), f"the ids of the registry file: {ids}")
    else:
        mark = value[len(SINGLE_OBJECT_MAGIC) : size]
        schema = registry.by_fingerprint.get(mark)
        if schema is None:
            marks = sorted(mark.hex() for mark in registry.by_fingerprint)
            raise DecodeError(kind, "(fingerprint)", mark.hex(), ", ".join(marks))
    return schema, value[size:]


def _explain_values(
    type_: type[msgspec.Struct], tree: dict[str, Any], error: Exception
) -> DecodeError:
    """Which value the contract refuses, in a payload that its schema does describe."""
    fault = first_fault(type_, tree)
    if fault:
        return DecodeError(label(type_), *fault)
    return DecodeError(label(type_), None, str(error), "a record that fits its contract")


def _explain_bytes(
    type_: type[msgspec.Struct], writer: Schema, payload: bytes, error: Exception
) -> DecodeError:
    """Where a payload stops being what its schema says."""
    kind = label(type_)
    try:
        walk(writer.parsed, payload)
    except BrokenAvroError as broken:
        return DecodeError(kind, broken.path or None, broken.found, broken.allowed)
    found = f"what the current schema can't take ({type(error).__name__}: {error})"
    return DecodeError(kind, None, found, f"what {writer.name} allows now")
