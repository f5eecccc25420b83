from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.reason import Reason, check_reason
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.moment import Moment


T = TypeVar("T", bound="BestTime")


@_attrs_define
class BestTime:
    """The best channel and moment for a type within two days, and the other channels' earliest.

    `evidence` is how many events of the user the hours are from; at 0 they are those of all users.
    Caps and gaps don't count here: the sends they count are not in the profile.

    """

    evidence: float
    explanation: str
    reason: Reason
    """ Why a verdict was given: the binding constraint, or what let the notification go. """
    time_zone: str
    type_: str
    user_id: str
    best: Moment | None | Unset = UNSET
    others: list[Moment] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.moment import Moment  # noqa: PLC0415

        evidence = self.evidence

        explanation = self.explanation

        reason: str = self.reason

        time_zone = self.time_zone

        type_ = self.type_

        user_id = self.user_id

        best: dict[str, Any] | None | Unset
        if isinstance(self.best, Unset):
            best = UNSET
        elif isinstance(self.best, Moment):
            best = self.best.to_dict()
        else:
            best = self.best

        others: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.others, Unset):
            others = []
            for others_item_data in self.others:
                others_item = others_item_data.to_dict()
                others.append(others_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "evidence": evidence,
                "explanation": explanation,
                "reason": reason,
                "time_zone": time_zone,
                "type": type_,
                "user_id": user_id,
            }
        )
        if best is not UNSET:
            field_dict["best"] = best
        if others is not UNSET:
            field_dict["others"] = others

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.moment import Moment  # noqa: PLC0415

        d = dict(src_dict)
        evidence = d.pop("evidence")

        explanation = d.pop("explanation")

        reason = check_reason(d.pop("reason"))

        time_zone = d.pop("time_zone")

        type_ = d.pop("type")

        user_id = d.pop("user_id")

        def _parse_best(data: object) -> Moment | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                best_type_0 = Moment.from_dict(data)

                return best_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Moment | None | Unset, data)

        best = _parse_best(d.pop("best", UNSET))

        _others = d.pop("others", UNSET)
        others: list[Moment] | Unset = UNSET
        if _others is not UNSET:
            others = []
            for others_item_data in _others:
                others_item = Moment.from_dict(others_item_data)

                others.append(others_item)

        best_time = cls(
            evidence=evidence,
            explanation=explanation,
            reason=reason,
            time_zone=time_zone,
            type_=type_,
            user_id=user_id,
            best=best,
            others=others,
        )

        best_time.additional_properties = d
        return best_time

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
