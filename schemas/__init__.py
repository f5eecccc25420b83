"""Avro schemas and the codecs between bytes and records.

`intake.read` takes what stands in Kafka; `decode`, `encode` and `encode_avro` are for producers,
consumers and tests.
"""

from schemas.avro_form import Framing
from schemas.codec import decode, decode_record, encode, encode_avro
from schemas.errors import ContractError, DecodeError, EncodeError, RegistryError
from schemas.registry import Registry, installed

__all__ = [
    "ContractError",
    "DecodeError",
    "EncodeError",
    "Framing",
    "Registry",
    "RegistryError",
    "decode",
    "decode_record",
    "encode",
    "encode_avro",
    "installed",
]
