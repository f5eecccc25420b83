"""Templates into answers: escaped, strict about what is missing, under the pages' own policy."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.auth import Principal
from api.auth.sessions import CSRF_FIELD
from api.pages.shared.areas import BRAND, areas
from api.pages.shared.static import StaticFiles
from api.pages.shared.translating import LANGUAGES, Catalogue, remember_language

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy: own files alone, nothing inline."""


class Pages:
    """What pages are made with.

    Args:
        own: an organisation's folder: `locales/<language>.json`, `static/brand.css`,
            `static/logo.svg`.
    """

    def __init__(self, own: Path | None = None) -> None:
        self.static = StaticFiles(own)
        self.catalogue = Catalogue(own)
        loaders = {
            area: FileSystemLoader(folder / "templates") for area, folder in areas(own).items()
        }
        self._templates = Environment(
            loader=PrefixLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {
            "static": self.static.url,
            "brand_style": f"{BRAND}/brand.css" if f"{BRAND}/brand.css" in self.static else None,
            "brand_logo": f"{BRAND}/logo.svg" if f"{BRAND}/logo.svg" in self.static else None,
            "languages": LANGUAGES,
            "csrf_field": CSRF_FIELD,
        }

    @classmethod
    @cache
    def of(cls, own: Path | None = None) -> "Pages":
        """Those of a folder, made once."""
        return cls(own)

    def html(self, template: str, **context: Any) -> str:
        """A template filled in.

        Raises:
            UndefinedError: something that it needs is missing.
        """
        return self._templates.get_template(template).render(**context)


def pages_of(request: Request) -> Pages:
    """The pages of the app that the request came to."""
    found: Any = request.app.state.pages
    assert isinstance(found, Pages)
    return found


def render(
    request: Request,
    template: str,
    *,
    status: int = 200,
    who: Principal | None = None,
    **context: Any,
) -> HTMLResponse:
    """A page.

    The template has `t` (texts), `language`, `csrf_token` (None without a session), `by_link`
    (whether a link let the person in), `path` (of the page itself, for choosing a language) and
    what is given here.
    """
    pages = pages_of(request)
    sessions = request.app.state.services.sessions
    texts = pages.catalogue.of(request)
    token = sessions.csrf_token(who) if who is not None and who.session else None
    body = pages.html(
        template,
        **{
            "t": texts,
            "language": texts.language,
            "csrf_token": token,
            "by_link": who is not None and who.linked_by is not None,
            "path": request.url.path,
            **context,
        },
    )
    response = HTMLResponse(
        body, status, {"Content-Security-Policy": POLICY, "Content-Language": texts.language}
    )
    remember_language(request, response, secure=sessions.secure)
    return response
