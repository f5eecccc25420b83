from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.frequency_mode import FrequencyMode, check_frequency_mode
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.preferences_channels_type_0 import PreferencesChannelsType0
    from ..models.preferences_types_type_0 import PreferencesTypesType0
    from ..models.quiet_hours import QuietHours


T = TypeVar("T", bound="Preferences")


@_attrs_define
class Preferences:
    """What a user wants. A field that is absent is left as it was; null takes it back.

    `channels` and `types` are merged name by name: {"channels": {"sms": false}} says nothing of
    e-mail. A type is switched as a whole (bool) or by channel ({"email": true, "push": false}).
    Both may hold, the channel's own first; a profile then shows the whole's switch as "*".

    """

    channels: None | PreferencesChannelsType0 | Unset = UNSET
    frequency: FrequencyMode | None | Unset = UNSET
    pause_until_ms: int | None | Unset = UNSET
    preferred_hours: list[int] | None | Unset = UNSET
    quiet_hours: None | QuietHours | Unset = UNSET
    types: None | PreferencesTypesType0 | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.preferences_channels_type_0 import PreferencesChannelsType0  # noqa: PLC0415
        from ..models.preferences_types_type_0 import PreferencesTypesType0  # noqa: PLC0415
        from ..models.quiet_hours import QuietHours  # noqa: PLC0415

        channels: dict[str, Any] | None | Unset
        if isinstance(self.channels, Unset):
            channels = UNSET
        elif isinstance(self.channels, PreferencesChannelsType0):
            channels = self.channels.to_dict()
        else:
            channels = self.channels

        frequency: None | str | Unset
        if isinstance(self.frequency, Unset):
            frequency = UNSET
        elif isinstance(self.frequency, str):
            frequency = self.frequency
        else:
            frequency = self.frequency

        pause_until_ms: int | None | Unset
        if isinstance(self.pause_until_ms, Unset):
            pause_until_ms = UNSET
        else:
            pause_until_ms = self.pause_until_ms

        preferred_hours: list[int] | None | Unset
        if isinstance(self.preferred_hours, Unset):
            preferred_hours = UNSET
        elif isinstance(self.preferred_hours, list):
            preferred_hours = self.preferred_hours

        else:
            preferred_hours = self.preferred_hours

        quiet_hours: dict[str, Any] | None | Unset
        if isinstance(self.quiet_hours, Unset):
            quiet_hours = UNSET
        elif isinstance(self.quiet_hours, QuietHours):
            quiet_hours = self.quiet_hours.to_dict()
        else:
            quiet_hours = self.quiet_hours

        types: dict[str, Any] | None | Unset
        if isinstance(self.types, Unset):
            types = UNSET
        elif isinstance(self.types, PreferencesTypesType0):
            types = self.types.to_dict()
        else:
            types = self.types

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if channels is not UNSET:
            field_dict["channels"] = channels
        if frequency is not UNSET:
            field_dict["frequency"] = frequency
        if pause_until_ms is not UNSET:
            field_dict["pause_until_ms"] = pause_until_ms
        if preferred_hours is not UNSET:
            field_dict["preferred_hours"] = preferred_hours
        if quiet_hours is not UNSET:
            field_dict["quiet_hours"] = quiet_hours
        if types is not UNSET:
            field_dict["types"] = types

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.preferences_channels_type_0 import PreferencesChannelsType0  # noqa: PLC0415
        from ..models.preferences_types_type_0 import PreferencesTypesType0  # noqa: PLC0415
        from ..models.quiet_hours import QuietHours  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_channels(data: object) -> None | PreferencesChannelsType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                channels_type_0 = PreferencesChannelsType0.from_dict(data)

                return channels_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PreferencesChannelsType0 | Unset, data)

        channels = _parse_channels(d.pop("channels", UNSET))

        def _parse_frequency(data: object) -> FrequencyMode | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                frequency_type_0 = check_frequency_mode(data)

                return frequency_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(FrequencyMode | None | Unset, data)

        frequency = _parse_frequency(d.pop("frequency", UNSET))

        def _parse_pause_until_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        pause_until_ms = _parse_pause_until_ms(d.pop("pause_until_ms", UNSET))

        def _parse_preferred_hours(data: object) -> list[int] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                preferred_hours_type_0 = cast(list[int], data)

                return preferred_hours_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[int] | None | Unset, data)

        preferred_hours = _parse_preferred_hours(d.pop("preferred_hours", UNSET))

        def _parse_quiet_hours(data: object) -> None | QuietHours | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                quiet_hours_type_0 = QuietHours.from_dict(data)

                return quiet_hours_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | QuietHours | Unset, data)

        quiet_hours = _parse_quiet_hours(d.pop("quiet_hours", UNSET))

        def _parse_types(data: object) -> None | PreferencesTypesType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                types_type_0 = PreferencesTypesType0.from_dict(data)

                return types_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PreferencesTypesType0 | Unset, data)

        types = _parse_types(d.pop("types", UNSET))

        preferences = cls(
            channels=channels,
            frequency=frequency,
            pause_until_ms=pause_until_ms,
            preferred_hours=preferred_hours,
            quiet_hours=quiet_hours,
            types=types,
        )

        preferences.additional_properties = d
        return preferences

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
