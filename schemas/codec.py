"""Between bytes and records: JSON or Avro, told apart by the first byte, typed by the same structs.

`{` (or white space before it) is JSON; 0x00 is Avro in Confluent's wire format; 0xC3 0x01 is Avro
in single-object encoding.
"""

from typing import TypeVar, cast

import msgspec

from schemas import avro_form, json_form
from schemas.avro_form import CONFLUENT_MAGIC, SINGLE_OBJECT_MAGIC, Framing
from schemas.errors import DecodeError
from schemas.kinds import MAX_VALUE_BYTES, TYPE_OF_KIND, label
from schemas.registry import Registry, installed
from tactful.records import Input, RecordKind

T = TypeVar("T", bound=msgspec.Struct)

_JSON_STARTS = b"{ \t\r\n"


def decode(kind: RecordKind, value: bytes, registry: Registry | None = None) -> Input:
    """The record of a kind that comes in.

    Raises:
        DecodeError: the value is no such record.
    """
    return cast("Input", decode_record(TYPE_OF_KIND[kind], value, registry))


def decode_record(type_: type[T], value: bytes, registry: Registry | None = None) -> T:
    """The record of a type, in or out, as consumers of the topics read it.

    Raises:
        DecodeError: the value is no such record.
    """
    if not value:
        raise DecodeError(label(type_), None, "an empty value (a tombstone)", json_form.STARTS)
    if len(value) > MAX_VALUE_BYTES:
        found = f"a value of {len(value)} bytes"
        raise DecodeError(label(type_), None, found, f"at most {MAX_VALUE_BYTES}")
    if value[0] in _JSON_STARTS:
        return json_form.decode(type_, value)
    if value.startswith((CONFLUENT_MAGIC, SINGLE_OBJECT_MAGIC)):
        return avro_form.decode(type_, value, registry or installed())
    raise json_form.explain_start(type_, value)


def encode(record: msgspec.Struct) -> bytes:
    """The record as JSON; equal records give equal bytes."""
    return json_form.ENCODER.encode(record)


def encode_avro(
    record: msgspec.Struct,
    framing: Framing = Framing.SINGLE_OBJECT,
    registry: Registry | None = None,
) -> bytes:
    """The record as Avro, by the current schema, with a header in front.

    Raises:
        EncodeError: the record does not fit its schema, or no id is known for it.
    """
    return avro_form.encode(record, Framing(framing), registry or installed())
