from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.consent_change_consent import ConsentChangeConsent


T = TypeVar("T", bound="ConsentChange")


@_attrs_define
class ConsentChange:
    """Single consents: true, false, or null to take one back."""

    consent: ConsentChangeConsent

    def to_dict(self) -> dict[str, Any]:
        consent = self.consent.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "consent": consent,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.consent_change_consent import ConsentChangeConsent  # noqa: PLC0415

        d = dict(src_dict)
        consent = ConsentChangeConsent.from_dict(d.pop("consent"))

        consent_change = cls(
            consent=consent,
        )

        return consent_change
