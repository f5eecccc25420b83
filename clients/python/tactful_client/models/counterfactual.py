from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.reason import Reason, check_reason
from ..models.verdict import Verdict, check_verdict
from ..types import UNSET, Unset

T = TypeVar("T", bound="Counterfactual")


@_attrs_define
class Counterfactual:
    """What would have been decided without one constraint (and those in `also`)."""

    verdict: Verdict
    """ What was decided. All but `hold` are final. """
    without: Reason
    """ Why a verdict was given: the binding constraint, or what let the notification go. """
    at_ms: int | None | Unset = UNSET
    channel: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        verdict: str = self.verdict

        without: str = self.without

        at_ms: int | None | Unset
        if isinstance(self.at_ms, Unset):
            at_ms = UNSET
        else:
            at_ms = self.at_ms

        channel: None | str | Unset
        if isinstance(self.channel, Unset):
            channel = UNSET
        else:
            channel = self.channel

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "verdict": verdict,
                "without": without,
            }
        )
        if at_ms is not UNSET:
            field_dict["at_ms"] = at_ms
        if channel is not UNSET:
            field_dict["channel"] = channel

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        verdict = check_verdict(d.pop("verdict"))

        without = check_reason(d.pop("without"))

        def _parse_at_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        at_ms = _parse_at_ms(d.pop("at_ms", UNSET))

        def _parse_channel(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        channel = _parse_channel(d.pop("channel", UNSET))

        counterfactual = cls(
            verdict=verdict,
            without=without,
            at_ms=at_ms,
            channel=channel,
        )

        counterfactual.additional_properties = d
        return counterfactual

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
