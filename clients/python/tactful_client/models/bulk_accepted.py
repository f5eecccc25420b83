from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.accepted import Accepted
    from ..models.refused import Refused


T = TypeVar("T", bound="BulkAccepted")


@_attrs_define
class BulkAccepted:
    """What became of a bulk: the good ones are written, the others told."""

    accepted: list[Accepted]
    refused: list[Refused]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        accepted = []
        for accepted_item_data in self.accepted:
            accepted_item = accepted_item_data.to_dict()
            accepted.append(accepted_item)

        refused = []
        for refused_item_data in self.refused:
            refused_item = refused_item_data.to_dict()
            refused.append(refused_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "accepted": accepted,
                "refused": refused,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.accepted import Accepted  # noqa: PLC0415
        from ..models.refused import Refused  # noqa: PLC0415

        d = dict(src_dict)
        accepted = []
        _accepted = d.pop("accepted")
        for accepted_item_data in _accepted:
            accepted_item = Accepted.from_dict(accepted_item_data)

            accepted.append(accepted_item)

        refused = []
        _refused = d.pop("refused")
        for refused_item_data in _refused:
            refused_item = Refused.from_dict(refused_item_data)

            refused.append(refused_item)

        bulk_accepted = cls(
            accepted=accepted,
            refused=refused,
        )

        bulk_accepted.additional_properties = d
        return bulk_accepted

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
