"""The fields of a profile while they are written: the last writer wins per field.

A field's writer is (`at_ms`, record id). A field taken back (null) leaves its writer behind, so
that an older write that arrives later stays without effect.
"""

from typing import Any

import msgspec

from tactful.profile.section import PIECES, WHOLE_TYPE, Profile, Zone

MAX_FIELDS = 256
"""Fields kept per group (identifiers, attributes, preferences, consent), taken-back ones
included. Beyond it the field written longest ago is forgotten."""

_SEPARATOR = "\x1f"
_encode = msgspec.json.Encoder(order="sorted").encode

_encode_writers = msgspec.msgpack.Encoder(order="sorted").encode
_decode_writers = msgspec.msgpack.Decoder(tuple[list[tuple[int, str]], dict[str, int]]).decode

Writer = tuple[int, str]


class Fields:
    """A profile's fields, open for writing."""

    def __init__(self, profile: Profile) -> None:
        self.erased_at_ms = profile.erased_at_ms
        self.zone = profile.zone
        *shown, writers = profile.pieces
        self._values: dict[str, dict[str, Any]] = dict(
            zip(PIECES, map(msgspec.json.decode, shown), strict=False)
        )
        types = self._values["preferences"].get("types", {})
        for name, setting in types.items():
            if isinstance(setting, bool):
                types[name] = {WHOLE_TYPE: setting}
        # A record writes several fields, so each writer stands once and its fields point to it.
        table, index = _decode_writers(writers) if writers else ([], {})
        self._writers: dict[str, Writer] = {path: table[at] for path, at in index.items()}

    def write(self, group: str, path: tuple[str, ...], value: Any, writer: Writer) -> bool:
        """Set (or with None take back) a field, unless a later writer already did.

        `path` is the field's name, or several for one inside an object. A later writer of the
        whole object counts for all inside it, and what a later writer put inside it stays.
        """
        if writer[0] <= self.erased_at_ms:
            return False
        keys = [_key(group, path[:depth]) for depth in range(1, len(path) + 1)]
        if any(writer < self._writers.get(key, (0, "")) for key in keys):
            return False
        self._writers[keys[-1]] = writer
        if group == "preferences":
            self._drop_older_inside(keys[-1], writer)
        own = _own_path(group, path)
        if own:
            self._put(group, own, value)
        self._bound(group)
        return True

    def write_zone(self, name: str, writer: Writer) -> bool:
        """Set the zone, unless a later writer already did."""
        if writer < (self.zone.at_ms, self.zone.writer) or writer[0] <= self.erased_at_ms:
            return False
        self.zone = Zone(name, *writer)
        return True

    def mark_bounced(self, channel: str, at_ms: int) -> bool:
        """Remember that the channel's address does not work."""
        if at_ms <= max(self._values["bounced"].get(channel, -1), self.erased_at_ms):
            return False
        self._values["bounced"][channel] = at_ms
        return True

    def heal(self, channel: str, written_at_ms: int) -> None:
        """Forget a bounce that is older than the address."""
        bounced_at = self._values["bounced"].get(channel)
        if bounced_at is not None and bounced_at < written_at_ms:
            del self._values["bounced"][channel]

    def written_at_ms(self, group: str, path: tuple[str, ...]) -> int:
        """When the field was last written, -1 for never."""
        return self._writers.get(_key(group, path), (-1, ""))[0]

    def erase(self, at_ms: int) -> None:
        """Forget all that was written up to a moment."""
        self.erased_at_ms = max(self.erased_at_ms, at_ms)
        for key, writer in list(self._writers.items()):
            if writer[0] <= at_ms:
                self._drop(key)
        self._values["bounced"] = {
            channel: bounced_at
            for channel, bounced_at in self._values["bounced"].items()
            if bounced_at > at_ms
        }
        if self.zone.at_ms <= at_ms:
            self.zone = Zone()

    def profile(self) -> Profile:
        """The fields closed again."""
        table = sorted(set(self._writers.values()))
        index = {writer: at for at, writer in enumerate(table)}
        fields = {path: index[by] for path, by in self._writers.items()}
        shown = self._values | {"preferences": _collapsed(self._values["preferences"])}
        pieces = [_encode(shown[name]) for name in PIECES[:-1]]
        pieces.append(_encode_writers((table, fields)) if fields else b"")
        return Profile(self.erased_at_ms, self.zone, tuple(pieces))

    def _put(self, group: str, path: tuple[str, ...], value: Any) -> None:
        *outer, name = path
        holders = [self._values[group]]
        for step in outer:
            inner = holders[-1].get(step)
            if not isinstance(inner, dict):
                if value is None:
                    return
                inner = holders[-1][step] = {}
            holders.append(inner)
        if value is None:
            holders[-1].pop(name, None)
            for holder, step in zip(reversed(holders[:-1]), reversed(outer), strict=True):
                if not holder[step]:
                    del holder[step]
        else:
            holders[-1][name] = value

    def _drop_older_inside(self, key: str, writer: Writer) -> None:
        """Forget what earlier writers put inside an object."""
        for inside in [each for each in self._writers if each.startswith(key + _SEPARATOR)]:
            if self._writers[inside] <= writer:
                self._drop(inside)

    def _drop(self, key: str) -> None:
        """Forget a field; what others wrote inside it has writers of its own, and stays."""
        group, path = _group_and_path(key)
        own = _own_path(group, path)
        if own:
            self._put(group, own, None)
        del self._writers[key]

    def _value(self, group: str, path: tuple[str, ...]) -> Any:
        value: Any = self._values[group]
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def _bound(self, group: str) -> None:
        mine = [key for key in self._writers if _group_and_path(key)[0] == group]
        while len(mine) > MAX_FIELDS:
            # A no is the last thing to forget: without it a more general yes would count.
            oldest = min(mine, key=lambda key: (self._is_refusal(key), self._writers[key], key))
            self._drop(oldest)
            mine.remove(oldest)

    def _is_refusal(self, key: str) -> bool:
        group, path = _group_and_path(key)
        return group == "consent" and self._value(group, path) is False


def _own_path(group: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """Where a field's own value stands; None for an object that is only a holder of others.

    The switch of a whole type stands beside those of its channels, so that it is still there when
    theirs are taken back.
    """
    if group == "preferences" and path == ("channels",):
        return None
    if group == "preferences" and path[0] == "types" and len(path) < 3:
        return (*path, WHOLE_TYPE) if len(path) == 2 else None
    return path


def _collapsed(preferences: dict[str, Any]) -> dict[str, Any]:
    """Preferences as they are written and shown: a type switched only as a whole is a bool."""
    if "types" not in preferences:
        return preferences
    types = {
        name: setting[WHOLE_TYPE] if setting.keys() == {WHOLE_TYPE} else setting
        for name, setting in preferences["types"].items()
    }
    return preferences | {"types": types}


def _key(group: str, path: tuple[str, ...]) -> str:
    steps = (str(PIECES.index(group)), *path)
    if any(_SEPARATOR in step for step in steps):
        return msgspec.json.encode(steps).decode()
    return _SEPARATOR.join(steps)


def _group_and_path(key: str) -> tuple[str, tuple[str, ...]]:
    number, *path = msgspec.json.decode(key) if key.startswith("[") else key.split(_SEPARATOR)
    return PIECES[int(number)], tuple(path)
