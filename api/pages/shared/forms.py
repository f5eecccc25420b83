"""Forms: their fields, whether they come from our own pages, and the way back after a POST."""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse

from api.auth.sessions import CSRF_FIELD


async def form_of(request: Request) -> dict[str, list[str]]:
    """The fields of a form, each with all its values; files and the CSRF token left out."""
    found: dict[str, list[str]] = {}
    for name, value in (await request.form(max_files=0, max_fields=500)).multi_items():
        if name != CSRF_FIELD and isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found


def from_elsewhere(request: Request) -> bool:
    """Whether another site's page sent this: for forms of people who have no session yet."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != request.headers.get("host")


def back_to(path: str) -> RedirectResponse:
    """After a POST: the page itself, by GET, so that going back repeats nothing."""
    return RedirectResponse(path, 303)
