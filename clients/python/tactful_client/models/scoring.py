from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.scoring_because import ScoringBecause


T = TypeVar("T", bound="Scoring")


@_attrs_define
class Scoring:
    """How the models scored the channel and moment that a verdict names.

    Attributes:
        engage_prob: the probability that it is engaged with.
        own_share, segment_share, global_share: what the user's own sends, users alike and everyone
            have in the engagement rate of the channel; they add up to 1.
        segment: the users alike.
        because: the features that moved the log-odds most, with what each added.
        negative_prob: the probability of an unsubscribe or a complaint, where a model tells.
        fatigue: the share of engagement that the sends of late cost.
        wanted_per_week: how many sends a week the user wants of this kind.

    """

    engage_prob: float
    global_share: float
    own_share: float
    segment: str
    segment_share: float
    because: ScoringBecause | Unset = UNSET
    fatigue: float | None | Unset = UNSET
    negative_prob: float | None | Unset = UNSET
    wanted_per_week: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        engage_prob = self.engage_prob

        global_share = self.global_share

        own_share = self.own_share

        segment = self.segment

        segment_share = self.segment_share

        because: dict[str, Any] | Unset = UNSET
        if not isinstance(self.because, Unset):
            because = self.because.to_dict()

        fatigue: float | None | Unset
        if isinstance(self.fatigue, Unset):
            fatigue = UNSET
        else:
            fatigue = self.fatigue

        negative_prob: float | None | Unset
        if isinstance(self.negative_prob, Unset):
            negative_prob = UNSET
        else:
            negative_prob = self.negative_prob

        wanted_per_week: float | None | Unset
        if isinstance(self.wanted_per_week, Unset):
            wanted_per_week = UNSET
        else:
            wanted_per_week = self.wanted_per_week

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "engage_prob": engage_prob,
                "global_share": global_share,
                "own_share": own_share,
                "segment": segment,
                "segment_share": segment_share,
            }
        )
        if because is not UNSET:
            field_dict["because"] = because
        if fatigue is not UNSET:
            field_dict["fatigue"] = fatigue
        if negative_prob is not UNSET:
            field_dict["negative_prob"] = negative_prob
        if wanted_per_week is not UNSET:
            field_dict["wanted_per_week"] = wanted_per_week

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.scoring_because import ScoringBecause  # noqa: PLC0415

        d = dict(src_dict)
        engage_prob = d.pop("engage_prob")

        global_share = d.pop("global_share")

        own_share = d.pop("own_share")

        segment = d.pop("segment")

        segment_share = d.pop("segment_share")

        _because = d.pop("because", UNSET)
        because: ScoringBecause | Unset
        if isinstance(_because, Unset):
            because = UNSET
        else:
            because = ScoringBecause.from_dict(_because)

        def _parse_fatigue(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        fatigue = _parse_fatigue(d.pop("fatigue", UNSET))

        def _parse_negative_prob(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        negative_prob = _parse_negative_prob(d.pop("negative_prob", UNSET))

        def _parse_wanted_per_week(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        wanted_per_week = _parse_wanted_per_week(d.pop("wanted_per_week", UNSET))

        scoring = cls(
            engage_prob=engage_prob,
            global_share=global_share,
            own_share=own_share,
            segment=segment,
            segment_share=segment_share,
            because=because,
            fatigue=fatigue,
            negative_prob=negative_prob,
            wanted_per_week=wanted_per_week,
        )

        scoring.additional_properties = d
        return scoring

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
