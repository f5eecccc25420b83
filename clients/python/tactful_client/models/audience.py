from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.audience_by_channel import AudienceByChannel
    from ..models.best_time import BestTime


T = TypeVar("T", bound="Audience")


@_attrs_define
class Audience:
    """The best moments of each user, and how they spread over channels and hours (UTC)."""

    by_channel: AudienceByChannel
    by_hour_utc: list[int]
    type_: str
    unknown: list[str]
    users: list[BestTime]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        by_channel = self.by_channel.to_dict()

        by_hour_utc = self.by_hour_utc

        type_ = self.type_

        unknown = self.unknown

        users = []
        for users_item_data in self.users:
            users_item = users_item_data.to_dict()
            users.append(users_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "by_channel": by_channel,
                "by_hour_utc": by_hour_utc,
                "type": type_,
                "unknown": unknown,
                "users": users,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audience_by_channel import AudienceByChannel  # noqa: PLC0415
        from ..models.best_time import BestTime  # noqa: PLC0415

        d = dict(src_dict)
        by_channel = AudienceByChannel.from_dict(d.pop("by_channel"))

        by_hour_utc = cast(list[int], d.pop("by_hour_utc"))

        type_ = d.pop("type")

        unknown = cast(list[str], d.pop("unknown"))

        users = []
        _users = d.pop("users")
        for users_item_data in _users:
            users_item = BestTime.from_dict(users_item_data)

            users.append(users_item)

        audience = cls(
            by_channel=by_channel,
            by_hour_utc=by_hour_utc,
            type_=type_,
            unknown=unknown,
            users=users,
        )

        audience.additional_properties = d
        return audience

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
