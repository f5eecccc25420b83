"""Reading bodies and writing answers: msgspec both ways, faults in the contract's own words."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Principal
from api.problems import Fault, Problem, json_of
from schemas.errors import ContractError
from schemas.json_form import ENCODER, decode

T = TypeVar("T", bound=msgspec.Struct)
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
_object = msgspec.json.Decoder(dict[str, Any])
_NAMESPACE = uuid.UUID("5b0f5b0e-3f0d-4c62-9b5f-0d9d0b8a7a11")

IDEMPOTENCY_HEADER = "idempotency-key"


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value as JSON."""
    return Response(json_of(value), status, dict(headers or {}), "application/json")


async def body_of(request: Request, *media_types: str) -> bytes:
    """The body, if it is of a type that is read here.

    Raises:
        Problem: 415.
    """
    allowed = media_types or ("application/json",)
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in allowed:
        raise Problem(
            415,
            "media-type",
            f"content-type: found {given[:60] or 'none'}, allowed: {', '.join(allowed)}",
        )
    return await request.body()


def decoded(type_: type[T], body: bytes) -> T:
    """A body of the interface's own shapes.

    Raises:
        Problem: 400 for what is no JSON, 422 for what breaks the shape.
    """
    decoder = _decoders.get(type_)
    if decoder is None:
        decoder = _decoders[type_] = msgspec.json.Decoder(type_)
    try:
        found: T = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _shape_problem(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise malformed() from None
    return found


def converted(type_: type[T], value: Any) -> T:
    """A value that was already read, as one of the interface's own shapes.

    Raises:
        Problem: 422 for what breaks the shape.
    """
    try:
        return msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise _shape_problem(error) from None


def object_of(body: bytes) -> dict[str, Any]:
    """A body that is a JSON object.

    Raises:
        Problem: 400.
    """
    try:
        return _object.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise malformed() from None


def record_of(type_: type[T], fields: Mapping[str, Any]) -> tuple[T, bytes]:
    """A record checked by its contract, and its bytes as they go to Kafka.

    Raises:
        ContractError: naming the field, what was found and what is allowed.
    """
    record = decode(type_, encoded(fields))
    # Unknown fields are dropped, and equal records give equal bytes.
    return record, ENCODER.encode(record)


def with_identity(
    fields: dict[str, Any],
    who: Principal,
    request: Request,
    now_ms: int,
    place: int | str = 0,
    said: Any = None,
) -> dict[str, Any]:
    """The fields with `id` and `at_ms`, where they were left out.

    The id follows from client, Idempotency-Key and what was said, so that a repeated request makes
    the same record, which counts once even where nobody remembers the first. Another request with
    the same key makes another record: were it the same, the core would drop it without a word.

    Args:
        fields: of the record.
        who: the client.
        request: the request that it came with.
        now_ms: epoch milliseconds.
        place: which of the request's records it is.
        said: what the client sent, where the fields follow from more than that.
    """
    if fields.get("id") is None:
        key = idempotency_key(request)
        if key is None:
            fields["id"] = uuid.uuid4().hex
        else:
            mark = hashlib.sha256(encoded(fields if said is None else said, "sorted")).hexdigest()
            about = f"{request.method}|{request.url.path}|{key}|{place}|{mark}"
            fields["id"] = str(uuid.uuid5(_NAMESPACE, f"{who.subject}|{about}"))
    if fields.get("at_ms") is None:
        fields["at_ms"] = now_ms
    return fields


def encoded(value: Any, order: Literal["sorted"] | None = None) -> bytes:
    """A value of any JSON as bytes.

    Raises:
        Problem: 400 for what no JSON holds, as integers beyond 64 bits.
    """
    try:
        return msgspec.json.encode(value, order=order)
    except (TypeError, ValueError, RecursionError, OverflowError):
        raise malformed() from None


def idempotency_key(request: Request) -> str | None:
    """The client's Idempotency-Key.

    Raises:
        Problem: 422; it is too long or not plain.
    """
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is not None and not (1 <= len(key) <= 255 and key.isascii() and key.isprintable()):
        raise Problem(
            422,
            "invalid",
            "Idempotency-Key: found something else, allowed: 1..255 printable ASCII characters",
        )
    return key


def contract_problem(error: ContractError) -> Problem:
    """A broken contract, field by field."""
    return Problem(
        422, "invalid", str(error), errors=[Fault(error.found, error.allowed, error.field)]
    )


def malformed() -> Problem:
    """400 for a body that is not what its type says."""
    return Problem(
        400, "malformed", "body: found something else, allowed: one JSON object in UTF-8"
    )


_MISSING = re.compile(r"Object missing required field `(.+)`")


def _shape_problem(error: msgspec.ValidationError) -> Problem:
    message, _, path = str(error).partition(" - at `")
    missing = _MISSING.fullmatch(message)
    if missing is not None:
        parent = path.removesuffix("`").removeprefix("$").removeprefix(".")
        name = f"{parent}.{missing[1]}" if parent else missing[1]
        return Problem(
            422,
            "invalid",
            f"{name}: found nothing, allowed: a value, as it is required",
            errors=[Fault("nothing", "a value, as it is required", name)],
        )
    field = path.removesuffix("`").removeprefix("$").removeprefix(".") or None
    where = f"{field}: " if field else ""
    return Problem(
        422,
        "invalid",
        f"{where}{message}",
        errors=[Fault("something else", message, field)],
    )
