from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.preferences_out_preferences import PreferencesOutPreferences


T = TypeVar("T", bound="PreferencesOut")


@_attrs_define
class PreferencesOut:
    """What a user wants, merged; `version` is of the profile it was read from."""

    preferences: PreferencesOutPreferences
    time_zone: None | str
    user_id: str
    version: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        preferences = self.preferences.to_dict()

        time_zone: None | str
        time_zone = self.time_zone

        user_id = self.user_id

        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "preferences": preferences,
                "time_zone": time_zone,
                "user_id": user_id,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.preferences_out_preferences import PreferencesOutPreferences  # noqa: PLC0415

        d = dict(src_dict)
        preferences = PreferencesOutPreferences.from_dict(d.pop("preferences"))

        def _parse_time_zone(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        time_zone = _parse_time_zone(d.pop("time_zone"))

        user_id = d.pop("user_id")

        version = d.pop("version")

        preferences_out = cls(
            preferences=preferences,
            time_zone=time_zone,
            user_id=user_id,
            version=version,
        )

        preferences_out.additional_properties = d
        return preferences_out

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
