from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.receipt_state import ReceiptState, check_receipt_state

T = TypeVar("T", bound="Receipt")


@_attrs_define
class Receipt:
    """An erasure under way or done. `receipt` proves it: it is signed and holds no user id."""

    erased_at_ms: int
    keys_destroyed: int
    profile_gone: bool
    receipt: str
    state: ReceiptState
    status_url: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        erased_at_ms = self.erased_at_ms

        keys_destroyed = self.keys_destroyed

        profile_gone = self.profile_gone

        receipt = self.receipt

        state: str = self.state

        status_url = self.status_url

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "erased_at_ms": erased_at_ms,
                "keys_destroyed": keys_destroyed,
                "profile_gone": profile_gone,
                "receipt": receipt,
                "state": state,
                "status_url": status_url,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        erased_at_ms = d.pop("erased_at_ms")

        keys_destroyed = d.pop("keys_destroyed")

        profile_gone = d.pop("profile_gone")

        receipt = d.pop("receipt")

        state = check_receipt_state(d.pop("state"))

        status_url = d.pop("status_url")

        receipt = cls(
            erased_at_ms=erased_at_ms,
            keys_destroyed=keys_destroyed,
            profile_gone=profile_gone,
            receipt=receipt,
            state=state,
            status_url=status_url,
        )

        receipt.additional_properties = d
        return receipt

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
