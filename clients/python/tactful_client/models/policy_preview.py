from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.difference import Difference
    from ..models.pair_count import PairCount
    from ..models.preview_side import PreviewSide


T = TypeVar("T", bound="PolicyPreview")


@_attrs_define
class PolicyPreview:
    """The history under the policy in force and another one, and requests that differ."""

    after: PreviewSide
    """ What became of the requests under one policy; `sends` by channel and type. """
    before: PreviewSide
    """ What became of the requests under one policy; `sends` by channel and type. """
    examples: list[Difference]
    left_out: int
    moves: list[PairCount]
    reason_moves: list[PairCount]
    records: int
    requests: int
    requests_changed: int
    users: int
    users_changed: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        after = self.after.to_dict()

        before = self.before.to_dict()

        examples = []
        for examples_item_data in self.examples:
            examples_item = examples_item_data.to_dict()
            examples.append(examples_item)

        left_out = self.left_out

        moves = []
        for moves_item_data in self.moves:
            moves_item = moves_item_data.to_dict()
            moves.append(moves_item)

        reason_moves = []
        for reason_moves_item_data in self.reason_moves:
            reason_moves_item = reason_moves_item_data.to_dict()
            reason_moves.append(reason_moves_item)

        records = self.records

        requests = self.requests

        requests_changed = self.requests_changed

        users = self.users

        users_changed = self.users_changed

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "after": after,
                "before": before,
                "examples": examples,
                "left_out": left_out,
                "moves": moves,
                "reason_moves": reason_moves,
                "records": records,
                "requests": requests,
                "requests_changed": requests_changed,
                "users": users,
                "users_changed": users_changed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.difference import Difference  # noqa: PLC0415
        from ..models.pair_count import PairCount  # noqa: PLC0415
        from ..models.preview_side import PreviewSide  # noqa: PLC0415

        d = dict(src_dict)
        after = PreviewSide.from_dict(d.pop("after"))

        before = PreviewSide.from_dict(d.pop("before"))

        examples = []
        _examples = d.pop("examples")
        for examples_item_data in _examples:
            examples_item = Difference.from_dict(examples_item_data)

            examples.append(examples_item)

        left_out = d.pop("left_out")

        moves = []
        _moves = d.pop("moves")
        for moves_item_data in _moves:
            moves_item = PairCount.from_dict(moves_item_data)

            moves.append(moves_item)

        reason_moves = []
        _reason_moves = d.pop("reason_moves")
        for reason_moves_item_data in _reason_moves:
            reason_moves_item = PairCount.from_dict(reason_moves_item_data)

            reason_moves.append(reason_moves_item)

        records = d.pop("records")

        requests = d.pop("requests")

        requests_changed = d.pop("requests_changed")

        users = d.pop("users")

        users_changed = d.pop("users_changed")

        policy_preview = cls(
            after=after,
            before=before,
            examples=examples,
            left_out=left_out,
            moves=moves,
            reason_moves=reason_moves,
            records=records,
            requests=requests,
            requests_changed=requests_changed,
            users=users,
            users_changed=users_changed,
        )

        policy_preview.additional_properties = d
        return policy_preview

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
