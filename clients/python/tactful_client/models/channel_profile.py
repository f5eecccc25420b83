from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.channel_profile_outcomes import ChannelProfileOutcomes


T = TypeVar("T", bound="ChannelProfile")


@_attrs_define
class ChannelProfile:
    """Engagement on one channel: all-time counts, and the smoothed probability to engage."""

    engage_prob: float
    outcomes: ChannelProfileOutcomes
    sent: int
    shrinkage_weight: float
    last_engaged_ms: int | None | Unset = UNSET
    last_sent_ms: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        engage_prob = self.engage_prob

        outcomes = self.outcomes.to_dict()

        sent = self.sent

        shrinkage_weight = self.shrinkage_weight

        last_engaged_ms: int | None | Unset
        if isinstance(self.last_engaged_ms, Unset):
            last_engaged_ms = UNSET
        else:
            last_engaged_ms = self.last_engaged_ms

        last_sent_ms: int | None | Unset
        if isinstance(self.last_sent_ms, Unset):
            last_sent_ms = UNSET
        else:
            last_sent_ms = self.last_sent_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "engage_prob": engage_prob,
                "outcomes": outcomes,
                "sent": sent,
                "shrinkage_weight": shrinkage_weight,
            }
        )
        if last_engaged_ms is not UNSET:
            field_dict["last_engaged_ms"] = last_engaged_ms
        if last_sent_ms is not UNSET:
            field_dict["last_sent_ms"] = last_sent_ms

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.channel_profile_outcomes import ChannelProfileOutcomes  # noqa: PLC0415

        d = dict(src_dict)
        engage_prob = d.pop("engage_prob")

        outcomes = ChannelProfileOutcomes.from_dict(d.pop("outcomes"))

        sent = d.pop("sent")

        shrinkage_weight = d.pop("shrinkage_weight")

        def _parse_last_engaged_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        last_engaged_ms = _parse_last_engaged_ms(d.pop("last_engaged_ms", UNSET))

        def _parse_last_sent_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        last_sent_ms = _parse_last_sent_ms(d.pop("last_sent_ms", UNSET))

        channel_profile = cls(
            engage_prob=engage_prob,
            outcomes=outcomes,
            sent=sent,
            shrinkage_weight=shrinkage_weight,
            last_engaged_ms=last_engaged_ms,
            last_sent_ms=last_sent_ms,
        )

        channel_profile.additional_properties = d
        return channel_profile

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
