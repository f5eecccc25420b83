"""Each constraint of docs/composer.md as a plain question: is this minute allowed?

A constraint gives the mask of the minutes that it forbids on a channel: an array with an answer for
each minute, found by looking at that minute alone.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from reference import wall_clock
from reference.profile import ReferenceProfile
from reference.wall_clock import DAY, Mask, Minutes

from tactful.conditions import holds
from tactful.local_time import Calendar
from tactful.policy import Policy, Purpose
from tactful.policy.model import Cap, ConsentMode, GapPer, NotificationType, Per
from tactful.records import FrequencyMode, Priority, Reason, Request
from tactful.volume.price import PricePath

MINUTE_MS = 60_000
DIGEST_MODES = (FrequencyMode.DAILY_DIGEST, FrequencyMode.WEEKLY_DIGEST)
URGENCY = tuple(Priority)


@dataclass(eq=False)
class Sent:
    """A send as caps, gaps, cool-downs and conflict groups see it."""

    at_ms: int
    request_id: str
    attempt: int
    type: str
    purpose: Purpose
    channel: str
    campaign: str | None
    counted: bool
    outcomes: set[str] = field(default_factory=set)


@dataclass
class Other:
    """Another waiting request, as batches and conflict groups see it."""

    request: Request
    attempt: int
    rank: tuple[Any, ...]
    moment_ms: int
    first_seen_ms: int


@dataclass
class Question:
    """All that constraints may look at: one request of one user at one moment, and the minutes."""

    request: Request
    attempt: int
    kind: NotificationType
    priority: Priority
    rank: tuple[Any, ...]
    first_seen_ms: int
    now_ms: int
    minutes: Minutes
    local: Minutes
    zone: str
    policy: Policy
    prices: dict[str, PricePath]
    profile: ReferenceProfile
    last_event_ms: int | None
    sends: list[Sent]
    others: list[Other]
    digest_ms: list[int]
    bids: dict[str, float] = field(default_factory=dict)

    @property
    def marketing(self) -> bool:
        return self.kind.purpose is Purpose.MARKETING

    @property
    def casual(self) -> bool:
        """Marketing of normal or low priority."""
        return self.marketing and self.priority in (Priority.NORMAL, Priority.LOW)

    @property
    def frequency(self) -> FrequencyMode:
        return FrequencyMode(
            self.profile.value("preferences", "frequency") or FrequencyMode.IMMEDIATE
        )

    @property
    def in_digest_mode(self) -> bool:
        return self.frequency in DIGEST_MODES

    @property
    def counted(self) -> list[Sent]:
        return [each for each in self.sends if each.counted]

    @property
    def waits_for_batch(self) -> bool:
        return (
            self.attempt == 1
            and self.request.batch_key is not None
            and self.kind.batch is not None
            and self.kind.digestible
            and self.priority in (Priority.NORMAL, Priority.LOW)
        )

    def local_minute(self, at_ms: int) -> int:
        return wall_clock.local_minute(self.zone, at_ms // MINUTE_MS)


Forbids = Mask | bool


def consent(ask: Question, channel: str) -> Forbids:
    purpose = ask.kind.purpose
    for name in (f"{purpose}:{channel}", channel, purpose.value):
        given = ask.profile.value("consent", name)
        if given is not None:
            return not given
    return ask.policy.consent[purpose] is ConsentMode.OPT_IN


def unreachable(ask: Question, channel: str) -> Forbids:
    known = ask.policy.channels[channel]
    if known.address is None:
        return False
    if ask.profile.value("identifiers", known.address) is None or ask.profile.bounced(channel):
        return True
    if known.address_ttl_ms is None:
        return False
    seen_ms = [ask.profile.written_ms("identifiers", known.address), ask.last_event_ms]
    return all(at is None or ask.now_ms - at > known.address_ttl_ms for at in seen_ms)


def preference_channel(ask: Question, channel: str) -> Forbids:
    return ask.profile.value("preferences", "channels", channel) is False


def preference_type(ask: Question, channel: str) -> Forbids:
    return not ask.profile.allows_type(ask.request.type, channel)


def frequency_mode(ask: Question, _channel: str) -> Forbids:
    return ask.frequency is FrequencyMode.ONLY_HIGH_PRIORITY and ask.casual


def condition(ask: Question, channel: str) -> Forbids:
    return not all(
        holds(rule.only_if, ask.request, ask.profile.attributes)
        for rule in ask.policy.rules
        if (rule.types is None or ask.request.type in rule.types)
        and (rule.purposes is None or ask.kind.purpose in rule.purposes)
        and (rule.channels is None or channel in rule.channels)
    )


def paused(ask: Question, _channel: str) -> Forbids:
    until_ms = ask.profile.value("preferences", "pause_until_ms")
    return until_ms is not None and ask.minutes * MINUTE_MS < until_ms


def not_before(ask: Question, _channel: str) -> Forbids:
    begins_ms = ask.request.not_before_ms
    return begins_ms is not None and ask.minutes * MINUTE_MS < begins_ms


def batch(ask: Question, _channel: str) -> Forbids:
    if not ask.waits_for_batch:
        return False
    rules = ask.kind.batch
    assert rules is not None
    first_ms = min(
        [ask.first_seen_ms]
        + [
            other.first_seen_ms
            for other in ask.others
            if other.attempt == 1
            and other.request.type == ask.request.type
            and other.request.batch_key == ask.request.batch_key
        ]
    )
    closes = (first_ms + rules.window_ms) // MINUTE_MS
    if rules.hour is not None:
        # The wall reaches the hour, or is past it where a clock change leaves it out.
        shown = wall_clock.local_minutes(ask.zone, closes - 1, 3 * DAY)
        since = (shown - rules.hour * 60) // DAY
        reaches = (np.diff(since) > 0) | (shown[1:] % DAY == rules.hour * 60)
        closes += int(reaches.argmax())
    return ask.minutes < closes


def digest_hour(ask: Question, _channel: str) -> Forbids:
    if not (ask.casual and ask.in_digest_mode):
        return False
    days = ask.local // DAY
    allowed = ask.local % DAY // 60 == ask.policy.timing.digest_hour
    if ask.frequency is FrequencyMode.WEEKLY_DIGEST:
        allowed &= (days + 3) % 7 == 0
    for at_ms in ask.digest_ms:
        allowed &= days != ask.local_minute(at_ms) // DAY
    return ~allowed


def preference_hours(ask: Question, _channel: str) -> Forbids:
    hours = ask.profile.value("preferences", "preferred_hours")
    if not hours or not ask.marketing:
        return False
    allowed = np.isin(ask.local % DAY // 60, hours)
    left_out = wall_clock.hours_left_out(ask.zone, int(ask.minutes[0]), len(ask.minutes))
    for index, missing in left_out.items():
        if set(missing) & set(hours):
            allowed[index] = True
    return ~allowed


def conflict(ask: Question, _channel: str) -> Forbids:
    name = ask.kind.conflict_group
    if name is None:
        return False
    types = {key for key, kind in ask.policy.types.items() if kind.conflict_group == name}
    window_ms = ask.policy.conflict_groups[name].window_ms
    at_ms = ask.minutes * MINUTE_MS
    forbidden = np.zeros(len(at_ms), dtype=np.bool_)
    for sent in ask.counted:
        if sent.type in types:
            forbidden |= at_ms - sent.at_ms < window_ms
    for other in ask.others:
        if other.request.type in types and other.rank < ask.rank:
            forbidden |= abs(at_ms - other.moment_ms) < window_ms
    return forbidden


def _window_key(local: Minutes, calendar: Calendar) -> Minutes:
    """A number that all minutes of one calendar window share."""
    days = local // DAY
    if calendar is Calendar.DAY:
        return days
    if calendar is Calendar.WEEK:
        return (days + 3) // 7
    months = {}
    for each in np.unique(days):
        day = wall_clock.as_date(int(each))
        months[int(each)] = day.year * 12 + day.month
    return np.array([months[int(each)] for each in days])


def _cap_binds(ask: Question, cap: Cap, channel: str) -> bool:
    return (
        ask.kind.purpose in cap.purposes
        and (cap.types is None or ask.request.type in cap.types)
        and (cap.categories is None or ask.kind.category in cap.categories)
        and (cap.channels is None or channel in cap.channels)
        and (cap.campaigns is None or ask.request.campaign in cap.campaigns)
        and not (cap.per is Per.CATEGORY and ask.kind.category is None)
        and not (cap.per is Per.CAMPAIGN and ask.request.campaign is None)
    )


def _cap_counts(ask: Question, cap: Cap, channel: str, sent: Sent) -> bool:
    kind = ask.policy.types.get(sent.type)
    category = None if kind is None else kind.category
    return (
        sent.purpose in cap.purposes
        and (cap.types is None or sent.type in cap.types)
        and (cap.categories is None or category in cap.categories)
        and (cap.channels is None or sent.channel in cap.channels)
        and (cap.campaigns is None or sent.campaign in cap.campaigns)
        and (cap.per is not Per.TYPE or sent.type == ask.request.type)
        and (cap.per is not Per.CHANNEL or sent.channel == channel)
        and (cap.per is not Per.CAMPAIGN or sent.campaign == ask.request.campaign)
        and (cap.per is not Per.CATEGORY or category == ask.kind.category)
    )


def _caps(per: Per) -> Callable[[Question, str], Forbids]:
    def caps(ask: Question, channel: str) -> Forbids:
        at_ms = ask.minutes * MINUTE_MS
        forbidden = np.zeros(len(at_ms), dtype=np.bool_)
        for cap in ask.policy.caps:
            if cap.per is not per or not _cap_binds(ask, cap, channel):
                continue
            used = np.zeros(len(at_ms), dtype=np.int64)
            for sent in ask.counted:
                if not _cap_counts(ask, cap, channel, sent):
                    continue
                if cap.window_ms is not None:
                    used += at_ms - sent.at_ms < cap.window_ms
                else:
                    assert cap.calendar is not None
                    own = np.array([ask.local_minute(sent.at_ms)])
                    used += _window_key(ask.local, cap.calendar) == _window_key(own, cap.calendar)
            forbidden |= used >= cap.max
        return forbidden

    return caps


def cool_down(ask: Question, _channel: str) -> Forbids:
    at_ms = ask.minutes * MINUTE_MS
    forbidden = np.zeros(len(at_ms), dtype=np.bool_)
    for rule in ask.policy.cool_downs:
        if ask.kind.purpose not in rule.purposes:
            continue
        times = sorted(each.at_ms for each in ask.counted if each.purpose in rule.purposes)
        for last in range(rule.sends - 1, len(times)):
            if times[last] - times[last - rule.sends + 1] < rule.within_ms:
                forbidden |= (at_ms >= times[last]) & (at_ms < times[last] + rule.rest_ms)
    return forbidden


def gap(ask: Question, channel: str) -> Forbids:
    at_ms = ask.minutes * MINUTE_MS
    forbidden = np.zeros(len(at_ms), dtype=np.bool_)
    for rule in ask.policy.gaps:
        if ask.kind.purpose not in rule.purposes:
            continue
        if rule.channels is not None and channel not in rule.channels:
            continue
        for sent in ask.counted:
            if (
                sent.purpose in rule.purposes
                and (rule.channels is None or sent.channel in rule.channels)
                and (rule.per is not GapPer.CHANNEL or sent.channel == channel)
                and (rule.per is not GapPer.TYPE or sent.type == ask.request.type)
            ):
                forbidden |= at_ms - sent.at_ms < rule.min_ms
    return forbidden


def holiday(ask: Question, _channel: str) -> Forbids:
    rules = ask.policy.holidays
    if rules is None or ask.kind.purpose not in rules.purposes:
        return False
    found = ask.profile.attributes.get(rules.country_attribute)
    country = found.upper() if isinstance(found, str) else None
    if country is None or not wall_clock.has_holidays(country):
        country = rules.default_country
    if country is None:
        return False
    days = ask.local // DAY
    free = [int(each) for each in np.unique(days) if wall_clock.is_holiday(country, int(each))]
    return np.isin(days, free)


def quiet_hours(ask: Question, _channel: str) -> Forbids:
    hours = ask.profile.value("preferences", "quiet_hours") or ask.policy.quiet_hours
    if hours is None:
        return False
    return wall_clock.quiet(hours, ask.local)


def price(ask: Question, channel: str) -> Forbids:
    path = ask.prices.get(channel)
    if path is None:
        return False
    at_ms = ask.minutes * MINUTE_MS
    prices = np.zeros(len(at_ms))
    for step in path.steps:
        prices[at_ms >= step.from_ms] = step.price
    return prices > ask.bids[channel]


CONSTRAINTS: dict[Reason, Callable[[Question, str], Forbids]] = {
    Reason.CONSENT: consent,
    Reason.UNREACHABLE: unreachable,
    Reason.PREFERENCE_CHANNEL: preference_channel,
    Reason.PREFERENCE_TYPE: preference_type,
    Reason.FREQUENCY_MODE: frequency_mode,
    Reason.CONDITION: condition,
    Reason.PAUSED: paused,
    Reason.NOT_BEFORE: not_before,
    Reason.BATCH: batch,
    Reason.DIGEST_HOUR: digest_hour,
    Reason.PREFERENCE_HOURS: preference_hours,
    Reason.CONFLICT: conflict,
    Reason.CAP_USER: _caps(Per.USER),
    Reason.CAP_TYPE: _caps(Per.TYPE),
    Reason.CAP_CHANNEL: _caps(Per.CHANNEL),
    Reason.CAP_CAMPAIGN: _caps(Per.CAMPAIGN),
    Reason.CAP_CATEGORY: _caps(Per.CATEGORY),
    Reason.COOL_DOWN: cool_down,
    Reason.GAP: gap,
    Reason.HOLIDAY: holiday,
    Reason.QUIET_HOURS: quiet_hours,
    Reason.PRICE: price,
}
"""In their precedence. `send_log_full` is missing: no small history has 256 sends."""

CRITICAL_CONSTRAINTS = (Reason.CONSENT, Reason.UNREACHABLE)
