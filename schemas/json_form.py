"""Records as JSON: decoding straight into the typed record, and deterministic encoding."""

import json
import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from schemas.errors import DecodeError
from schemas.faults import fault_at, first_fault
from schemas.kinds import RECORD_TYPES, label
from schemas.wording import found

T = TypeVar("T", bound=msgspec.Struct)

DECODERS: Final[dict[type[msgspec.Struct], Callable[[bytes], Any]]] = {
    type_: msgspec.json.Decoder(type_).decode for type_ in RECORD_TYPES.values()
}
"""The bare decoders, for the decision path. They raise whatever msgspec raises; see `decode`."""

ENCODER: Final = msgspec.json.Encoder(order="deterministic")

STARTS: Final = "{ for JSON, 0x00 or 0xc3 0x01 for Avro"
_OBJECT = "one JSON object in UTF-8"
_BYTE = re.compile(r"^(?:JSON is malformed: )?(.*?)(?: \(byte (\d+)\))?$")
_PATH = re.compile(r" - at `\$\.?(.*)`$")
_BOM = b"\xef\xbb\xbf"


def decode(type_: type[T], value: bytes) -> T:
    """The record in a JSON value.

    Raises:
        DecodeError: it is none; the error names the first field at fault.
    """
    try:
        record: T = DECODERS[type_](value)
    except (ValueError, RecursionError) as error:
        raise explain(type_, value, error) from None
    return record


def explain(type_: type[msgspec.Struct], value: bytes, error: Exception) -> DecodeError:
    """Why a JSON value was refused. It is parsed again for that, so only failures pay."""
    kind = label(type_)
    try:
        value.decode()
    except UnicodeDecodeError as broken:
        at = broken.start
        return DecodeError(kind, None, f"invalid UTF-8 at byte {at} ({value[at]:#04x})", _OBJECT)
    try:
        tree = msgspec.json.decode(value)
    except RecursionError:
        return DecodeError(kind, None, "nesting without end", _OBJECT)
    except msgspec.ValidationError:
        tree = json.loads(value)  # a number beyond a double, which here becomes infinite
    except msgspec.DecodeError as broken_json:
        return DecodeError(kind, None, _syntax(value, str(broken_json)), _OBJECT)
    if not isinstance(tree, dict):
        return DecodeError(kind, None, found(tree), _OBJECT)
    fault = first_fault(type_, tree)
    return DecodeError(kind, *fault) if fault else _from_message(type_, error)


def explain_start(type_: type[msgspec.Struct], value: bytes) -> DecodeError:
    """Why a value that starts as neither JSON nor Avro was refused."""
    if value.startswith(_BOM):
        return DecodeError(label(type_), None, "a byte-order mark", _OBJECT)
    try:
        tree = msgspec.json.decode(value)
    except (ValueError, RecursionError):
        return DecodeError(label(type_), None, f"the first byte {value[0]:#04x}", STARTS)
    return DecodeError(label(type_), None, found(tree), _OBJECT)


def _from_message(type_: type[msgspec.Struct], error: Exception) -> DecodeError:
    """What msgspec said, where the fault can't be found in the parsed value."""
    message = str(error)
    path = _PATH.search(message)
    field = path.group(1) if path else None
    text = f"a fault ({_PATH.sub('', message).lower()})"
    return DecodeError(label(type_), field or None, text, fault_at(type_, field or ""))


def _syntax(value: bytes, message: str) -> str:
    match = _BYTE.match(message)
    what, at = match.groups() if match else (message, None)
    if at is not None:
        return f"invalid JSON at byte {at} ({what})"
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return f"invalid JSON at byte {len(value)} (it ends too early)"
    # The standard library takes halves of surrogate pairs, which are no characters.
    return "invalid JSON (half a surrogate pair in a string)"
