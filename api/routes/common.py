"""What the routes share: parameters, and reaching the services."""

from typing import Annotated, Any, Final

from fastapi import Path, Query, Request

from api.services import Services

MAX_PAGE: Final = 200
MONTH_PATTERN: Final = r"^\d{4}-(0[1-9]|1[0-2])$"

UserId = Annotated[
    str, Path(min_length=1, max_length=256, description="The user's id, exactly.", examples=["ada"])
]
Month = Annotated[
    str | None,
    Query(
        pattern=MONTH_PATTERN,
        description="Only this month (UTC).",
        examples=["2026-11"],
    ),
]
PageCursor = Annotated[
    str | None,
    Query(min_length=1, max_length=128, description="The `next` of the page before."),
]
PageSize = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows on a page.")]


def services_of(request: Request) -> Services:
    """The services of the app that the request came to."""
    found: Any = request.app.state.services
    assert isinstance(found, Services)
    return found


EXAMPLE_AT_MS = 1_795_000_000_000
