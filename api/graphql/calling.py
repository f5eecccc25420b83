"""What the resolvers share: the caller, checked arguments, and doing a thing once per key."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec
import strawberry
from starlette.responses import Response

from api.bodies import answer, encoded
from api.graphql.guard import Caller
from api.idempotency import once
from api.problems import invalid
from api.routes.common import MAX_PAGE, MONTH_PATTERN

T = TypeVar("T")

_MONTH: Final = re.compile(MONTH_PATTERN)


def caller_of(info: strawberry.Info) -> Caller:
    """Who asks, and with what it is answered."""
    caller = info.context
    assert isinstance(caller, Caller)
    return caller


def user_of(user_id: str) -> str:
    """A user's id.

    Raises:
        Problem: 422.
    """
    if not 1 <= len(user_id) <= 256:
        raise invalid("userId", f"{len(user_id)} characters", "1..256 characters")
    return user_id


def size_of(size: int) -> int:
    """How many rows a page has.

    Raises:
        Problem: 422.
    """
    if not 1 <= size <= MAX_PAGE:
        raise invalid("size", str(size), f"1..{MAX_PAGE}")
    return size


def month_of(month: str | None) -> str | None:
    """The one month that is asked for.

    Raises:
        Problem: 422.
    """
    if month is not None and not _MONTH.fullmatch(month):
        raise invalid("month", "something else", "a month, as 2026-11")
    return month


def plain(name: str, value: Any) -> dict[str, Any]:
    """A JSON argument that has to be an object; a copy of it.

    Raises:
        Problem: 422.
    """
    if not isinstance(value, dict):
        raise invalid(name, "something else", "a JSON object")
    return dict(value)


def place_of(info: strawberry.Info) -> str:
    """Which field of the document this is: one Idempotency-Key serves all of them."""
    return f"{_path_of(info)}|{info.field_name}"


def _path_of(info: strawberry.Info) -> str:
    return "/".join(map(str, info.path.as_list()))


async def done_once(
    info: strawberry.Info,
    said: Any,
    work: Callable[[], Awaitable[T]],
    kept: type[T] | None = None,
    again: Callable[[], Awaitable[T]] | None = None,
) -> T:
    """What a mutation gives, worked out once per Idempotency-Key and place in the document.

    Args:
        info: of the field.
        said: its arguments.
        work: does what is asked for.
        kept: as what the answer is read again for a repetition.
        again: gives the answer to a repetition in place of `kept`; then none is kept.

    Raises:
        Problem: as of `once`, and what `work` raises.
    """
    at = caller_of(info)
    found: list[T] = []

    async def worked() -> Response:
        found.append(await work())
        return answer(found[0] if again is None else None)

    async def repeated() -> Response:
        assert again is not None
        found.append(await again())
        return answer(None)

    response = await once(
        at.request,
        at.who,
        encoded([info.field_name, said]),
        at.services,
        worked,
        None if again is None else repeated,
        place_of(info),
    )
    if "Idempotent-Replayed" in response.headers:
        at.replayed.append(_path_of(info))
    return found[0] if found else msgspec.json.decode(response.body, type=kept)
