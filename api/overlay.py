"""Read-your-writes: a client's newest writes, laid over the profile that is kept.

A write takes a moment through Kafka, the job and the sink. Until then the one who wrote sees the
profile with it, merged as the core merges it; all others see what is kept.
"""

from contextlib import suppress
from typing import Any

import msgspec

from api.stores.shared import AwayError, MemoryShared, Shared
from tactful.profile.fields import Fields
from tactful.profile.part import written
from tactful.profile.section import PIECES, Profile, Zone
from tactful.records import (
    HeldProfile,
    Preferences,
    ProfileActivity,
    ProfileSnapshot,
    ProfileUpdate,
)

SETTLED_MS = 5_000
"""A snapshot so much younger than a write has it: the job takes an update within milliseconds, and
publishes a changed profile within a second."""

_MAX_WRITES = 32
_NOTHING = (*(b"{}",) * 5, b"")
_GROUPS: tuple[tuple[str, Any], ...] = (
    ("identifiers", dict[str, str]),
    ("attributes", dict[str, Any]),
    ("preferences", Preferences),
    ("consent", dict[str, bool]),
)
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[ProfileUpdate]).decode


class OwnWrites:
    """The newest profile updates of a client about a user, for a minute.

    Args:
        shared: for all processes.
        ttl_s: how long.
    """

    def __init__(self, shared: Shared, ttl_s: int = 60) -> None:
        self._shared = shared
        self._memory = MemoryShared()
        self._ttl_s = ttl_s

    async def note(self, client: str, update: ProfileUpdate) -> None:
        """Remember a write that Kafka has."""
        writes = _together(await self.of(client, update.user_id), [update])
        key, value = _key(client, update.user_id), _encode(writes)
        await self._memory.put(key, value, self._ttl_s)
        try:
            await self._shared.put(key, value, self._ttl_s)
        except AwayError:
            return

    async def of(self, client: str, user_id: str) -> list[ProfileUpdate]:
        """A client's writes about a user, oldest first.

        Redis has those of all processes, but none that was made while it was away; memory has
        all of this process.
        """
        key = _key(client, user_id)
        found = [await self._memory.get(key)]
        with suppress(AwayError):
            found.append(await self._shared.get(key))
        return _together(*(_decode(each) for each in found if each is not None))


def _together(*lists: list[ProfileUpdate]) -> list[ProfileUpdate]:
    """The newest writes of all lists, each once, oldest first."""
    by_id = {each.id: each for writes in lists for each in writes}
    return sorted(by_id.values(), key=lambda each: (each.at_ms, each.id))[-_MAX_WRITES:]


def laid_over(
    snapshot: ProfileSnapshot | None, writes: list[ProfileUpdate], user_id: str
) -> ProfileSnapshot | None:
    """The snapshot with the writes that it may not have yet; None where there still is no user."""
    known_ms = snapshot.updated_at_ms if snapshot is not None else 0
    open_writes = [each for each in writes if each.at_ms + SETTLED_MS > known_ms]
    if not open_writes:
        return snapshot
    base = snapshot or _nobody(user_id)
    fields = Fields(Profile(0, Zone(base.time_zone), _NOTHING))
    for group, path, value in written(_as_update(base)):
        fields.write(group, path, value, (1, ""))
    erased = base.erased
    for update in sorted(open_writes, key=lambda each: (each.at_ms, each.id)):
        writer = (update.at_ms, update.id)
        if update.erase:
            fields = Fields(Profile(update.at_ms - 1, Zone(), _NOTHING))
            erased = True
        for group, path, value in written(update):
            erased = not fields.write(group, path, value, writer) and erased
        if update.time_zone is not None:
            fields.write_zone(update.time_zone, writer)
    if erased and snapshot is None:
        return None
    merged = fields.profile()
    changes: dict[str, Any] = {
        name: msgspec.Raw(piece) for name, piece in zip(PIECES[:4], merged.pieces, strict=False)
    }
    return msgspec.structs.replace(base, time_zone=merged.zone.name, erased=erased, **changes)


def _as_update(snapshot: ProfileSnapshot) -> ProfileUpdate:
    """What the profile says, as if someone had written it long ago."""
    return ProfileUpdate(
        "",
        snapshot.user_id,
        1,
        **{
            name: msgspec.convert(msgspec.json.decode(getattr(snapshot, name)), kind)
            for name, kind in _GROUPS
        },
    )


def _nobody(user_id: str) -> ProfileSnapshot:
    empty = msgspec.Raw(b"{}")
    return ProfileSnapshot(
        user_id,
        0,
        0,
        None,
        empty,
        empty,
        empty,
        empty,
        ProfileActivity(0, 0),
        {},
        HeldProfile(0),
        0,
    )


def _key(client: str, user_id: str) -> str:
    return f"own:{len(client)}:{client}:{user_id}"
