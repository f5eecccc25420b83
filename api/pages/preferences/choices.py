"""What the page shows of a person's choices, read from the profile and the policy."""

from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import available_timezones

import msgspec

from api.pages.preferences.quiet import Quiet, quiet_of
from api.pages.shared import Texts
from tactful.choices import (
    Offer,
    OfferedType,
    TypeSetting,
    allowed,
    channel_on,
    offer_of,
    type_on,
)
from tactful.local_time import zone_named
from tactful.policy import Policy, Purpose
from tactful.records import FrequencyMode, Preferences, ProfileSnapshot, QuietHours

_preferences = msgspec.json.Decoder(Preferences)
_consent = msgspec.json.Decoder(dict[str, bool])
_identifiers = msgspec.json.Decoder(dict[str, str])


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch: what it is called, whether it is on, whether it can be turned."""

    value: str
    label: str
    on: bool
    hint: str = ""
    locked: bool = False


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """A type: its own switch, and those of its channels."""

    whole: Switch
    channels: tuple[Switch, ...]
    some: bool
    """On for some channels, off for others."""


@dataclass(frozen=True, slots=True)
class PurposeChoice:
    """The types of a purpose, or what is allowed for it."""

    name: str
    types: tuple[TypeChoice, ...]
    consent: TypeChoice
    refused: bool
    """Whether nothing of it is allowed on any channel, so that its types have no effect."""


@dataclass(frozen=True, slots=True)
class Choices:
    """All of it."""

    channels: tuple[Switch, ...]
    purposes: tuple[PurposeChoice, ...]
    frequency: str
    hours: frozenset[int]
    quiet: Quiet
    digest_hour: int
    zone: str
    own_zone: bool
    paused_until_ms: int | None


class Stored:
    """What is kept of a person's choices, with the policy that they are about.

    Args:
        snapshot: the profile; None or erased: nothing was ever said.
        policy: in force.
    """

    def __init__(self, snapshot: ProfileSnapshot | None, policy: Policy) -> None:
        if snapshot is not None and snapshot.erased:
            snapshot = None
        self.policy = policy
        self.offer: Offer = offer_of(policy)
        self.preferences = (
            Preferences() if snapshot is None else _preferences.decode(snapshot.preferences)
        )
        self.consent = {} if snapshot is None else _consent.decode(snapshot.consent)
        self.addresses = frozenset(
            () if snapshot is None else _identifiers.decode(snapshot.identifiers)
        )
        self.time_zone = None if snapshot is None else snapshot.time_zone
        self.zone, self.own_zone = zone_named(self.time_zone, policy.time_zone)

    @property
    def channels(self) -> dict[str, bool | None]:
        """Switches of channels."""
        found = self.preferences.channels
        return dict(found) if isinstance(found, dict) else {}

    @property
    def types(self) -> dict[str, TypeSetting]:
        """Switches of types."""
        found = self.preferences.types
        return dict(found) if isinstance(found, dict) else {}

    @property
    def quiet(self) -> QuietHours | None:
        """The person's own quiet hours."""
        found = self.preferences.quiet_hours
        return found if isinstance(found, QuietHours) else None

    def paused_until_ms(self, now_ms: int) -> int | None:
        """The end of a pause that is on."""
        until = self.preferences.pause_until_ms
        return until if isinstance(until, int) and until > now_ms else None


def choices_of(stored: Stored, t: Texts, now_ms: int) -> Choices:
    """What the page shows."""
    policy, preferences = stored.policy, stored.preferences
    hours = preferences.preferred_hours
    return Choices(
        channels=tuple(_channel(stored, t, name) for name in stored.offer.channels),
        purposes=tuple(_purpose(stored, t, purpose) for purpose in stored.offer.opt_in),
        frequency=preferences.frequency
        if isinstance(preferences.frequency, FrequencyMode)
        else FrequencyMode.IMMEDIATE,
        hours=frozenset(hours if isinstance(hours, list) else ()),
        quiet=quiet_of(stored.quiet, policy.quiet_hours, t),
        digest_hour=policy.timing.digest_hour,
        zone=stored.zone.key,
        own_zone=stored.own_zone,
        paused_until_ms=stored.paused_until_ms(now_ms),
    )


def key_of(name: str, channel: str | None = None) -> str:
    """The value of a switch: a name, or one on a channel. Names may hold any character."""
    return quote(name, safe="") + ("" if channel is None else f"/{quote(channel, safe='')}")


def _channel(stored: Stored, t: Texts, name: str) -> Switch:
    address = stored.policy.channels[name].address
    known = address is None or address in stored.addresses
    return Switch(
        key_of(name),
        t.label("channel", name),
        channel_on(stored.channels, name),
        "" if known else t("preferences.channels.unknown_address"),
    )


def _purpose(stored: Stored, t: Texts, purpose: Purpose) -> PurposeChoice:
    opt_in = stored.offer.opt_in[purpose]
    channels = stored.offer.channels_of(purpose)
    given = [allowed(stored.consent, purpose, name, opt_in=opt_in) for name in channels]
    consent = TypeChoice(
        Switch(key_of(purpose), t(f"preferences.consent.{purpose}"), any(given)),
        tuple(
            Switch(key_of(purpose, name), t.label("channel", name), on)
            for name, on in zip(channels, given, strict=True)
        ),
        any(given) and not all(given),
    )
    types = tuple(_type(stored, t, each) for each in stored.offer.of(purpose))
    return PurposeChoice(purpose, types, consent, not any(given))


def _type(stored: Stored, t: Texts, kind: OfferedType) -> TypeChoice:
    setting = stored.types.get(kind.name)
    on = [type_on(setting, channel) for channel in kind.channels]
    return TypeChoice(
        Switch(
            key_of(kind.name),
            t.named("type", kind.name),
            any(on) or kind.always_on,
            _hint(t, kind),
            kind.always_on,
        ),
        ()
        if kind.always_on or len(on) < 2
        else tuple(
            Switch(
                key_of(kind.name, channel),
                t.label("channel", channel),
                is_on and channel_on(stored.channels, channel),
                "" if channel_on(stored.channels, channel) else t("preferences.types.channel_off"),
                not channel_on(stored.channels, channel),
            )
            for channel, is_on in zip(kind.channels, on, strict=True)
        ),
        any(on) and not all(on) and not kind.always_on,
    )


def _hint(t: Texts, kind: OfferedType) -> str:
    if kind.always_on:
        return t("preferences.types.always_on")
    told = f"type.{kind.name}.hint"
    return t(told) if told in t else ""


@lru_cache(maxsize=1)
def zones() -> dict[str, list[str]]:
    """The zones to choose from, by continent."""
    found: dict[str, list[str]] = {}
    for name in sorted(available_timezones()):
        continent, _, place = name.partition("/")
        if place and continent not in {"Etc", "SystemV", "posix", "right", "US", "Brazil"}:
            found.setdefault(continent, []).append(name)
    return {**found, "UTC": ["UTC"]}
