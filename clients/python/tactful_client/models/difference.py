from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.fate import Fate


T = TypeVar("T", bound="Difference")


@_attrs_define
class Difference:
    """A request that another policy treats in another way; a side is None where it was unknown."""

    after: Fate | None
    before: Fate | None
    request_id: str
    requested_at_ms: int
    type_: str
    user_id: str
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.fate import Fate  # noqa: PLC0415

        after: dict[str, Any] | None
        if isinstance(self.after, Fate):
            after = self.after.to_dict()
        else:
            after = self.after

        before: dict[str, Any] | None
        if isinstance(self.before, Fate):
            before = self.before.to_dict()
        else:
            before = self.before

        request_id = self.request_id

        requested_at_ms = self.requested_at_ms

        type_ = self.type_

        user_id = self.user_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "after": after,
                "before": before,
                "request_id": request_id,
                "requested_at_ms": requested_at_ms,
                "type": type_,
                "user_id": user_id,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.fate import Fate  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_after(data: object) -> Fate | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                after_type_0 = Fate.from_dict(data)

                return after_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Fate | None, data)

        after = _parse_after(d.pop("after"))

        def _parse_before(data: object) -> Fate | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                before_type_0 = Fate.from_dict(data)

                return before_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Fate | None, data)

        before = _parse_before(d.pop("before"))

        request_id = d.pop("request_id")

        requested_at_ms = d.pop("requested_at_ms")

        type_ = d.pop("type")

        user_id = d.pop("user_id")

        difference = cls(
            after=after,
            before=before,
            request_id=request_id,
            requested_at_ms=requested_at_ms,
            type_=type_,
            user_id=user_id,
        )

        difference.additional_properties = d
        return difference

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
