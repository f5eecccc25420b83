from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="HeldProfile")


@_attrs_define
class HeldProfile:
    """What waits for the user."""

    count: int
    next_wakeup_ms: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        count = self.count

        next_wakeup_ms: int | None | Unset
        if isinstance(self.next_wakeup_ms, Unset):
            next_wakeup_ms = UNSET
        else:
            next_wakeup_ms = self.next_wakeup_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "count": count,
            }
        )
        if next_wakeup_ms is not UNSET:
            field_dict["next_wakeup_ms"] = next_wakeup_ms

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        count = d.pop("count")

        def _parse_next_wakeup_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        next_wakeup_ms = _parse_next_wakeup_ms(d.pop("next_wakeup_ms", UNSET))

        held_profile = cls(
            count=count,
            next_wakeup_ms=next_wakeup_ms,
        )

        held_profile.additional_properties = d
        return held_profile

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
