from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.device_info import DeviceInfo
    from ..models.event_in_attributes_type_0 import EventInAttributesType0


T = TypeVar("T", bound="EventIn")


@_attrs_define
class EventIn:
    """Something the user did. Without `id` one is made (from the Idempotency-Key, if there is one); without `at_ms` it
    happened now.

    """

    name: str
    user_id: str
    at_ms: int | None | Unset = UNSET
    attributes: EventInAttributesType0 | None | Unset = UNSET
    channel: None | str | Unset = UNSET
    device: DeviceInfo | None | Unset = UNSET
    id: None | str | Unset = UNSET
    location: None | str | Unset = UNSET
    session_id: None | str | Unset = UNSET
    time_zone: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.device_info import DeviceInfo  # noqa: PLC0415
        from ..models.event_in_attributes_type_0 import EventInAttributesType0  # noqa: PLC0415

        name = self.name

        user_id = self.user_id

        at_ms: int | None | Unset
        if isinstance(self.at_ms, Unset):
            at_ms = UNSET
        else:
            at_ms = self.at_ms

        attributes: dict[str, Any] | None | Unset
        if isinstance(self.attributes, Unset):
            attributes = UNSET
        elif isinstance(self.attributes, EventInAttributesType0):
            attributes = self.attributes.to_dict()
        else:
            attributes = self.attributes

        channel: None | str | Unset
        if isinstance(self.channel, Unset):
            channel = UNSET
        else:
            channel = self.channel

        device: dict[str, Any] | None | Unset
        if isinstance(self.device, Unset):
            device = UNSET
        elif isinstance(self.device, DeviceInfo):
            device = self.device.to_dict()
        else:
            device = self.device

        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        location: None | str | Unset
        if isinstance(self.location, Unset):
            location = UNSET
        else:
            location = self.location

        session_id: None | str | Unset
        if isinstance(self.session_id, Unset):
            session_id = UNSET
        else:
            session_id = self.session_id

        time_zone: None | str | Unset
        if isinstance(self.time_zone, Unset):
            time_zone = UNSET
        else:
            time_zone = self.time_zone

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "user_id": user_id,
            }
        )
        if at_ms is not UNSET:
            field_dict["at_ms"] = at_ms
        if attributes is not UNSET:
            field_dict["attributes"] = attributes
        if channel is not UNSET:
            field_dict["channel"] = channel
        if device is not UNSET:
            field_dict["device"] = device
        if id is not UNSET:
            field_dict["id"] = id
        if location is not UNSET:
            field_dict["location"] = location
        if session_id is not UNSET:
            field_dict["session_id"] = session_id
        if time_zone is not UNSET:
            field_dict["time_zone"] = time_zone

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.device_info import DeviceInfo  # noqa: PLC0415
        from ..models.event_in_attributes_type_0 import EventInAttributesType0  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        user_id = d.pop("user_id")

        def _parse_at_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        at_ms = _parse_at_ms(d.pop("at_ms", UNSET))

        def _parse_attributes(data: object) -> EventInAttributesType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                attributes_type_0 = EventInAttributesType0.from_dict(data)

                return attributes_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(EventInAttributesType0 | None | Unset, data)

        attributes = _parse_attributes(d.pop("attributes", UNSET))

        def _parse_channel(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        channel = _parse_channel(d.pop("channel", UNSET))

        def _parse_device(data: object) -> DeviceInfo | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                device_type_0 = DeviceInfo.from_dict(data)

                return device_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(DeviceInfo | None | Unset, data)

        device = _parse_device(d.pop("device", UNSET))

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_location(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        location = _parse_location(d.pop("location", UNSET))

        def _parse_session_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        session_id = _parse_session_id(d.pop("session_id", UNSET))

        def _parse_time_zone(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        time_zone = _parse_time_zone(d.pop("time_zone", UNSET))

        event_in = cls(
            name=name,
            user_id=user_id,
            at_ms=at_ms,
            attributes=attributes,
            channel=channel,
            device=device,
            id=id,
            location=location,
            session_id=session_id,
            time_zone=time_zone,
        )

        event_in.additional_properties = d
        return event_in

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
