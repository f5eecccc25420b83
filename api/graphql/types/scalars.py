"""What is free-form in REST, and moments, which are beyond 32 bits."""

import math
from typing import TYPE_CHECKING, Any, NewType

import strawberry
from graphql import GraphQLError


def _finite(value: Any) -> Any:
    # A literal as 1e999 is read as infinity, which would be written as null: and null takes back.
    if isinstance(value, float) and not math.isfinite(value):
        raise GraphQLError("a number: found one beyond 64 bits, allowed: what JSON holds")
    if isinstance(value, dict):
        value = {name: _finite(each) for name, each in value.items()}
    elif isinstance(value, list):
        value = [_finite(each) for each in value]
    return value


if TYPE_CHECKING:
    Json = Any
    Millis = int
else:
    Json = strawberry.scalar(
        NewType("JSON", object),
        description="Any JSON value.",
        serialize=lambda value: value,
        parse_value=_finite,
    )
    Millis = strawberry.scalar(
        NewType("Millis", int),
        description="Epoch milliseconds (UTC); beyond the 32 bits of Int.",
        serialize=int,
        parse_value=int,
    )
