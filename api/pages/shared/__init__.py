"""What all pages share: rendering, files for the browser, languages, errors, sessions and forms.

An area of pages is a folder beside this one with `templates/`, `static/` and `locales/`, found by
itself. Names are `<area>/<file>` for templates and files, `<area>.<key>` for texts.
"""

from api.pages.shared.errors import is_page, told, wants_page
from api.pages.shared.forms import back_to, form_of, from_elsewhere
from api.pages.shared.rendering import POLICY, Pages, pages_of, render
from api.pages.shared.translating import Catalogue, Texts

__all__ = [
    "POLICY",
    "Catalogue",
    "Pages",
    "Texts",
    "back_to",
    "form_of",
    "from_elsewhere",
    "is_page",
    "pages_of",
    "render",
    "told",
    "wants_page",
]
