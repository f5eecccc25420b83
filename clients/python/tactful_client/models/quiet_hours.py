from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.quiet_hours_weekdays_type_0 import QuietHoursWeekdaysType0


T = TypeVar("T", bound="QuietHours")


@_attrs_define
class QuietHours:
    """Local times between which only `critical` is sent; `end` before `start` wraps midnight.

    Equal times mean 24 hours. `weekdays` replaces the span that begins on a weekday; null: none
    begins on it.

    """

    end: str
    start: str
    weekdays: None | QuietHoursWeekdaysType0 | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.quiet_hours_weekdays_type_0 import QuietHoursWeekdaysType0  # noqa: PLC0415

        end = self.end

        start = self.start

        weekdays: dict[str, Any] | None | Unset
        if isinstance(self.weekdays, Unset):
            weekdays = UNSET
        elif isinstance(self.weekdays, QuietHoursWeekdaysType0):
            weekdays = self.weekdays.to_dict()
        else:
            weekdays = self.weekdays

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "end": end,
                "start": start,
            }
        )
        if weekdays is not UNSET:
            field_dict["weekdays"] = weekdays

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.quiet_hours_weekdays_type_0 import QuietHoursWeekdaysType0  # noqa: PLC0415

        d = dict(src_dict)
        end = d.pop("end")

        start = d.pop("start")

        def _parse_weekdays(data: object) -> None | QuietHoursWeekdaysType0 | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                weekdays_type_0 = QuietHoursWeekdaysType0.from_dict(data)

                return weekdays_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | QuietHoursWeekdaysType0 | Unset, data)

        weekdays = _parse_weekdays(d.pop("weekdays", UNSET))

        quiet_hours = cls(
            end=end,
            start=start,
            weekdays=weekdays,
        )

        quiet_hours.additional_properties = d
        return quiet_hours

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
