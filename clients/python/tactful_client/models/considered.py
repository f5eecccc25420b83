from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.reason import Reason, check_reason
from ..types import UNSET, Unset

T = TypeVar("T", bound="Considered")


@_attrs_define
class Considered:
    """How one channel did for one request.

    `score` is the expected utility of its best moment, in units of value, 0 and more;
    `earliest_ms` that moment's lower bound (None: never before expiry); `blocked_by` the
    constraints that bind there.

    """

    channel: str
    score: float
    blocked_by: list[Reason] | Unset = UNSET
    earliest_ms: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        channel = self.channel

        score = self.score

        blocked_by: list[str] | Unset = UNSET
        if not isinstance(self.blocked_by, Unset):
            blocked_by = []
            for blocked_by_item_data in self.blocked_by:
                blocked_by_item: str = blocked_by_item_data
                blocked_by.append(blocked_by_item)

        earliest_ms: int | None | Unset
        if isinstance(self.earliest_ms, Unset):
            earliest_ms = UNSET
        else:
            earliest_ms = self.earliest_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "channel": channel,
                "score": score,
            }
        )
        if blocked_by is not UNSET:
            field_dict["blocked_by"] = blocked_by
        if earliest_ms is not UNSET:
            field_dict["earliest_ms"] = earliest_ms

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        channel = d.pop("channel")

        score = d.pop("score")

        _blocked_by = d.pop("blocked_by", UNSET)
        blocked_by: list[Reason] | Unset = UNSET
        if _blocked_by is not UNSET:
            blocked_by = []
            for blocked_by_item_data in _blocked_by:
                blocked_by_item = check_reason(blocked_by_item_data)

                blocked_by.append(blocked_by_item)

        def _parse_earliest_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        earliest_ms = _parse_earliest_ms(d.pop("earliest_ms", UNSET))

        considered = cls(
            channel=channel,
            score=score,
            blocked_by=blocked_by,
            earliest_ms=earliest_ms,
        )

        considered.additional_properties = d
        return considered

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
