"""The profile section in bytes: a head that is read at every event, then JSON pieces.

The JSON pieces stand as they go out in a snapshot, so a snapshot copies them without decoding.
"""

import struct
from typing import Any, NamedTuple

import msgspec

from tactful.records import Preferences

# version, erased_at_ms, zone_at_ms, bytes of zone, bytes of the zone's writer, lengths of pieces
_HEAD = struct.Struct("<BQQHHIIIIII")
_VERSION = 1
_ZONE_HEAD = struct.Struct("<BQQHH")
_ZONE_AT = struct.Struct("<Q")
_ZONE_AT_OFFSET = 9
_ZONE_SIZE = struct.Struct("<H")
_ZONE_SIZE_OFFSET = 17
# `writers` is MessagePack and never shown; the others are JSON.
PIECES = ("identifiers", "attributes", "preferences", "consent", "bounced", "writers")
_EMPTY_PIECE = b"{}"

WHOLE_TYPE = "*"
"""Beside the switches of a type's channels: its switch for all others."""

_preferences = msgspec.json.Decoder(Preferences)
_attributes = msgspec.json.Decoder(dict[str, Any])
_consent = msgspec.json.Decoder(dict[str, bool])
_identifiers = msgspec.json.Decoder(dict[str, str])
_bounced = msgspec.json.Decoder(dict[str, int])

NO_PREFERENCES = Preferences()


class Zone(NamedTuple):
    """The zone the user is in, with who said so last."""

    name: str | None = None
    at_ms: int = 0
    writer: str = ""


class Settings(NamedTuple):
    """What a request needs to know of the profile."""

    zone: str | None
    identifiers: dict[str, str]
    preferences: Preferences
    consent: dict[str, bool]
    bounced: dict[str, int]


class Profile(NamedTuple):
    """The section taken apart, the JSON pieces still encoded."""

    erased_at_ms: int
    zone: Zone
    pieces: tuple[bytes, ...]


NOTHING = Profile(0, Zone(), (*(_EMPTY_PIECE,) * (len(PIECES) - 1), b""))


def unpack(section: bytes) -> Profile:
    """The section's fields; an empty one is a user nobody described."""
    if not section:
        return NOTHING
    _, erased_at, zone_at, zone_size, writer_size, *sizes = _HEAD.unpack_from(section)
    start = _HEAD.size
    end = start + zone_size
    name = section[start:end].decode() if zone_size else None
    start, end = end, end + writer_size
    zone = Zone(name, zone_at, section[start:end].decode())
    pieces = []
    for size in sizes:
        start, end = end, end + size
        pieces.append(section[start:end])
    return Profile(erased_at, zone, tuple(pieces))


def pack(profile: Profile) -> bytes:
    """The bytes of a section."""
    zone = (profile.zone.name or "").encode()
    writer = profile.zone.writer.encode()
    head = _HEAD.pack(
        _VERSION,
        profile.erased_at_ms,
        profile.zone.at_ms,
        len(zone),
        len(writer),
        *map(len, profile.pieces),
    )
    return b"".join((head, zone, writer, *profile.pieces))


class Shown(NamedTuple):
    """The pieces that a snapshot shows, still encoded."""

    zone: str | None
    identifiers: bytes
    attributes: bytes
    preferences: bytes
    consent: bytes


_NOTHING_SHOWN = Shown(None, *(_EMPTY_PIECE,) * 4)


def shown(section: bytes) -> Shown:
    """The pieces of a snapshot: this runs at nearly every record, so it only slices."""
    if not section:
        return _NOTHING_SHOWN
    _, _, _, zone_size, writer_size, one, two, three, four, _, _ = _HEAD.unpack_from(section)
    zone_end = _HEAD.size + zone_size
    one_at = zone_end + writer_size
    two_at = one_at + one
    three_at = two_at + two
    four_at = three_at + three
    return Shown(
        section[_HEAD.size : zone_end].decode() if zone_size else None,
        section[one_at:two_at],
        section[two_at:three_at],
        section[three_at:four_at],
        section[four_at : four_at + four],
    )


def same_zone_noted(section: bytes, name: str, at_ms: int, writer: str) -> bytes | None:
    """The section after another record named the zone it has already.

    Only the writer changes, in place. None when there is more to do than that.
    """
    if not section:
        return None
    _, erased_at, zone_at, zone_size, writer_size = _ZONE_HEAD.unpack_from(section)
    zone_end = _HEAD.size + zone_size
    writer_end = zone_end + writer_size
    encoded = writer.encode()
    if section[_HEAD.size : zone_end] != name.encode() or len(encoded) != writer_size:
        return None
    if (at_ms, encoded) < (zone_at, section[zone_end:writer_end]) or at_ms <= erased_at:
        return section
    changed = bytearray(section)
    _ZONE_AT.pack_into(changed, _ZONE_AT_OFFSET, at_ms)
    changed[zone_end:writer_end] = encoded
    return bytes(changed)


def zone_name(section: bytes) -> str | None:
    """The user's zone, read without decoding the rest."""
    if not section:
        return None
    size = _ZONE_SIZE.unpack_from(section, _ZONE_SIZE_OFFSET)[0]
    return section[_HEAD.size : _HEAD.size + size].decode() if size else None


def attributes(section: bytes) -> dict[str, Any]:
    """The attributes, decoded."""
    found: dict[str, Any] = _attributes.decode(shown(section).attributes)
    return found


def settings(section: bytes) -> Settings:
    """Zone, addresses, preferences and consent, decoded."""
    profile = unpack(section)
    identifiers, _, preferences, consent, bounced, _ = profile.pieces
    return Settings(
        zone=profile.zone.name,
        identifiers={} if identifiers == _EMPTY_PIECE else _identifiers.decode(identifiers),
        preferences=(
            NO_PREFERENCES if preferences == _EMPTY_PIECE else _preferences.decode(preferences)
        ),
        consent={} if consent == _EMPTY_PIECE else _consent.decode(consent),
        bounced={} if bounced == _EMPTY_PIECE else _bounced.decode(bounced),
    )
