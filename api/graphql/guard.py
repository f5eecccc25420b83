"""What stands before each field of the roots: a scope, and for people that it is their own data."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import strawberry
from starlette.requests import Request
from strawberry.extensions import FieldExtension

from api.auth import Principal, Scope
from api.services import Services


@dataclass(frozen=True)
class Caller:
    """What resolvers work with.

    Attributes:
        request: that the document came with.
        services: of the app.
        who: the caller, as far as proven.
        began_s: monotonic seconds.
        replayed: places whose answers are those of an earlier request with the same key.
        turns: counts the fields of the roots as they are asked for.
        costly: held by the costly field that is being worked on.
    """

    request: Request
    services: Services
    who: Principal
    began_s: float = field(default_factory=time.monotonic)
    replayed: list[str] = field(default_factory=list)
    turns: Iterator[int] = field(default_factory=itertools.count)
    costly: asyncio.Lock = field(default_factory=asyncio.Lock)


class Guard(FieldExtension):
    """Lets those through whose token has the scope, and counts each field as a request.

    Args:
        scope: what is needed.
        heavy: whether it counts for the limit of costly operations.
    """

    def __init__(self, scope: Scope, *, heavy: bool = False) -> None:
        self.scope = scope
        self.heavy = heavy

    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[Any]],
        source: Any,
        info: strawberry.Info,
        **arguments: Any,
    ) -> Any:
        """The field's value.

        Raises:
            Problem: 403, 429.
        """
        caller: Caller = info.context
        caller.who.need(self.scope, arguments.get("user_id"))
        # The document itself was counted by the route: that is its first field.
        if next(caller.turns) or self.heavy:
            await caller.services.limits.count(caller.who.subject, heavy=self.heavy)
        if not self.heavy:
            return await next_(source, info, **arguments)
        # One document must not have fifteen exports in memory, or previews on the processors.
        async with caller.costly:
            return await next_(source, info, **arguments)


def guard_of(field: Any) -> Guard | None:
    """The guard of a field of the schema; None where it has none."""
    return next((each for each in field.extensions if isinstance(each, Guard)), None)
