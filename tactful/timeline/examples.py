"""The worked examples of docs/composer.md: small histories, lived through by the real core."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tactful.history import Lived, Past
from tactful.ids import decision_id
from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS, zone_named
from tactful.policy import (
    Cap,
    ChannelPolicy,
    NotificationType,
    Policy,
    Purpose,
    QuietHoursPolicy,
    Timing,
)
from tactful.policy.model import Failover
from tactful.records import (
    Event,
    Feedback,
    FrequencyMode,
    Outcome,
    Preferences,
    Priority,
    ProfileUpdate,
    RecordKind,
    Request,
)
from tactful.timeline.drawing import Drawing
from tactful.timeline.of_history import Scene, timeline

_USER = "ann"
_BERLIN = zone_named("Europe/Berlin", "UTC")[0]
_KINDS: dict[type[Lived], RecordKind] = {
    Event: RecordKind.EVENT,
    Request: RecordKind.REQUEST,
    Feedback: RecordKind.FEEDBACK,
    ProfileUpdate: RecordKind.PROFILE_UPDATE,
}


def _at(local: str) -> int:
    """Epoch milliseconds of a time in Berlin."""
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    return round(moment.astimezone(UTC).timestamp() * 1000)


def _past(*records: Lived) -> list[Past]:
    return [Past(each.at_ms, _KINDS[type(each)], each.id, each) for each in records]


def _ann(at_ms: int, preferences: Preferences | None = None) -> ProfileUpdate:
    return ProfileUpdate(
        "ann-1",
        _USER,
        at_ms,
        identifiers={"email": "ann@example.org", "push_token": "t1", "phone": "+491"},
        consent={"marketing": True},
        preferences=preferences,
        time_zone="Europe/Berlin",
    )


def _request(name: str, kind: str, at: str, expires: str | None = None) -> Request:
    return Request(
        name, _USER, kind, _at(at), expires_at_ms=None if expires is None else _at(expires)
    )


_EMAIL = ChannelPolicy(address="email", engage_prob=0.2)
_PUSH = ChannelPolicy(address="push_token", engage_prob=0.15)
_SMS = ChannelPolicy(address="phone", engage_prob=0.25, cost=0.1)
_IN_APP = ChannelPolicy(engage_prob=0.1, presence=True)
_NIGHT = QuietHoursPolicy("22:00", "08:00")


def _cap_meets_night(title: str, about: str, asked: str, expires: str) -> Drawing:
    policy = Policy(
        version="example",
        types={"offer": NotificationType(Purpose.MARKETING, ("email",))},
        channels={"email": _EMAIL},
        caps=(Cap("six_hours", 1, window_ms=6 * HOUR_MS),),
        quiet_hours=_NIGHT,
        timing=Timing(best_time_within_ms={}),
    )
    past = _past(
        _ann(_at("2026-03-09 12:00")),
        _request("earlier", "offer", "2026-03-10 17:00"),
        _request("r1", "offer", asked, expires),
    )
    scene = Scene(title, about, _BERLIN, _at("2026-03-10 18:00"), _at("2026-03-11 12:00"))
    return timeline(Knowledge(policy), _USER, past, scene)


def cap_then_night() -> Drawing:
    """Quiet hours meet a cap reset, and it is still of use in the morning."""
    return _cap_meets_night(
        "A cap is free again at 23:00, inside the quiet hours: 08:00",
        "The cap allows one in six hours, and one went out at 17:00; nights are quiet.",
        "2026-03-10 21:00",
        "2026-03-11 11:00",
    )


def cap_then_expiry() -> Drawing:
    """The same, but it expires before the morning."""
    return _cap_meets_night(
        "The same, but it expires at 07:00: not sent, because of the cap",
        "Without the cap it would have gone at 21:00, before the quiet hours: the cap is named.",
        "2026-03-10 21:00",
        "2026-03-11 07:00",
    )


def night_then_expiry() -> Drawing:
    """Asked for in the quiet hours: without the cap it would not go either."""
    return _cap_meets_night(
        "Asked for at 22:30: not sent, because of the quiet hours",
        "Without the cap it would still meet the quiet hours: they are named, not the cap.",
        "2026-03-10 22:30",
        "2026-03-11 07:00",
    )


def best_hour_at_night() -> Drawing:
    """The user's best hour lies inside the quiet hours."""
    policy = Policy(
        version="example",
        types={
            "tip": NotificationType(Purpose.MARKETING, ("email",), value_half_life_ms=4 * DAY_MS)
        },
        channels={"email": _EMAIL},
        quiet_hours=_NIGHT,
        timing=Timing(best_time_within_ms={Priority.NORMAL: DAY_MS}),
    )
    events: list[Lived] = [
        Event(
            f"e{day}-{hour}-{i}", _USER, "app_open", _at(f"2026-02-{day:02} {hour:02}:{10 * i:02}")
        )
        for day in range(2, 28)
        for hour, count in ((23, 4), (20, 2), (9, 1))
        for i in range(count)
    ]
    past = _past(_ann(_at("2026-02-01 12:00")), *events, _request("r1", "tip", "2026-03-10 14:00"))
    scene = Scene(
        "The best hour lies inside the quiet hours: the best allowed one is taken",
        "The user is there mostly at 23:00, then at 20:00. Quiet hours are 22:00 to 08:00.",
        _BERLIN,
        _at("2026-03-10 12:00"),
        _at("2026-03-11 16:00"),
    )
    return timeline(Knowledge(policy), _USER, past, scene)


def digest_over_clock_change() -> Drawing:
    """A daily digest on the day that has 23 hours."""
    policy = Policy(
        version="example",
        types={"tip": NotificationType(Purpose.MARKETING, ("email",), ttl_ms=3 * DAY_MS)},
        channels={"email": _EMAIL},
        quiet_hours=_NIGHT,
        timing=Timing(best_time_within_ms={}, digest_hour=9),
    )
    past = _past(
        _ann(_at("2026-03-27 12:00"), Preferences(frequency=FrequencyMode.DAILY_DIGEST)),
        _request("r1", "tip", "2026-03-28 15:00"),
        _request("r2", "tip", "2026-03-28 21:30"),
        _request("r3", "tip", "2026-03-29 10:30"),
    )
    scene = Scene(
        "A daily digest at 09:00, on the day when clocks go forward",
        "On Sunday 29 March 2026 the hour from 02:00 is left out: the wait is an hour shorter.",
        _BERLIN,
        _at("2026-03-28 14:00"),
        _at("2026-03-30 12:00"),
    )
    return timeline(Knowledge(policy), _USER, past, scene)


def failover_and_escalation() -> Drawing:
    """A failed push, an e-mail that nobody opens, and an SMS."""
    policy = Policy(
        version="example",
        types={
            "order_update": NotificationType(
                Purpose.TRANSACTIONAL,
                ("push", "email", "sms"),
                failover=Failover(unopened_after_ms=2 * HOUR_MS),
            )
        },
        channels={
            "push": ChannelPolicy(address="push_token", engage_prob=0.3),
            "email": _EMAIL,
            "sms": _SMS,
        },
        quiet_hours=_NIGHT,
        timing=Timing(best_time_within_ms={}),
    )
    asked = _request("r1", "order_update", "2026-03-10 10:00", "2026-03-10 20:00")
    first, third = decision_id(_USER, "r1", 1), decision_id(_USER, "r1", 3)
    past = _past(
        _ann(_at("2026-03-09 12:00")),
        asked,
        Feedback("f1", _USER, first, "push", Outcome.BOUNCED, asked.at_ms + 20 * MINUTE_MS),
        Feedback("f2", _USER, third, "sms", Outcome.OPENED, asked.at_ms + 3 * HOUR_MS),
    )
    scene = Scene(
        "Failover and escalation: push fails, nobody opens the e-mail",
        "The next channel is tried at a failure, and after two hours without an opening.",
        _BERLIN,
        _at("2026-03-10 09:00"),
        _at("2026-03-10 21:00"),
    )
    return timeline(Knowledge(policy), _USER, past, scene)


def user_turns_up() -> Drawing:
    """A request that waits for a better hour goes at once when the user is there."""
    policy = Policy(
        version="example",
        types={
            "tip": NotificationType(
                Purpose.MARKETING, ("email", "in_app"), value_half_life_ms=DAY_MS
            )
        },
        channels={
            "email": ChannelPolicy(address="email", engage_prob=0.1),
            "in_app": ChannelPolicy(engage_prob=0.1, presence=True),
        },
        quiet_hours=_NIGHT,
        timing=Timing(best_time_within_ms={Priority.NORMAL: DAY_MS}, presence_worth=20.0),
    )
    events: list[Lived] = [
        Event(f"e{day}-{i}", _USER, "app_open", _at(f"2026-02-{day:02} 20:{10 * i:02}"))
        for day in range(2, 28)
        for i in range(2)
    ]
    past = _past(
        _ann(_at("2026-02-01 12:00")),
        *events,
        _request("r1", "tip", "2026-03-10 11:00"),
        Event("open", _USER, "app_open", _at("2026-03-10 16:30"), channel="in_app"),
    )
    scene = Scene(
        "The user turns up before the hour that was waited for",
        "It waits for 20:00, the user's usual hour. At 16:30 the user opens the app.",
        _BERLIN,
        _at("2026-03-10 10:00"),
        _at("2026-03-10 22:00"),
    )
    return timeline(Knowledge(policy), _USER, past, scene)


EXAMPLES: dict[str, Callable[[], Drawing]] = {
    "composer-cap-then-night": cap_then_night,
    "composer-cap-then-expiry": cap_then_expiry,
    "composer-night-then-expiry": night_then_expiry,
    "composer-best-hour-at-night": best_hour_at_night,
    "composer-digest-over-clock-change": digest_over_clock_change,
    "composer-failover-and-escalation": failover_and_escalation,
    "composer-user-turns-up": user_turns_up,
}
"""By the name of the picture in docs/images."""
