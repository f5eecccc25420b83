"""Idempotency-Key: the same request again gets the same answer, and does nothing twice."""

import hashlib
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Principal
from api.bodies import IDEMPOTENCY_HEADER, idempotency_key
from api.problems import Problem
from api.services import Services
from api.stores.shared import AwayError

_RUNNING_S = 60


class _Kept(msgspec.Struct, omit_defaults=True):
    """What is known of a key: whose request it was, and (when it is done) its answer."""

    mark: str
    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = {}


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Kept).decode


async def once(
    request: Request,
    who: Principal,
    body: bytes,
    services: Services,
    work: Callable[[], Awaitable[Response]],
    again: Callable[[], Awaitable[Response]] | None = None,
    place: str = "",
) -> Response:
    """The answer to a request, worked out once per key of a client.

    Without a key it is worked out each time. While Redis is away so too: records then still count
    once, as their ids follow from the key.

    Args:
        request: it.
        who: the client.
        body: what it says.
        services: where answers are kept, and for how long.
        work: does what is asked for.
        again: gives the answer to a repetition; then none is kept, so that what a user wants and
            allows is nowhere that an erasure does not reach.
        place: which part of the request it is, where one request asks for several things.

    Raises:
        Problem: 409 while the first one is being worked on, 422 when the key is another request's.
    """
    key = idempotency_key(request)
    if key is None:
        return await work()
    shared = services.shared
    method, path = request.method.encode(), request.url.path.encode()
    mark = hashlib.sha256(b"\0".join((method, path, body))).hexdigest()
    whose = f"{who.subject}|{key}" + (f"\0{place}" if place else "")
    slot = f"idem:{hashlib.sha256(whose.encode()).hexdigest()}"
    try:
        if not await shared.add(slot, _encode(_Kept(mark)), _RUNNING_S):
            found = await shared.get(slot)
            if found is not None:
                kept = _decode(found)
                _check(kept, mark)
                return _replayed(kept) if again is None else _marked(await again())
    except AwayError:
        return await work()
    try:
        response = await work()
    except BaseException:
        # Nothing is known to be done: the next try starts anew.
        await _quietly(shared.drop(slot))
        raise
    if response.status_code >= 500:
        await _quietly(shared.drop(slot))
        return response
    kept = _Kept(
        mark,
        response.status_code,
        bytes(response.body) if again is None else b"",
        {
            name: value
            for name, value in response.headers.items()
            if name in {"content-type", "location"}
        },
    )
    await _quietly(shared.put(slot, _encode(kept), services.settings.idempotency_ttl_s))
    return response


def _check(kept: _Kept, mark: str) -> None:
    if kept.mark != mark:
        raise Problem(
            422, "idempotency-mismatch", f"{IDEMPOTENCY_HEADER}: it was used for another request."
        )
    if not kept.status:
        raise Problem(
            409,
            "idempotency-in-progress",
            "The first request with this key is being worked on.",
            headers={"Retry-After": "1"},
        )


def _replayed(kept: _Kept) -> Response:
    return _marked(Response(kept.body, kept.status, kept.headers))


def _marked(response: Response) -> Response:
    response.headers["Idempotent-Replayed"] = "true"
    return response


async def _quietly(step: Awaitable[object]) -> None:
    try:
        await step
    except AwayError:
        return
