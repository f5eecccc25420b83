"""A profile as it was read, and where."""

import dataclasses
import enum

import msgspec

from connectors.cassandra.unreadable import UnreadableRecordError, why_of
from connectors.redis.cache import Cached
from connectors.redis.entries import Entry
from tactful.records import ProfileSnapshot

_decoder = msgspec.json.Decoder(ProfileSnapshot)


class Source(enum.StrEnum):
    """Where a profile was read."""

    REDIS = "redis"
    CASSANDRA = "cassandra"


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """A user's profile as it is kept; `raw` is its JSON (None: never seen, or erased).

    `snapshot` is the same, decoded; identifiers are encrypted.
    """

    user_id: str
    version: int
    raw: bytes | None
    source: Source
    snapshot: ProfileSnapshot | None = dataclasses.field(compare=False)


def usable(user_id: str, cached: Cached | None, at_least_version: int) -> Found | None:
    """What is cached, if it is new enough.

    Raises:
        UnreadableRecordError: it can't be decoded.
    """
    entry: Entry | None = cached.entry if cached else None
    if entry is None or entry.version < at_least_version:
        return None
    raw = entry.raw or None
    return Found(user_id, entry.version, raw, Source.REDIS, _snapshot(raw))


def found_in(user_id: str, row: tuple[int, str] | None) -> Found:
    """What Cassandra holds.

    Raises:
        UnreadableRecordError: it can't be decoded.
    """
    version, text = row or (0, None)
    raw = None if text is None else text.encode()
    return Found(user_id, version, raw, Source.CASSANDRA, _snapshot(raw))


def _snapshot(raw: bytes | None) -> ProfileSnapshot | None:
    try:
        return None if raw is None else _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableRecordError(why_of(error)) from None
