"""A person's browser without scripts: keeps cookies, reads forms, and sends them as they stand."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

import httpx
from api_world import World
from sample import link_of


@dataclass
class Control:
    kind: str
    name: str
    value: str
    on: bool = True
    disabled: bool = False


@dataclass
class Form:
    action: str
    controls: list[Control] = field(default_factory=list)

    def hidden(self, name: str) -> str | None:
        return next((each.value for each in self.controls if each.name == name), None)


class Page(HTMLParser):
    """The forms of a page and its text, as a browser understands them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._words: list[str] = []
        self._select: str | None = None
        self._open = False
        self._skip = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self._skip = tag in {"script", "style"}
        if tag == "form":
            self.forms.append(Form(found.get("action") or ""))
            self._open = True
        if not self._open:
            return
        controls = self.forms[-1].controls
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "input":
            kind = found.get("type") or "text"
            on = "checked" in found if kind in {"checkbox", "radio"} else True
            controls.append(Control(kind, name, value, on, "disabled" in found))
        elif tag == "button":
            controls.append(Control("button", name, value, on=False))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select is not None:
            controls.append(Control("option", self._select, value, "selected" in found))

    def handle_endtag(self, tag: str) -> None:
        self._skip = False
        if tag == "form":
            self._open = False
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self._words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._words).split())

    def section(self, name: str) -> Form:
        """The form of a section."""
        return next(each for each in self.forms if each.hidden("section") == name)

    def posting_to(self, action: str) -> Form:
        return next(each for each in self.forms if each.action == action)

    def on(self, section: str) -> set[str]:
        """The switches of a section that are on."""
        return {
            each.value for each in self.section(section).controls if each.name == "on" and each.on
        }


class Visitor:
    """A person with a browser."""

    def __init__(self, world: World, language: str = "en") -> None:
        self.world = world
        self.language = language
        self.cookies: dict[str, str] = {}

    @classmethod
    def by_link(cls, world: World, user: str, language: str = "en") -> "Visitor":
        visitor = cls(world, language)
        entered = visitor.get(link_of(world, user))
        assert entered.status_code == 200, entered.text
        assert 'http-equiv="refresh" content="0;url=/preferences"' in entered.text
        return visitor

    def send(self, method: str, path: str, **options: object) -> httpx.Response:
        headers = {"Accept": "text/html", "Accept-Language": self.language}
        headers |= options.pop("headers", {})  # type: ignore[arg-type]
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        response = self.world.call(method, path, headers=headers, **options)
        for header in response.headers.get_list("set-cookie"):
            name, _, rest = header.partition("=")
            value = rest.partition(";")[0].strip('"')
            if "max-age=0" in header.lower():
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return response

    def get(self, path: str) -> httpx.Response:
        return self.send("GET", path)

    def page(self, path: str = "/preferences") -> Page:
        response = self.get(path)
        assert response.status_code == 200, response.text
        return Page(response.text)

    def post(self, path: str, fields: Iterable[tuple[str, str]], **headers: str) -> httpx.Response:
        return self.send(
            "POST",
            path,
            content=urlencode(list(fields)),
            headers={"Content-Type": "application/x-www-form-urlencoded", **headers},
        )

    def submit(
        self,
        form: Form,
        *,
        on: Iterable[str] = (),
        off: Iterable[str] = (),
        button: tuple[str, str] | None = None,
        **values: str | list[str],
    ) -> httpx.Response:
        """Send a form with some switches turned and some fields filled in."""
        turned_on, turned_off = set(on), set(off)
        fields = []
        for each in form.controls:
            is_on = each.on
            if each.name == "on":
                is_on = (is_on or each.value in turned_on) and each.value not in turned_off
            if is_on and not each.disabled and each.name not in values:
                fields.append((each.name, each.value))
        for name, given in values.items():
            fields += [(name, each) for each in ([given] if isinstance(given, str) else given)]
        if button is not None:
            fields.append(button)
        return self.post(form.action, fields)

    def saved(self, form: Form, **options: object) -> Page:
        """Send a form and follow the way back to the page."""
        response = self.submit(form, **options)  # type: ignore[arg-type]
        assert response.status_code == 303, response.text
        return self.page(response.headers["location"])
