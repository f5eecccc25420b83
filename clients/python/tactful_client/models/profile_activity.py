from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ProfileActivity")


@_attrs_define
class ProfileActivity:
    """What the user did, counted.

    `hours` are the user's events by local hour of the week, Monday 0:00 first: 168 half-precision
    floats, little-endian, in base64. An event at t counts 2^((t - hours_at_ms) / 28 days).

    """

    events: int
    sessions: int
    first_seen_ms: int | None | Unset = UNSET
    hours: None | str | Unset = UNSET
    hours_at_ms: int | None | Unset = UNSET
    last_seen_ms: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        events = self.events

        sessions = self.sessions

        first_seen_ms: int | None | Unset
        if isinstance(self.first_seen_ms, Unset):
            first_seen_ms = UNSET
        else:
            first_seen_ms = self.first_seen_ms

        hours: None | str | Unset
        if isinstance(self.hours, Unset):
            hours = UNSET
        else:
            hours = self.hours

        hours_at_ms: int | None | Unset
        if isinstance(self.hours_at_ms, Unset):
            hours_at_ms = UNSET
        else:
            hours_at_ms = self.hours_at_ms

        last_seen_ms: int | None | Unset
        if isinstance(self.last_seen_ms, Unset):
            last_seen_ms = UNSET
        else:
            last_seen_ms = self.last_seen_ms

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "events": events,
                "sessions": sessions,
            }
        )
        if first_seen_ms is not UNSET:
            field_dict["first_seen_ms"] = first_seen_ms
        if hours is not UNSET:
            field_dict["hours"] = hours
        if hours_at_ms is not UNSET:
            field_dict["hours_at_ms"] = hours_at_ms
        if last_seen_ms is not UNSET:
            field_dict["last_seen_ms"] = last_seen_ms

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        events = d.pop("events")

        sessions = d.pop("sessions")

        def _parse_first_seen_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        first_seen_ms = _parse_first_seen_ms(d.pop("first_seen_ms", UNSET))

        def _parse_hours(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        hours = _parse_hours(d.pop("hours", UNSET))

        def _parse_hours_at_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        hours_at_ms = _parse_hours_at_ms(d.pop("hours_at_ms", UNSET))

        def _parse_last_seen_ms(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        last_seen_ms = _parse_last_seen_ms(d.pop("last_seen_ms", UNSET))

        profile_activity = cls(
            events=events,
            sessions=sessions,
            first_seen_ms=first_seen_ms,
            hours=hours,
            hours_at_ms=hours_at_ms,
            last_seen_ms=last_seen_ms,
        )

        profile_activity.additional_properties = d
        return profile_activity

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
