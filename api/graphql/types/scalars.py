"""What is free-form in REST, and moments, which are beyond 32 bits."""

from typing import TYPE_CHECKING, Any, NewType

import strawberry

if TYPE_CHECKING:
    Json = Any
    Millis = int
else:
    Json = strawberry.scalar(
        NewType("JSON", object),
        description="Any JSON value.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    )
    Millis = strawberry.scalar(
        NewType("Millis", int),
        description="Epoch milliseconds (UTC); beyond the 32 bits of Int.",
        serialize=int,
        parse_value=int,
    )
