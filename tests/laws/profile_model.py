"""What a user's consent, addresses, attributes, zone and quiet hours are, without the core.

The last writer wins per field by (`at_ms`, id); an erasure forgets what was written up to it; a
zone that nobody knows is ignored.
"""

from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import msgspec
from strategies import UNKNOWN_ZONE

from tactful.policy import ConsentMode, Policy
from tactful.records import (
    Event,
    Feedback,
    Input,
    LocalSpan,
    Outcome,
    Preferences,
    ProfileUpdate,
    QuietHours,
    Weekday,
)

PREFERENCES = ("frequency", "preferred_hours", "quiet_hours", "pause_until_ms")
"""The preferences with one value each."""


class ProfileModel:
    """The fields that records wrote, each with its writer."""

    def __init__(self) -> None:
        self._fields: dict[tuple[str, ...], tuple[tuple[int, str], Any]] = {}
        self._bounced: dict[str, int] = {}
        self._erased_at_ms = -1
        self._last_event_ms = 0

    def apply(self, record: Input) -> None:
        """Take in a record that was no copy."""
        if isinstance(record, Event):
            self._last_event_ms = max(self._last_event_ms, record.at_ms)
            if record.time_zone not in (None, UNKNOWN_ZONE):
                self._write(("zone",), record.time_zone, record.at_ms, record.id)
        elif isinstance(record, Feedback):
            self._apply_feedback(record)
        elif isinstance(record, ProfileUpdate):
            self._apply_update(record)

    def _apply_feedback(self, feedback: Feedback) -> None:
        if feedback.outcome in (Outcome.UNSUBSCRIBED, Outcome.COMPLAINED):
            path = ("consent", f"marketing:{feedback.channel}")
            self._write(path, False, feedback.at_ms, feedback.id)
        elif feedback.outcome is Outcome.BOUNCED and feedback.at_ms > self._erased_at_ms:
            before = self._bounced.get(feedback.channel, -1)
            self._bounced[feedback.channel] = max(before, feedback.at_ms)

    def _apply_update(self, update: ProfileUpdate) -> None:
        if update.erase:
            self._erased_at_ms = max(self._erased_at_ms, update.at_ms)
            self._last_event_ms = 0
            self._fields = {
                path: field
                for path, field in self._fields.items()
                if field[0][0] > self._erased_at_ms
            }
            self._bounced = {
                channel: at_ms
                for channel, at_ms in self._bounced.items()
                if at_ms > self._erased_at_ms
            }
        for group in ("attributes", "consent", "identifiers"):
            for name, value in (getattr(update, group) or {}).items():
                self._write((group, name), value, update.at_ms, update.id)
        if update.time_zone not in (None, UNKNOWN_ZONE):
            self._write(("zone",), update.time_zone, update.at_ms, update.id)
        if isinstance(update.preferences, Preferences):
            for name in PREFERENCES:
                value = getattr(update.preferences, name)
                if value is not msgspec.UNSET:
                    self._write((name,), value, update.at_ms, update.id)

    def _write(self, path: tuple[str, ...], value: Any, at_ms: int, by: str) -> None:
        known = self._fields.get(path)
        if at_ms > self._erased_at_ms and (known is None or (at_ms, by) > known[0]):
            self._fields[path] = ((at_ms, by), value)

    def value(self, *path: str) -> Any:
        """A field, None without one."""
        return self._fields.get(path, ((0, ""), None))[1]

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes that have a value."""
        return {
            path[1]: value
            for path, (_, value) in self._fields.items()
            if path[0] == "attributes" and value is not None
        }

    def zone(self, policy: Policy) -> ZoneInfo:
        """The user's zone, or the policy's."""
        name = self.value("zone")
        return ZoneInfo(name or policy.time_zone)

    def consents(self, policy: Policy, type_name: str, channel: str) -> bool:
        """Whether the law lets this type go on this channel."""
        purpose = policy.types[type_name].purpose
        for key in (f"{purpose}:{channel}", channel, purpose.value):
            given = self.value("consent", key)
            if given is not None:
                return bool(given)
        return policy.consent.get(purpose, ConsentMode.OPT_IN) is ConsentMode.OPT_OUT

    def reachable(self, policy: Policy, channel: str, now_ms: int) -> bool:
        """Whether there is an address that is alive and did not bounce since it was given."""
        address = policy.channels[channel].address
        if address is None:
            return True
        if self.value("identifiers", address) is None:
            return False
        bounced_at_ms = self._bounced.get(channel)
        written_at_ms = self._fields["identifiers", address][0][0]
        ttl_ms = policy.channels[channel].address_ttl_ms
        if ttl_ms is not None and now_ms - max(written_at_ms, self._last_event_ms) > ttl_ms:
            return False
        return bounced_at_ms is None or bounced_at_ms < written_at_ms

    def local(self, policy: Policy, at_ms: int) -> datetime:
        """The user's wall clock."""
        return datetime.fromtimestamp(at_ms // 1000, self.zone(policy))

    def quiet(self, policy: Policy, at_ms: int) -> bool:
        """Whether the user's wall clock shows a quiet minute."""
        own = self.value("quiet_hours")
        hours = own if isinstance(own, QuietHours) else policy.quiet_hours
        if hours is None:
            return False
        local = self.local(policy, at_ms)
        shown = local.strftime("%H:%M")
        by_day: list[LocalSpan | None] = [
            (hours.weekdays or {}).get(day, LocalSpan(hours.start, hours.end)) for day in Weekday
        ]
        yesterday, today = by_day[local.weekday() - 1], by_day[local.weekday()]
        if yesterday and yesterday.end <= yesterday.start and shown < yesterday.end:
            return True
        if today is None or shown < today.start:
            return False
        return today.end <= today.start or shown < today.end

    def holiday(self, policy: Policy, at_ms: int) -> bool:
        """Whether it is a public holiday where the user is."""
        rules = policy.holidays
        assert rules is not None
        known = holidays.list_supported_countries()
        own = self.attributes.get(rules.country_attribute)
        country = own.upper() if isinstance(own, str) else None
        if country not in known:
            country = rules.default_country
        return country is not None and _is_holiday(country, self.local(policy, at_ms).date())


@cache
def _is_holiday(country: str, day: date) -> bool:
    return day in holidays.country_holidays(country, years=day.year)
