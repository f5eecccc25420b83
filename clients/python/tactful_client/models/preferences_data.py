from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.preferences import Preferences


T = TypeVar("T", bound="PreferencesData")


@_attrs_define
class PreferencesData:
    """What one update writes; a field that it leaves out stays as it is, null takes it back."""

    preferences: Preferences
    """ What a user wants. A field that is absent is left as it was; null takes it back.

        `channels` and `types` are merged name by name: {"channels": {"sms": false}} says nothing of
        e-mail. A type is switched as a whole (bool) or by channel ({"email": true, "push": false}).
        Both may hold, the channel's own first; a profile then shows the whole's switch as "*". """
    update_id: str
    user_id: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        preferences = self.preferences.to_dict()

        update_id = self.update_id

        user_id = self.user_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "preferences": preferences,
                "update_id": update_id,
                "user_id": user_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.preferences import Preferences  # noqa: PLC0415

        d = dict(src_dict)
        preferences = Preferences.from_dict(d.pop("preferences"))

        update_id = d.pop("update_id")

        user_id = d.pop("user_id")

        preferences_data = cls(
            preferences=preferences,
            update_id=update_id,
            user_id=user_id,
        )

        preferences_data.additional_properties = d
        return preferences_data

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
