from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.outcome import Outcome, check_outcome
from ..types import UNSET, Unset

T = TypeVar("T", bound="FeedbackIn")


@_attrs_define
class FeedbackIn:
    """What became of a notification that was sent."""

    channel: str
    decision_id: str
    outcome: Outcome
    """ What became of a notification that was sent. """
    user_id: str
    at_ms: int | None | Unset = UNSET
    id: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        channel = self.channel

        decision_id = self.decision_id

        outcome: str = self.outcome

        user_id = self.user_id

        at_ms: int | None | Unset
        if isinstance(self.at_ms, Unset):
            at_ms = UNSET
        else:
            at_ms = self.at_ms

        id: None | str | Unset
        if isinstance(self.id, Unset):
            id = UNSET
        else:
            id = self.id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "channel": channel,
                "decision_id": decision_id,
                "outcome": outcome,
                "user_id": user_id,
            }
        )
        if at_ms is not UNSET:
            field_dict["at_ms"] = at_ms
        if id is not UNSET:
            field_dict["id"] = id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        channel = d.pop("channel")

        decision_id = d.pop("decision_id")

        outcome = check_outcome(d.pop("outcome"))

        user_id = d.pop("user_id")

        def _parse_at_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        at_ms = _parse_at_ms(d.pop("at_ms", UNSET))

        def _parse_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        id = _parse_id(d.pop("id", UNSET))

        feedback_in = cls(
            channel=channel,
            decision_id=decision_id,
            outcome=outcome,
            user_id=user_id,
            at_ms=at_ms,
            id=id,
        )

        feedback_in.additional_properties = d
        return feedback_in

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
