from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.ending import Ending, check_ending
from ..models.reason import Reason, check_reason
from ..types import UNSET, Unset

T = TypeVar("T", bound="Fate")


@_attrs_define
class Fate:
    """What became of one request.

    Attributes:
        ending: of its first attempt.
        reason: of the last verdict on that.
        channels: of its sends, in order: more than one by failover or escalation.
        at_ms: when the first attempt ended.
        held: for which reasons it was held, in order, each once.
        explanation: the ledger's sentence on its first verdict.

    """

    at_ms: int
    ending: Ending
    """ How a request ended, as people count it; a send that was held first is another one. """
    reason: Reason
    """ Why a verdict was given: the binding constraint, or what let the notification go. """
    channels: list[str] | Unset = UNSET
    explanation: str | Unset = ""
    held: list[Reason] | Unset = UNSET
    merged_into: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        at_ms = self.at_ms

        ending: str = self.ending

        reason: str = self.reason

        channels: list[str] | Unset = UNSET
        if not isinstance(self.channels, Unset):
            channels = self.channels

        explanation = self.explanation

        held: list[str] | Unset = UNSET
        if not isinstance(self.held, Unset):
            held = []
            for held_item_data in self.held:
                held_item: str = held_item_data
                held.append(held_item)

        merged_into: None | str | Unset
        if isinstance(self.merged_into, Unset):
            merged_into = UNSET
        else:
            merged_into = self.merged_into

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "at_ms": at_ms,
                "ending": ending,
                "reason": reason,
            }
        )
        if channels is not UNSET:
            field_dict["channels"] = channels
        if explanation is not UNSET:
            field_dict["explanation"] = explanation
        if held is not UNSET:
            field_dict["held"] = held
        if merged_into is not UNSET:
            field_dict["merged_into"] = merged_into

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        at_ms = d.pop("at_ms")

        ending = check_ending(d.pop("ending"))

        reason = check_reason(d.pop("reason"))

        channels = cast(list[str], d.pop("channels", UNSET))

        explanation = d.pop("explanation", UNSET)

        _held = d.pop("held", UNSET)
        held: list[Reason] | Unset = UNSET
        if _held is not UNSET:
            held = []
            for held_item_data in _held:
                held_item = check_reason(held_item_data)

                held.append(held_item)

        def _parse_merged_into(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        merged_into = _parse_merged_into(d.pop("merged_into", UNSET))

        fate = cls(
            at_ms=at_ms,
            ending=ending,
            reason=reason,
            channels=channels,
            explanation=explanation,
            held=held,
            merged_into=merged_into,
        )

        fate.additional_properties = d
        return fate

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
