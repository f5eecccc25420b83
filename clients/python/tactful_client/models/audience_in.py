from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="AudienceIn")


@_attrs_define
class AudienceIn:
    """The users of a campaign."""

    type_: str
    user_ids: list[str]

    def to_dict(self) -> dict[str, Any]:
        type_ = self.type_

        user_ids = self.user_ids

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "type": type_,
                "user_ids": user_ids,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        type_ = d.pop("type")

        user_ids = cast(list[str], d.pop("user_ids"))

        audience_in = cls(
            type_=type_,
            user_ids=user_ids,
        )

        return audience_in
