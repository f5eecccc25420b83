"""A profile as it was read, and where."""

import dataclasses
import enum

import msgspec

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
    """A user's profile as it is kept; `raw` is its JSON (None: never seen, or erased)."""

    user_id: str
    version: int
    raw: bytes | None
    source: Source

    @property
    def snapshot(self) -> ProfileSnapshot | None:
        """The profile, its identifiers encrypted; None: never seen, or erased."""
        return None if self.raw is None else _decoder.decode(self.raw)


def usable(user_id: str, cached: Cached | None, at_least_version: int) -> Found | None:
    """What is cached, if it is new enough."""
    entry: Entry | None = cached.entry if cached else None
    if entry is None or entry.version < at_least_version:
        return None
    return Found(user_id, entry.version, entry.raw or None, Source.REDIS)


def found_in(user_id: str, row: tuple[int, str] | None) -> Found:
    """What Cassandra holds."""
    version, raw = row or (0, None)
    return Found(user_id, version, None if raw is None else raw.encode(), Source.CASSANDRA)


def too_old(found: Found, version: int, timeout_s: float) -> str:
    """Why waiting for a version was given up."""
    return f"version {version} has not come within {timeout_s:g} s; there is {found.version}"
