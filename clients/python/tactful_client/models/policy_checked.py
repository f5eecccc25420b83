from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.policy_problem import PolicyProblem


T = TypeVar("T", bound="PolicyChecked")


@_attrs_define
class PolicyChecked:
    """Whether a policy can be used; what would change against the one in force."""

    changes: list[str]
    problems: list[PolicyProblem]
    usable: bool
    warnings: list[str]
    version: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        changes = self.changes

        problems = []
        for problems_item_data in self.problems:
            problems_item = problems_item_data.to_dict()
            problems.append(problems_item)

        usable = self.usable

        warnings = self.warnings

        version: None | str | Unset
        if isinstance(self.version, Unset):
            version = UNSET
        else:
            version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "changes": changes,
                "problems": problems,
                "usable": usable,
                "warnings": warnings,
            }
        )
        if version is not UNSET:
            field_dict["version"] = version

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.policy_problem import PolicyProblem  # noqa: PLC0415

        d = dict(src_dict)
        changes = cast(list[str], d.pop("changes"))

        problems = []
        _problems = d.pop("problems")
        for problems_item_data in _problems:
            problems_item = PolicyProblem.from_dict(problems_item_data)

            problems.append(problems_item)

        usable = d.pop("usable")

        warnings = cast(list[str], d.pop("warnings"))

        def _parse_version(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        version = _parse_version(d.pop("version", UNSET))

        policy_checked = cls(
            changes=changes,
            problems=problems,
            usable=usable,
            warnings=warnings,
            version=version,
        )

        policy_checked.additional_properties = d
        return policy_checked

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
