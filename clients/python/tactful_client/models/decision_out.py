from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.reason import Reason, check_reason
from ..models.verdict import Verdict, check_verdict
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.ledger_entry import LedgerEntry


T = TypeVar("T", bound="DecisionOut")


@_attrs_define
class DecisionOut:
    """The verdict on a request."""

    decision_id: str
    entry: LedgerEntry
    """ One verdict with its why.

        Each attempt of a request has any number of holds and one final verdict; attempts beyond the
        first come by failover, escalation, or as `critical` goes out on all channels. """
    explanation: str
    final: bool
    reason: Reason
    """ Why a verdict was given: the binding constraint, or what let the notification go. """
    request_id: str
    user_id: str
    verdict: Verdict
    """ What was decided. All but `hold` are final. """
    channel: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        decision_id = self.decision_id

        entry = self.entry.to_dict()

        explanation = self.explanation

        final = self.final

        reason: str = self.reason

        request_id = self.request_id

        user_id = self.user_id

        verdict: str = self.verdict

        channel: None | str | Unset
        if isinstance(self.channel, Unset):
            channel = UNSET
        else:
            channel = self.channel

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "decision_id": decision_id,
                "entry": entry,
                "explanation": explanation,
                "final": final,
                "reason": reason,
                "request_id": request_id,
                "user_id": user_id,
                "verdict": verdict,
            }
        )
        if channel is not UNSET:
            field_dict["channel"] = channel

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ledger_entry import LedgerEntry  # noqa: PLC0415

        d = dict(src_dict)
        decision_id = d.pop("decision_id")

        entry = LedgerEntry.from_dict(d.pop("entry"))

        explanation = d.pop("explanation")

        final = d.pop("final")

        reason = check_reason(d.pop("reason"))

        request_id = d.pop("request_id")

        user_id = d.pop("user_id")

        verdict = check_verdict(d.pop("verdict"))

        def _parse_channel(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        channel = _parse_channel(d.pop("channel", UNSET))

        decision_out = cls(
            decision_id=decision_id,
            entry=entry,
            explanation=explanation,
            final=final,
            reason=reason,
            request_id=request_id,
            user_id=user_id,
            verdict=verdict,
            channel=channel,
        )

        decision_out.additional_properties = d
        return decision_out

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
