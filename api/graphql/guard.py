"""What stands before each field of the roots: a scope, and for people that it is their own data."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import strawberry
from starlette.requests import Request
from strawberry.extensions import FieldExtension

from api.auth import Principal, Scope
from api.services import Services


@dataclass(frozen=True)
class Caller:
    """What resolvers work with."""

    request: Request
    services: Services
    who: Principal


class Guard(FieldExtension):
    """Lets those through whose token has the scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def resolve_async(
        self,
        next_: Callable[..., Awaitable[Any]],
        source: Any,
        info: strawberry.Info,
        **arguments: Any,
    ) -> Any:
        """The field's value.

        Raises:
            Problem: 403.
        """
        caller: Caller = info.context
        caller.who.need(self.scope, arguments.get("user_id"))
        return await next_(source, info, **arguments)


def guard_of(field: Any) -> Guard | None:
    """The guard of a field of the schema; None where it has none."""
    return next((each for each in field.extensions if isinstance(each, Guard)), None)
