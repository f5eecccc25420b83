"""Switches of channels and types: what holds."""

from collections.abc import Mapping

import msgspec

from tactful.profile.section import WHOLE_TYPE

TypeSetting = bool | Mapping[str, bool | None] | None


def channel_on(channels: Mapping[str, bool | None] | msgspec.UnsetType | None, name: str) -> bool:
    """Whether a channel is on; one that nothing is said of is."""
    return not (channels and channels.get(name) is False)


def type_on(setting: TypeSetting, channel: str) -> bool:
    """Whether a type is on for a channel: the channel's own switch, else the whole type's."""
    if isinstance(setting, Mapping):
        setting = setting.get(channel, setting.get(WHOLE_TYPE))
    return setting is not False
