"""What stands before each field of the roots: a scope, and for people that it is their own data."""

import time
from collections.abc import Awaitable, Callable
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
    """

    request: Request
    services: Services
    who: Principal
    began_s: float = field(default_factory=time.monotonic)
    replayed: list[str] = field(default_factory=list)


class Guard(FieldExtension):
    """Lets those through whose token has the scope.

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
            Problem: 403; 429 for a costly one.
        """
        caller: Caller = info.context
        caller.who.need(self.scope, arguments.get("user_id"))
        if self.heavy:
            await caller.services.limits.count(caller.who.subject, heavy=True)
        return await next_(source, info, **arguments)


def guard_of(field: Any) -> Guard | None:
    """The guard of a field of the schema; None where it has none."""
    return next((each for each in field.extensions if isinstance(each, Guard)), None)
