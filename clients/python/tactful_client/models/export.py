from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.audit_row import AuditRow
    from ..models.ledger_entry import LedgerEntry
    from ..models.profile import Profile


T = TypeVar("T", bound="Export")


@_attrs_define
class Export:
    """Profile (with contact data), verdicts and audit records of a user, readable.

    `complete` says whether all of these three that is stored is in it: it is false when a row could
    not be read, or there were more than 50,000 of a kind.

    """

    audit: list[AuditRow]
    complete: bool
    exported_at_ms: int
    history: list[LedgerEntry]
    profile: None | Profile
    user_id: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.profile import Profile  # noqa: PLC0415

        audit = []
        for audit_item_data in self.audit:
            audit_item = audit_item_data.to_dict()
            audit.append(audit_item)

        complete = self.complete

        exported_at_ms = self.exported_at_ms

        history = []
        for history_item_data in self.history:
            history_item = history_item_data.to_dict()
            history.append(history_item)

        profile: dict[str, Any] | None
        if isinstance(self.profile, Profile):
            profile = self.profile.to_dict()
        else:
            profile = self.profile

        user_id = self.user_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "audit": audit,
                "complete": complete,
                "exported_at_ms": exported_at_ms,
                "history": history,
                "profile": profile,
                "user_id": user_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.audit_row import AuditRow  # noqa: PLC0415
        from ..models.ledger_entry import LedgerEntry  # noqa: PLC0415
        from ..models.profile import Profile  # noqa: PLC0415

        d = dict(src_dict)
        audit = []
        _audit = d.pop("audit")
        for audit_item_data in _audit:
            audit_item = AuditRow.from_dict(audit_item_data)

            audit.append(audit_item)

        complete = d.pop("complete")

        exported_at_ms = d.pop("exported_at_ms")

        history = []
        _history = d.pop("history")
        for history_item_data in _history:
            history_item = LedgerEntry.from_dict(history_item_data)

            history.append(history_item)

        def _parse_profile(data: object) -> None | Profile:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                profile_type_0 = Profile.from_dict(data)

                return profile_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | Profile, data)

        profile = _parse_profile(d.pop("profile"))

        user_id = d.pop("user_id")

        export = cls(
            audit=audit,
            complete=complete,
            exported_at_ms=exported_at_ms,
            history=history,
            profile=profile,
            user_id=user_id,
        )

        export.additional_properties = d
        return export

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
