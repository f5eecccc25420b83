from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.profile_in_attributes_type_0 import ProfileInAttributesType0
    from ..models.profile_in_identifiers_type_0 import ProfileInIdentifiersType0


T = TypeVar("T", bound="ProfileIn")


@_attrs_define
class ProfileIn:
    """New values for parts of a profile; null takes a field back."""

    at_ms: int | None | Unset = UNSET
    attributes: None | ProfileInAttributesType0 | Unset = UNSET
    id: None | str | Unset = UNSET
    identifiers: None | ProfileInIdentifiersType0 | Unset = UNSET
    time_zone: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.profile_in_attributes_type_0 import ProfileInAttributesType0  # noqa: PLC0415
        from ..models.profile_in_identifiers_type_0 import ProfileInIdentifiersType0  # noqa: PLC0415

        at_ms: int | None | Unset
        if isinstance(self.at_ms, Unset):
            at_ms = UNSET
        else:
            at_ms = self.at_ms

        attributes: dict[str, Any] | None | Unset
        if isinstance(self.attributes, Unset):
            attributes = UNSET
        elif isinstance(self.attributes, ProfileInAttributesType0):
            attributes = self.attributes.to_dict()
        else:
            attributes = self.attributes

        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        identifiers: dict[str, Any] | None | Unset
        if isinstance(self.identifiers, Unset):
            identifiers = UNSET
        elif isinstance(self.identifiers, ProfileInIdentifiersType0):
            identifiers = self.identifiers.to_dict()
        else:
            identifiers = self.identifiers

        time_zone: None | str | Unset
        if isinstance(self.time_zone, Unset):
            time_zone = UNSET
        else:
            time_zone = self.time_zone

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if at_ms is not UNSET:
            field_dict["at_ms"] = at_ms
        if attributes is not UNSET:
            field_dict["attributes"] = attributes
        if id is not UNSET:
            field_dict["id"] = id
        if identifiers is not UNSET:
            field_dict["identifiers"] = identifiers
        if time_zone is not UNSET:
            field_dict["time_zone"] = time_zone

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.profile_in_attributes_type_0 import ProfileInAttributesType0  # noqa: PLC0415
        from ..models.profile_in_identifiers_type_0 import ProfileInIdentifiersType0  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_at_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        at_ms = _parse_at_ms(d.pop("at_ms", UNSET))

        def _parse_attributes(data: object) -> None | ProfileInAttributesType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                attributes_type_0 = ProfileInAttributesType0.from_dict(data)

                return attributes_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ProfileInAttributesType0 | Unset, data)

        attributes = _parse_attributes(d.pop("attributes", UNSET))

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        id = _parse_id(d.pop("id", UNSET))

        def _parse_identifiers(data: object) -> None | ProfileInIdentifiersType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                identifiers_type_0 = ProfileInIdentifiersType0.from_dict(data)

                return identifiers_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | ProfileInIdentifiersType0 | Unset, data)

        identifiers = _parse_identifiers(d.pop("identifiers", UNSET))

        def _parse_time_zone(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        time_zone = _parse_time_zone(d.pop("time_zone", UNSET))

        profile_in = cls(
            at_ms=at_ms,
            attributes=attributes,
            id=id,
            identifiers=identifiers,
            time_zone=time_zone,
        )

        profile_in.additional_properties = d
        return profile_in

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
