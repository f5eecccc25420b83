"""A user's profile as the last writers left it, in the plainest way."""

from typing import Any

import msgspec
from reference.wall_clock import is_known

from tactful.policy import Policy, Purpose
from tactful.records import Outcome, Preferences, ProfileUpdate

Path = tuple[str, ...]
Writer = tuple[int, str]


class ReferenceProfile:
    """Fields by path, each with its writer: the later (`at_ms`, id) wins."""

    def __init__(self) -> None:
        self._fields: dict[Path, tuple[Writer, Any]] = {}
        self._bounced: dict[str, int] = {}
        self._erased_ms = 0

    def value(self, *path: str) -> Any:
        """A field, None without one."""
        return self._fields.get(path, (None, None))[1]

    def written_ms(self, *path: str) -> int | None:
        """When a field was written (or taken back) last."""
        found = self._fields.get(path)
        return None if found is None else found[0][0]

    @property
    def attributes(self) -> dict[str, Any]:
        return {
            path[1]: value
            for path, (_, value) in self._fields.items()
            if path[0] == "attributes" and value is not None
        }

    def zone(self, policy: Policy) -> str:
        return self.value("zone") or policy.time_zone

    def bounced(self, channel: str) -> bool:
        return channel in self._bounced

    def allows_type(self, type_name: str, channel: str) -> bool:
        """By the channel's own switch, else that of the whole type."""
        own = self.value("preferences", "types", type_name, channel)
        whole = self.value("preferences", "types", type_name)
        return (own if own is not None else whole) is not False

    def note_zone(self, zone: str | None, writer: Writer) -> None:
        if zone is not None and is_known(zone):
            self._write(("zone",), zone, writer)

    def note_refusal(self, policy: Policy, channel: str, outcome: Outcome, writer: Writer) -> bool:
        """Whether consent or reachability was taken away."""
        if outcome is not Outcome.BOUNCED:
            return self._write(("consent", f"{Purpose.MARKETING}:{channel}"), False, writer)
        known = policy.channels.get(channel)
        if known is None or known.address is None or writer[0] <= self._erased_ms:
            return False
        written_ms = self.written_ms("identifiers", known.address)
        newest_ms = max(written_ms or -1, self._bounced.get(channel, -2) + 1)
        if newest_ms > writer[0]:
            return False
        self._bounced[channel] = writer[0]
        return True

    def update(self, policy: Policy, update: ProfileUpdate) -> None:
        writer = (update.at_ms, update.id)
        if update.erase:
            self._erase(update.at_ms)
        for group in ("attributes", "identifiers", "consent"):
            for name, value in (getattr(update, group) or {}).items():
                written = self._write((group, name), value, writer)
                if written and group == "identifiers":
                    self._heal(policy, name, update.at_ms)
        if update.preferences is not None:
            self._prefer(update.preferences, writer)
        self.note_zone(update.time_zone, writer)

    def _heal(self, policy: Policy, address: str, at_ms: int) -> None:
        """A newer address is not the one that bounced."""
        self._bounced = {
            channel: bounced_ms
            for channel, bounced_ms in self._bounced.items()
            if channel not in policy.channels
            or policy.channels[channel].address != address
            or bounced_ms >= at_ms
        }

    def _prefer(self, preferences: Preferences, writer: Writer) -> None:
        for name, value in msgspec.to_builtins(preferences).items():
            if name == "quiet_hours":
                self._write(("preferences", name), preferences.quiet_hours, writer)
            elif name not in ("channels", "types") or value is None:
                self._write(("preferences", name), value, writer)
            else:
                for key, setting in value.items():
                    if isinstance(setting, dict):
                        for channel, switch in setting.items():
                            self._write(("preferences", name, key, channel), switch, writer)
                    else:
                        self._write(("preferences", name, key), setting, writer)

    def _write(self, path: Path, value: Any, writer: Writer) -> bool:
        """A write of a whole counts for its parts, and leaves the parts that later ones wrote."""
        if writer[0] <= self._erased_ms:
            return False
        wholes = [path[:depth] for depth in range(1, len(path) + 1)]
        if any(whole in self._fields and self._fields[whole][0] > writer for whole in wholes):
            return False
        self._fields = {
            other: field
            for other, field in self._fields.items()
            if other[: len(path)] != path or field[0] > writer
        }
        self._fields[path] = (writer, value)
        return True

    def _erase(self, at_ms: int) -> None:
        self._erased_ms = max(self._erased_ms, at_ms)
        self._fields = {
            path: field for path, field in self._fields.items() if field[0][0] > self._erased_ms
        }
        self._bounced = {
            channel: bounced_ms
            for channel, bounced_ms in self._bounced.items()
            if bounced_ms > self._erased_ms
        }
