from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.reason import Reason, check_reason
from ..models.verdict import Verdict, check_verdict

if TYPE_CHECKING:
    from ..models.ledger_entry import LedgerEntry


T = TypeVar("T", bound="Explanation")


@_attrs_define
class Explanation:
    """Why a request ended, or waits, as it does; all its verdicts, oldest first."""

    entries: list[LedgerEntry]
    explanation: str
    final: bool
    reason: Reason
    """ Why a verdict was given: the binding constraint, or what let the notification go. """
    request_id: str
    user_id: str
    verdict: Verdict
    """ What was decided. All but `hold` are final. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        entries = []
        for entries_item_data in self.entries:
            entries_item = entries_item_data.to_dict()
            entries.append(entries_item)

        explanation = self.explanation

        final = self.final

        reason: str = self.reason

        request_id = self.request_id

        user_id = self.user_id

        verdict: str = self.verdict

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "entries": entries,
                "explanation": explanation,
                "final": final,
                "reason": reason,
                "request_id": request_id,
                "user_id": user_id,
                "verdict": verdict,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.ledger_entry import LedgerEntry  # noqa: PLC0415

        d = dict(src_dict)
        entries = []
        _entries = d.pop("entries")
        for entries_item_data in _entries:
            entries_item = LedgerEntry.from_dict(entries_item_data)

            entries.append(entries_item)

        explanation = d.pop("explanation")

        final = d.pop("final")

        reason = check_reason(d.pop("reason"))

        request_id = d.pop("request_id")

        user_id = d.pop("user_id")

        verdict = check_verdict(d.pop("verdict"))

        explanation = cls(
            entries=entries,
            explanation=explanation,
            final=final,
            reason=reason,
            request_id=request_id,
            user_id=user_id,
            verdict=verdict,
        )

        explanation.additional_properties = d
        return explanation

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
