from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.consent_data_consent import ConsentDataConsent


T = TypeVar("T", bound="ConsentData")


@_attrs_define
class ConsentData:
    """The consents that one update writes, by purpose or `purpose:channel`; null takes back."""

    consent: ConsentDataConsent
    update_id: str
    user_id: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        consent = self.consent.to_dict()

        update_id = self.update_id

        user_id = self.user_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "consent": consent,
                "update_id": update_id,
                "user_id": user_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.consent_data_consent import ConsentDataConsent  # noqa: PLC0415

        d = dict(src_dict)
        consent = ConsentDataConsent.from_dict(d.pop("consent"))

        update_id = d.pop("update_id")

        user_id = d.pop("user_id")

        consent_data = cls(
            consent=consent,
            update_id=update_id,
            user_id=user_id,
        )

        consent_data.additional_properties = d
        return consent_data

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
