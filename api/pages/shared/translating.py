"""Texts in the reader's language: a JSON catalogue per area and language, dates by Babel."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel import Locale, dates
from starlette.requests import Request
from starlette.responses import Response

from api.pages.shared.areas import areas

LANGUAGES: Final = {"en": "English", "de": "Deutsch"}
"""What can be chosen, each by its own name. The first is what stands in where nothing fits."""

LANGUAGE_COOKIE: Final = "tactful_language"
LANGUAGE_PARAMETER: Final = "language"
_YEAR_S: Final = 365 * 86_400
_LAST_MS: Final = 253_402_128_000_000
"""What a calendar can show in every zone: two days before the end of the year 9999."""

Message = str | dict[str, str]
"""A text, or by plural category of the language (`one`, `other`) with `{count}`."""


class Texts:
    """All texts in one language, and how that language writes dates.

    Args:
        language: its code.
        messages: by key.
    """

    def __init__(self, language: str, messages: Mapping[str, Message]) -> None:
        self.language = language
        self.locale = Locale.parse("en_GB" if language == "en" else language)
        self._messages = messages

    def __contains__(self, key: str) -> bool:
        return key in self._messages

    def __call__(self, key: str, **values: Any) -> str:
        """The text of a key, with its `{values}`. What is put in is plain text, never markup.

        Raises:
            KeyError: there is no such text.
        """
        message = self._messages[key]
        if isinstance(message, dict):
            form = self.locale.plural_form(values["count"])
            message = message.get(form) or message["other"]
        return message.format(**values) if values else message

    def named(self, kind: str, name: str) -> str:
        """What people call a type or channel: the catalogue's name, else the id in words."""
        key = f"{kind}.{name}"
        if key in self._messages:
            return self(key)
        words = name.replace("_", " ").replace("-", " ").strip()
        return words if kind == "channel" else capital(words)

    def label(self, kind: str, name: str) -> str:
        """The same, standing alone."""
        return capital(self.named(kind, name))

    def date(self, at_ms: int, zone: str) -> str:
        """A day, as "Thursday, 26 November 2026"."""
        return dates.format_date(_local(at_ms, zone), "full", locale=self.locale)

    def time(self, at_ms: int, zone: str) -> str:
        """A time of day, as "09:10"."""
        return dates.format_time(_local(at_ms, zone), "short", locale=self.locale)

    def weekday(self, day: int) -> str:
        """A day of the week, 0 is Monday, as "Monday"."""
        return capital(dates.get_day_names("wide", "stand-alone", self.locale)[day])

    def moment(self, at_ms: int, zone: str) -> str:
        """A day and a time, as "Thu 26 Nov 2026, 09:10"."""
        return self(
            "shared.moment",
            date=dates.format_skeleton("yMMMEd", _local(at_ms, zone), locale=self.locale),
            time=self.time(at_ms, zone),
        )


class Catalogue:
    """The texts of all areas in all languages.

    Args:
        own: an organisation's folder, whose `locales/` replace and add texts.
    """

    def __init__(self, own: Path | None = None) -> None:
        english = self._messages(own, "en")
        self._texts = {
            code: Texts(code, {**english, **self._messages(own, code)}) for code in LANGUAGES
        }

    @staticmethod
    def _messages(own: Path | None, language: str) -> dict[str, Message]:
        found: dict[str, Message] = {}
        for folder in areas(own).values():
            path = folder / "locales" / f"{language}.json"
            if path.is_file():
                found.update(json.loads(path.read_text(encoding="utf-8")))
        return found

    def of(self, request: Request) -> Texts:
        """For whoever asks: what was chosen on a page, else what the browser prefers."""
        return self._texts[language_of(request)]

    def texts(self, language: str) -> Texts:
        """In one language."""
        return self._texts[language]


def language_of(request: Request) -> str:
    """The language to answer in."""
    for chosen in (
        request.query_params.get(LANGUAGE_PARAMETER),
        request.cookies.get(LANGUAGE_COOKIE),
    ):
        if chosen in LANGUAGES:
            return chosen
    return _preferred(request.headers.get("accept-language", ""))


def remember_language(request: Request, response: Response, *, secure: bool) -> None:
    """Keep what was chosen by this request, if anything was."""
    chosen = request.query_params.get(LANGUAGE_PARAMETER)
    if chosen in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, chosen, _YEAR_S, secure=secure, httponly=True, samesite="lax"
        )


def capital(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]


def _preferred(header: str) -> str:
    """The known language that an Accept-Language header likes most."""
    best, best_q = next(iter(LANGUAGES)), 0.0
    for part in header[:512].split(","):
        tag, _, weight = part.partition(";")
        code = tag.strip().lower().partition("-")[0]
        try:
            q = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            continue
        if code in LANGUAGES and q > best_q:
            best, best_q = code, q
    return best


def _local(at_ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(min(at_ms, _LAST_MS) / 1000, UTC).astimezone(ZoneInfo(zone))
