from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.preferences_told_type import (
    PreferencesToldType,
    check_preferences_told_type,
)

if TYPE_CHECKING:
    from ..models.preferences_data import PreferencesData


T = TypeVar("T", bound="PreferencesTold")


@_attrs_define
class PreferencesTold:
    """A change of what someone wants."""

    data: PreferencesData
    """ What one update writes; a field that it leaves out stays as it is, null takes it back. """
    timestamp: datetime.datetime
    type_: PreferencesToldType
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        data = self.data.to_dict()

        timestamp = self.timestamp.isoformat()

        type_: str = self.type_

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "data": data,
                "timestamp": timestamp,
                "type": type_,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.preferences_data import PreferencesData  # noqa: PLC0415

        d = dict(src_dict)
        data = PreferencesData.from_dict(d.pop("data"))

        timestamp = datetime.datetime.fromisoformat(d.pop("timestamp"))

        type_ = check_preferences_told_type(d.pop("type"))

        preferences_told = cls(
            data=data,
            timestamp=timestamp,
            type_=type_,
        )

        preferences_told.additional_properties = d
        return preferences_told

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
