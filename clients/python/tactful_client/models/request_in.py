from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.priority import Priority, check_priority
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.request_in_data_type_0 import RequestInDataType0


T = TypeVar("T", bound="RequestIn")


@_attrs_define
class RequestIn:
    """A wish to notify a user. `id` is the idempotency key of the request."""

    type_: str
    user_id: str
    at_ms: int | None | Unset = UNSET
    batch_key: None | str | Unset = UNSET
    campaign: None | str | Unset = UNSET
    channels: list[str] | None | Unset = UNSET
    data: None | RequestInDataType0 | Unset = UNSET
    expires_at_ms: int | None | Unset = UNSET
    id: None | str | Unset = UNSET
    not_before_ms: int | None | Unset = UNSET
    priority: None | Priority | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.request_in_data_type_0 import RequestInDataType0  # noqa: PLC0415

        type_ = self.type_

        user_id = self.user_id

        at_ms: int | None | Unset
        if isinstance(self.at_ms, Unset):
            at_ms = UNSET
        else:
            at_ms = self.at_ms

        batch_key: None | str | Unset
        if isinstance(self.batch_key, Unset):
            batch_key = UNSET
        else:
            batch_key = self.batch_key

        campaign: None | str | Unset
        if isinstance(self.campaign, Unset):
            campaign = UNSET
        else:
            campaign = self.campaign

        channels: list[str] | None | Unset
        if isinstance(self.channels, Unset):
            channels = UNSET
        elif isinstance(self.channels, list):
            channels = self.channels

        else:
            channels = self.channels

        data: dict[str, Any] | None | Unset
        if isinstance(self.data, Unset):
            data = UNSET
        elif isinstance(self.data, RequestInDataType0):
            data = self.data.to_dict()
        else:
            data = self.data

        expires_at_ms: int | None | Unset
        if isinstance(self.expires_at_ms, Unset):
            expires_at_ms = UNSET
        else:
            expires_at_ms = self.expires_at_ms

        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        not_before_ms: int | None | Unset
        if isinstance(self.not_before_ms, Unset):
            not_before_ms = UNSET
        else:
            not_before_ms = self.not_before_ms

        priority: None | str | Unset
        if isinstance(self.priority, Unset):
            priority = UNSET
        elif isinstance(self.priority, str):
            priority = self.priority
        else:
            priority = self.priority

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "type": type_,
                "user_id": user_id,
            }
        )
        if at_ms is not UNSET:
            field_dict["at_ms"] = at_ms
        if batch_key is not UNSET:
            field_dict["batch_key"] = batch_key
        if campaign is not UNSET:
            field_dict["campaign"] = campaign
        if channels is not UNSET:
            field_dict["channels"] = channels
        if data is not UNSET:
            field_dict["data"] = data
        if expires_at_ms is not UNSET:
            field_dict["expires_at_ms"] = expires_at_ms
        if id is not UNSET:
            field_dict["id"] = id
        if not_before_ms is not UNSET:
            field_dict["not_before_ms"] = not_before_ms
        if priority is not UNSET:
            field_dict["priority"] = priority

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.request_in_data_type_0 import RequestInDataType0  # noqa: PLC0415

        d = dict(src_dict)
        type_ = d.pop("type")

        user_id = d.pop("user_id")

        def _parse_at_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        at_ms = _parse_at_ms(d.pop("at_ms", UNSET))

        def _parse_batch_key(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        batch_key = _parse_batch_key(d.pop("batch_key", UNSET))

        def _parse_campaign(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        campaign = _parse_campaign(d.pop("campaign", UNSET))

        def _parse_channels(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                channels_type_0 = cast(list[str], data)

                return channels_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        channels = _parse_channels(d.pop("channels", UNSET))

        def _parse_data(data: object) -> None | RequestInDataType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                data_type_0 = RequestInDataType0.from_dict(data)

                return data_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RequestInDataType0 | Unset, data)

        data = _parse_data(d.pop("data", UNSET))

        def _parse_expires_at_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        expires_at_ms = _parse_expires_at_ms(d.pop("expires_at_ms", UNSET))

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_not_before_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        not_before_ms = _parse_not_before_ms(d.pop("not_before_ms", UNSET))

        def _parse_priority(data: object) -> None | Priority | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                priority_type_0 = check_priority(data)

                return priority_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Priority | Unset, data)

        priority = _parse_priority(d.pop("priority", UNSET))

        request_in = cls(
            type_=type_,
            user_id=user_id,
            at_ms=at_ms,
            batch_key=batch_key,
            campaign=campaign,
            channels=channels,
            data=data,
            expires_at_ms=expires_at_ms,
            id=id,
            not_before_ms=not_before_ms,
            priority=priority,
        )

        request_in.additional_properties = d
        return request_in

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
