from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.delays import Delays
    from ..models.pair_count import PairCount
    from ..models.preview_side_endings import PreviewSideEndings


T = TypeVar("T", bound="PreviewSide")


@_attrs_define
class PreviewSide:
    """What became of the requests under one policy; `sends` by channel and type."""

    delay_min: Delays
    """ How many minutes sent requests waited; null where none was sent. """
    endings: PreviewSideEndings
    reasons: list[PairCount]
    sends: list[PairCount]
    version: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        delay_min = self.delay_min.to_dict()

        endings = self.endings.to_dict()

        reasons = []
        for reasons_item_data in self.reasons:
            reasons_item = reasons_item_data.to_dict()
            reasons.append(reasons_item)

        sends = []
        for sends_item_data in self.sends:
            sends_item = sends_item_data.to_dict()
            sends.append(sends_item)

        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "delay_min": delay_min,
                "endings": endings,
                "reasons": reasons,
                "sends": sends,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.delays import Delays  # noqa: PLC0415
        from ..models.pair_count import PairCount  # noqa: PLC0415
        from ..models.preview_side_endings import PreviewSideEndings  # noqa: PLC0415

        d = dict(src_dict)
        delay_min = Delays.from_dict(d.pop("delay_min"))

        endings = PreviewSideEndings.from_dict(d.pop("endings"))

        reasons = []
        _reasons = d.pop("reasons")
        for reasons_item_data in _reasons:
            reasons_item = PairCount.from_dict(reasons_item_data)

            reasons.append(reasons_item)

        sends = []
        _sends = d.pop("sends")
        for sends_item_data in _sends:
            sends_item = PairCount.from_dict(sends_item_data)

            sends.append(sends_item)

        version = d.pop("version")

        preview_side = cls(
            delay_min=delay_min,
            endings=endings,
            reasons=reasons,
            sends=sends,
            version=version,
        )

        preview_side.additional_properties = d
        return preview_side

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
