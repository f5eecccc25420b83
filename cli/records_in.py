"""Records as a person gives them on a command line, checked before they leave."""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import msgspec

from cli.broker import now_ms
from cli.loading.errors import MappingError
from cli.loading.times import duration_ms, to_ms
from schemas import ContractError, decode, encode
from tactful.records import Event, Feedback, ProfileUpdate, RecordKind, Request

Sendable = Event | Request | Feedback | ProfileUpdate

STRUCTS: dict[RecordKind, type[Sendable]] = {
    RecordKind.EVENT: Event,
    RecordKind.REQUEST: Request,
    RecordKind.FEEDBACK: Feedback,
    RecordKind.PROFILE_UPDATE: ProfileUpdate,
}
NAMES: dict[RecordKind, str] = {
    RecordKind.EVENT: "event",
    RecordKind.REQUEST: "request",
    RecordKind.FEEDBACK: "feedback",
    RecordKind.PROFILE_UPDATE: "profile-update",
}


class InputError(ValueError):
    """What was given can't be sent; the message names the field, the found, the allowed."""


def moment_ms(option: str, text: str) -> int:
    """Epoch milliseconds of `now`, `+2h`, `-15min`, an ISO time (UTC without zone) or a number.

    Raises:
        InputError: If it is none of these.
    """
    if text == "now":
        return now_ms()
    if text.isdigit():
        return int(text)
    try:
        if text[:1] in "+-":
            return now_ms() + duration_ms(option, text)
        return to_ms(datetime.fromisoformat(text), UTC)
    except (MappingError, ValueError):
        allowed = "now, +2h, -15min, 2026-01-31T09:00+01:00 or epoch milliseconds"
        raise InputError(f"{option}: found {text!r}, allowed: {allowed}") from None


def pairs(option: str, text: str) -> dict[str, Any]:
    """A map from a JSON object, or from `name=value,name=value`.

    >>> pairs("--consent", "marketing=true,email=false")
    {'marketing': True, 'email': False}

    Raises:
        InputError: If it is neither.
    """
    if text.lstrip().startswith("{"):
        try:
            value = json.loads(text)
        except ValueError as error:
            raise InputError(f"{option}: found {text!r}, allowed: JSON ({error})") from None
        return dict(value)
    out: dict[str, Any] = {}
    for pair in text.split(","):
        name, equals, value_text = pair.partition("=")
        if not equals or not name.strip():
            allowed = 'name=value,name=value or a JSON object such as {"a": 1}'
            raise InputError(f"{option}: found {text!r}, allowed: {allowed}")
        try:
            out[name.strip()] = json.loads(value_text)
        except ValueError:
            out[name.strip()] = value_text
    return out


def parse_json(text: str) -> dict[str, Any]:
    """A record given as JSON.

    Raises:
        InputError: If it is not a JSON object.
    """
    try:
        value = json.loads(text)
    except ValueError as error:
        raise InputError(f"--json: found no JSON ({error}), allowed: one JSON object") from None
    if not isinstance(value, dict):
        raise InputError(f"--json: found {type(value).__name__}, allowed: one JSON object")
    return value


def with_defaults(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with a random id and the time of now where none is given."""
    return {"id": str(uuid.uuid4()), "at_ms": now_ms(), **fields}


def check(kind: RecordKind, fields: dict[str, Any]) -> tuple[Sendable, bytes]:
    """The typed record and its bytes.

    Raises:
        InputError: If a field is missing, unknown or of the wrong kind.
    """
    struct = STRUCTS[kind]
    name = NAMES[kind]
    known = [field.name for field in msgspec.structs.fields(struct)]
    for field in fields:  # consumers ignore what they don't know; on a command line it is a typo
        if field not in known:
            raise InputError(f"{name}.{field}: found {field!r}, allowed: {', '.join(known)}")
    try:
        record = decode(kind, msgspec.json.encode(fields))
    except ContractError as error:
        raise InputError(str(error)) from None
    assert isinstance(record, struct)
    return record, encode(record)
