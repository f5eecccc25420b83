"""What one click turns off, and how to take it back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tactful.choices.consent import allow_on_channel, allow_purpose
from tactful.choices.offer import Offer
from tactful.choices.switches import TypeSetting
from tactful.policy import Purpose
from tactful.profile.section import WHOLE_TYPE


class Change(NamedTuple):
    """Fields of a profile update: `types` of the preferences, and consent."""

    types: dict[str, bool | dict[str, bool | None] | None]
    consent: dict[str, bool | None]

    def fields(self) -> dict[str, Any]:
        """As the update has them."""
        found: dict[str, Any] = {}
        if self.types:
            found["preferences"] = {"types": self.types}
        if self.consent:
            found["consent"] = self.consent
        return found


def unsubscribe(
    offer: Offer,
    consent: Mapping[str, bool] | None,
    *,
    channel: str | None,
    type_: str | None,
) -> Change:
    """What a link turns off: a type on a channel, a type, marketing on a channel, or marketing.

    A link that names no type is about marketing alone: receipts and warnings are not what people
    unsubscribe from with one click. `consent` is None where it can't be read: a no holds even so.
    """
    if type_ is not None and channel is not None:
        return Change({type_: {channel: False}}, {})
    if type_ is not None:
        return Change({type_: False}, {})
    if channel is not None:
        return Change({}, allow_on_channel(Purpose.MARKETING, channel, on=False))
    channels = offer.channels_of(Purpose.MARKETING)
    return Change({}, allow_purpose(consent, Purpose.MARKETING, channels, on=False))


def before(change: Change, types: Mapping[str, TypeSetting], consent: Mapping[str, bool]) -> Change:
    """The change that puts back what held before another one."""
    back: dict[str, bool | dict[str, bool | None] | None] = {}
    for name, written in change.types.items():
        setting = types.get(name)
        if isinstance(written, Mapping):
            old = setting if isinstance(setting, Mapping) else {}
            back[name] = {channel: old.get(channel) for channel in written}
        elif isinstance(setting, Mapping):
            # The whole's switch dropped those of the channels: all are put back, its own with them.
            back[name] = {WHOLE_TYPE: setting.get(WHOLE_TYPE), **setting}
        else:
            back[name] = setting
    return Change(back, {key: consent.get(key) for key in change.consent})
