from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.held_profile import HeldProfile
    from ..models.profile_activity import ProfileActivity
    from ..models.profile_attributes import ProfileAttributes
    from ..models.profile_channels import ProfileChannels
    from ..models.profile_consent import ProfileConsent
    from ..models.profile_identifiers import ProfileIdentifiers
    from ..models.profile_preferences import ProfilePreferences


T = TypeVar("T", bound="Profile")


@_attrs_define
class Profile:
    """A user's profile. Contact data are shown to those who may see them, else only their names."""

    activity: ProfileActivity
    """ What the user did, counted.

        `hours` are the user's events by local hour of the week, Monday 0:00 first: 168 half-precision
        floats, little-endian, in base64. An event at t counts 2^((t - hours_at_ms) / 28 days). """
    attributes: ProfileAttributes
    channels: ProfileChannels
    consent: ProfileConsent
    held: HeldProfile
    """ What waits for the user. """
    identifiers: ProfileIdentifiers
    preferences: ProfilePreferences
    time_zone: None | str
    updated_at_ms: int
    user_id: str
    version: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        activity = self.activity.to_dict()

        attributes = self.attributes.to_dict()

        channels = self.channels.to_dict()

        consent = self.consent.to_dict()

        held = self.held.to_dict()

        identifiers = self.identifiers.to_dict()

        preferences = self.preferences.to_dict()

        time_zone: None | str
        time_zone = self.time_zone

        updated_at_ms = self.updated_at_ms

        user_id = self.user_id

        version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "activity": activity,
                "attributes": attributes,
                "channels": channels,
                "consent": consent,
                "held": held,
                "identifiers": identifiers,
                "preferences": preferences,
                "time_zone": time_zone,
                "updated_at_ms": updated_at_ms,
                "user_id": user_id,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.held_profile import HeldProfile  # noqa: PLC0415
        from ..models.profile_activity import ProfileActivity  # noqa: PLC0415
        from ..models.profile_attributes import ProfileAttributes  # noqa: PLC0415
        from ..models.profile_channels import ProfileChannels  # noqa: PLC0415
        from ..models.profile_consent import ProfileConsent  # noqa: PLC0415
        from ..models.profile_identifiers import ProfileIdentifiers  # noqa: PLC0415
        from ..models.profile_preferences import ProfilePreferences  # noqa: PLC0415

        d = dict(src_dict)
        activity = ProfileActivity.from_dict(d.pop("activity"))

        attributes = ProfileAttributes.from_dict(d.pop("attributes"))

        channels = ProfileChannels.from_dict(d.pop("channels"))

        consent = ProfileConsent.from_dict(d.pop("consent"))

        held = HeldProfile.from_dict(d.pop("held"))

        identifiers = ProfileIdentifiers.from_dict(d.pop("identifiers"))

        preferences = ProfilePreferences.from_dict(d.pop("preferences"))

        def _parse_time_zone(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        time_zone = _parse_time_zone(d.pop("time_zone"))

        updated_at_ms = d.pop("updated_at_ms")

        user_id = d.pop("user_id")

        version = d.pop("version")

        profile = cls(
            activity=activity,
            attributes=attributes,
            channels=channels,
            consent=consent,
            held=held,
            identifiers=identifiers,
            preferences=preferences,
            time_zone=time_zone,
            updated_at_ms=updated_at_ms,
            user_id=user_id,
            version=version,
        )

        profile.additional_properties = d
        return profile

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
