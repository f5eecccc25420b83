"""From a form's fields to the profile update they mean, and to the words that confirm it.

A form with switches says what was on when it was shown (`was`) beside what is on now (`on`), so
that a page that was open for long changes only what was turned on it.
"""

from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import unquote

from api.pages.preferences.choices import Stored
from api.pages.preferences.form import Form, FormError, Saved, one
from api.pages.preferences.quiet import save_quiet
from api.pages.shared import Texts
from schemas.audit import AuditAction
from tactful.choices import (
    PauseSpan,
    allow_on_channel,
    allow_purpose,
    pause_until_ms,
    start_of_day_ms,
)
from tactful.local_time import is_known_zone
from tactful.policy import Purpose
from tactful.records import FrequencyMode
from tactful.records.common import MAX_TIME_MS


def save(section: str, form: Form, stored: Stored, t: Texts, now_ms: int) -> Saved:
    """What a form means.

    Raises:
        FormError: it can't be saved.
        KeyError: there is no such section.
    """
    return SECTIONS[section](form, stored, t, now_ms)


def _channels(form: Form, stored: Stored, t: Texts, now_ms: int) -> Saved:
    del now_ms
    turned = {
        name: on
        for (name, channel), on in _turned(form).items()
        if channel is None and name in stored.offer.channels
    }
    told = [_told(t, t.label("channel", name), on=on) for name, on in turned.items()]
    return Saved({"preferences": {"channels": turned}} if turned else {}, _all(t, told))


def _types(form: Form, stored: Stored, t: Texts, now_ms: int) -> Saved:
    del now_ms
    types: dict[str, Any] = {}
    told = []
    for (name, channel), on in _turned(form).items():
        kind = stored.offer.type(name)
        if kind is None or kind.always_on:
            continue
        label = t.named("type", name)
        if channel is None:
            types[name] = on
        elif channel in kind.channels and not isinstance(types.get(name), bool):
            types.setdefault(name, {})[channel] = on
            label = t("preferences.on_channel", what=label, channel=t.named("channel", channel))
        else:
            continue
        told.append(_told(t, label, on=on))
    return Saved({"preferences": {"types": types}} if types else {}, _all(t, told))


def _consent(form: Form, stored: Stored, t: Texts, now_ms: int) -> Saved:
    del now_ms
    change: dict[str, bool | None] = {}
    told = []
    for (name, channel), on in _turned(form).items():
        if name not in set(stored.offer.opt_in):
            continue
        purpose = Purpose(name)
        channels = stored.offer.channels_of(purpose)
        label = t(f"preferences.consent.{purpose}")
        if channel is None:
            change |= allow_purpose(stored.consent, purpose, channels, on=on)
        elif channel in channels and name not in change:
            change |= allow_on_channel(purpose, channel, on=on)
            label = t("preferences.on_channel", what=label, channel=t.named("channel", channel))
        else:
            continue
        told.append(t("preferences.told.allowed" if on else "preferences.told.refused", what=label))
    return Saved({"consent": change} if change else {}, _all(t, told), AuditAction.CONSENT)


def _frequency(form: Form, stored: Stored, t: Texts, now_ms: int) -> Saved:
    del stored, now_ms
    chosen = one(form, "frequency")
    if chosen not in set(FrequencyMode):
        raise FormError("preferences.wrong.choice")
    told = t("preferences.told.saved", what=t(f"preferences.frequency.{chosen}"))
    return Saved({"preferences": {"frequency": chosen}}, told)


def _hours(form: Form, stored: Stored, t: Texts, now_ms: int) -> Saved:
    del stored, now_ms
    chosen = {each for each in form.get("hours", []) if each.isdecimal() and int(each) < 24}
    hours = sorted(map(int, chosen)) or None
    told = (
        t("preferences.told.hours", count=len(hours)) if hours else t("preferences.told.no_hours")
    )
    return Saved({"preferences": {"preferred_hours": hours}}, told)


def _quiet(form: Form, stored: Stored, t: Texts, now_ms: int) -> Saved:
    del now_ms
    return save_quiet(form, stored.quiet, stored.policy.quiet_hours, t)


def _zone(form: Form, stored: Stored, t: Texts, now_ms: int) -> Saved:
    del stored, now_ms
    zone = one(form, "time_zone")
    if not is_known_zone(zone):
        raise FormError("preferences.wrong.zone")
    return Saved({"time_zone": zone}, t("preferences.told.saved", what=zone.replace("_", " ")))


def _pause(form: Form, stored: Stored, t: Texts, now_ms: int) -> Saved:
    chosen = one(form, "pause")
    if chosen == "none":
        return Saved({"preferences": {"pause_until_ms": None}}, t("preferences.told.unpaused"))
    if chosen in set(PauseSpan):
        until_ms = pause_until_ms(PauseSpan(chosen), stored.zone, now_ms)
    elif chosen == "date":
        try:
            until_ms = start_of_day_ms(date.fromisoformat(one(form, "until")), stored.zone)
        except (ValueError, OverflowError):
            raise FormError("preferences.wrong.date") from None
        if not now_ms < until_ms <= MAX_TIME_MS:
            raise FormError("preferences.wrong.past_date")
    else:
        raise FormError("preferences.wrong.choice")
    told = t("preferences.told.paused", until=t.moment(until_ms, stored.zone.key))
    return Saved({"preferences": {"pause_until_ms": until_ms}}, told)


SECTIONS: dict[str, Callable[[Form, Stored, Texts, int], Saved]] = {
    "pause": _pause,
    "channels": _channels,
    "types": _types,
    "frequency": _frequency,
    "hours": _hours,
    "quiet": _quiet,
    "zone": _zone,
    "consent": _consent,
}


def _turned(form: Form) -> dict[tuple[str, str | None], bool]:
    """The switches that are not as they were shown; those of a whole before its channels'."""
    now, was = set(form.get("on", [])), set(form.get("was", []))
    found = {_name(key): key in now for key in now ^ was}
    return dict(sorted(found.items(), key=lambda each: (each[0][0], each[0][1] or "")))


def _name(key: str) -> tuple[str, str | None]:
    name, slash, channel = key.partition("/")
    return unquote(name), unquote(channel) if slash else None


def _told(t: Texts, what: str, *, on: bool) -> str:
    return t("preferences.told.on" if on else "preferences.told.off", what=what)


def _all(t: Texts, told: list[str]) -> str:
    return " ".join(told) or t("preferences.told.nothing")
