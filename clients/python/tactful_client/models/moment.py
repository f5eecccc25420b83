from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Moment")


@_attrs_define
class Moment:
    """One channel at one moment, and what is expected of it."""

    at_ms: int
    channel: str
    engage_prob: float
    hour: int
    utility: float
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        at_ms = self.at_ms

        channel = self.channel

        engage_prob = self.engage_prob

        hour = self.hour

        utility = self.utility

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "at_ms": at_ms,
                "channel": channel,
                "engage_prob": engage_prob,
                "hour": hour,
                "utility": utility,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        at_ms = d.pop("at_ms")

        channel = d.pop("channel")

        engage_prob = d.pop("engage_prob")

        hour = d.pop("hour")

        utility = d.pop("utility")

        moment = cls(
            at_ms=at_ms,
            channel=channel,
            engage_prob=engage_prob,
            hour=hour,
            utility=utility,
        )

        moment.additional_properties = d
        return moment

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
