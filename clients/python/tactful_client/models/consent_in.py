from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.consent_in_consent import ConsentInConsent


T = TypeVar("T", bound="ConsentIn")


@_attrs_define
class ConsentIn:
    """The whole consent: what is not named any more is taken back."""

    consent: ConsentInConsent

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
        from ..models.consent_in_consent import ConsentInConsent  # noqa: PLC0415

        d = dict(src_dict)
        consent = ConsentInConsent.from_dict(d.pop("consent"))

        consent_in = cls(
            consent=consent,
        )

        return consent_in
