"""Random small policies over the whole language, all spans on whole minutes."""

from typing import Any

from strategies import Dice, epoch_ms

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS, Calendar
from tactful.policy import (
    Cap,
    ChannelPolicy,
    ConsentMode,
    NotificationType,
    Policy,
    Purpose,
    QuietHoursPolicy,
    Timing,
)
from tactful.policy.check import problems_of
from tactful.policy.model import (
    Batch,
    CancelledBy,
    ConflictGroup,
    CoolDown,
    Emergency,
    EmergencyChannels,
    Engagement,
    Failover,
    FailoverOutcome,
    Gap,
    GapPer,
    Holidays,
    Limits,
    Others,
    Overflow,
    Per,
    Rule,
)
from tactful.records import LocalSpan, Priority, Reason, Weekday

CHANNELS = ("email", "push", "sms", "in_app")
ADDRESSES = {"email": "email", "push": "push_token", "sms": "phone", "in_app": None}
PURPOSES = {
    "promo": Purpose.MARKETING,
    "tip": Purpose.MARKETING,
    "receipt": Purpose.TRANSACTIONAL,
    "alert": Purpose.TRANSACTIONAL,
}
TYPES = tuple(PURPOSES)
CHANGES_MS = {
    "Europe/Berlin": (epoch_ms(2026, 3, 29, 1), epoch_ms(2026, 10, 25, 1)),
    "America/New_York": (epoch_ms(2026, 3, 8, 7), epoch_ms(2026, 11, 1, 6)),
    "Australia/Lord_Howe": (epoch_ms(2026, 4, 4, 15), epoch_ms(2026, 10, 3, 15, 30)),
    "America/St_Johns": (epoch_ms(2026, 3, 8, 5, 30), epoch_ms(2026, 11, 1, 4, 30)),
    "America/Havana": (epoch_ms(2026, 3, 8, 5), epoch_ms(2026, 11, 1, 5)),
    "Africa/Cairo": (epoch_ms(2026, 4, 23, 22), epoch_ms(2026, 10, 29, 21)),
}
"""When the clocks of a zone change. In Havana and Cairo midnight is left out or comes twice."""
ZONES = tuple(CHANGES_MS)
SHORT_MS = tuple(minutes * MINUTE_MS for minutes in (1, 5, 30, 60, 90, 180, 360, 720, 1440))


def quiet(dice: Dice, make: Any) -> Any:
    """Quiet hours of a user or of a policy."""
    if dice.chance(0.7):
        return make(dice.one_of("22:00", "21:30", "00:00"), dice.one_of("07:00", "06:15"))
    times = [dice.one_of(dice.clock_time(), "00:00", "02:00", "02:30") for _ in range(4)]
    weekdays = None
    if dice.chance(0.5):
        own = dice.one_of(None, LocalSpan(times[2], times[3]))
        weekdays = dict.fromkeys(dice.some_of(tuple(Weekday), 1, 7), own)
    return make(times[0], times[1], weekdays)


class Legislator:
    """Writes policies."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice

    def policy(self) -> Policy:
        """A valid policy."""
        dice = self.dice
        channels = [each for each in CHANNELS if dice.chance(0.75)] or ["email"]
        types = {name: self._type(name, channels) for name in TYPES if dice.chance(0.97)} or {
            "promo": self._type("promo", channels)
        }
        presence = dice.one_of(0, 5, 30) * MINUTE_MS
        policy = Policy(
            version=f"p{dice.whole(0, 9)}",
            types=types,
            channels={name: self._channel(name) for name in channels},
            caps=tuple(self._cap(f"cap{at}", types, channels) for at in range(self._few())),
            gaps=tuple(self._gap(f"gap{at}", channels) for at in range(self._few())),
            cool_downs=tuple(
                CoolDown(
                    name="cool",
                    sends=dice.one_of(2, 2, 3),
                    within_ms=dice.one_of(*SHORT_MS),
                    rest_ms=dice.one_of(*SHORT_MS),
                    purposes=self._purposes(),
                )
                for _ in range(1 if dice.chance(0.2) else 0)
            ),
            conflict_groups={
                name: ConflictGroup(dice.one_of(*SHORT_MS), dice.one_of(*Others))
                for name in ("group", "band")
            },
            rules=tuple(
                self._rule(list(types), channels) for _ in range(1 if dice.chance(0.1) else 0)
            ),
            holidays=Holidays(self._purposes(), default_country=dice.one_of(None, "DE"))
            if dice.chance(0.2)
            else None,
            emergency=Emergency(dice.one_of(*EmergencyChannels), dice.chance(0.3)),
            precedence=tuple(
                dice.some_of((Reason.QUIET_HOURS, Reason.CAP_USER, Reason.GAP, Reason.PAUSED))
            )
            if dice.chance(0.2)
            else (),
            consent={purpose: dice.one_of(*ConsentMode) for purpose in Purpose},
            quiet_hours=None if dice.chance(0.5) else quiet(dice, QuietHoursPolicy),
            time_zone=dice.one_of(*ZONES),
            timing=Timing(
                best_time_within_ms={
                    priority: dice.one_of(0, *SHORT_MS[2:])
                    for priority in Priority
                    if dice.chance(0.8)
                },
                kappa_user=dice.one_of(1, 20),
                min_gain_prob=dice.one_of(0.0, 0.01, 0.05),
                digest_hour=dice.one_of(0, 2, 9, dice.whole(0, 23)),
                presence_ms=presence,
                presence_worth=dice.one_of(1.5, 3.0),
                global_hour_weights=dice.one_of(
                    (1.0,) * 24, tuple(dice.one_of(0.2, 0.5, 1.0, 3.0) for _ in range(24))
                ),
            ),
            engagement=Engagement(
                kappa=dice.one_of(1, 10), half_life_ms=dice.one_of(DAY_MS, 30 * DAY_MS)
            ),
            limits=Limits(
                held=dice.one_of(1, 2, 3, 32, 32, 32),
                overflow=dice.one_of(*Overflow),
                max_ttl_ms=HOUR_MS if dice.chance(0.1) else 30 * DAY_MS,
                profile_snapshot_interval_ms=0,
            ),
        )
        assert problems_of(policy) == [], problems_of(policy)
        return policy

    def _few(self) -> int:
        return self.dice.one_of(0, 0, 1, 1, 2)

    def _purposes(self) -> tuple[Purpose, ...]:
        return tuple(self.dice.some_of(tuple(Purpose), 1))

    def _channel(self, name: str) -> ChannelPolicy:
        dice = self.dice
        return ChannelPolicy(
            address=ADDRESSES[name],
            engage_prob=dice.one_of(0.0, 0.05, 0.1, 0.1, 0.3, 0.6),
            cost=dice.one_of(0.0, 0.0, 0.02, 0.2),
            address_ttl_ms=dice.one_of(*SHORT_MS) if dice.chance(0.1) else None,
            presence=dice.chance(0.3),
        )

    def _type(self, name: str, channels: list[str]) -> NotificationType:
        dice = self.dice
        highest = dice.one_of(Priority.CRITICAL, Priority.CRITICAL, Priority.HIGH, Priority.NORMAL)
        usual = dice.one_of(Priority.NORMAL, Priority.NORMAL, Priority.LOW, *Priority)
        ttl_ms = dice.one_of(*SHORT_MS[::2], *(DAY_MS, 2 * DAY_MS) * 4, 8 * DAY_MS)
        some = dice.some_of(channels, min(2, len(channels)))
        return NotificationType(
            purpose=PURPOSES[name],
            channels=tuple(some),
            ttl_ms=ttl_ms,
            value_half_life_ms=dice.one_of(HOUR_MS, 12 * HOUR_MS, 365 * DAY_MS),
            priority=max(usual, highest, key=tuple(Priority).index),
            max_priority=highest,
            value=dice.one_of(1.0, 1.0, 2.0, 5.0),
            category=dice.one_of(None, "news", "shop"),
            digestible=dice.chance(0.85),
            batch=self._batch(ttl_ms) if dice.chance(0.4) else None,
            conflict_group=dice.one_of(None, None, "group", "group", "band"),
            cancelled_by=(CancelledBy("purchase", dice.one_of(None, "event.total > 50")),)
            if dice.chance(0.5)
            else (),
            failover=self._failover() if len(some) > 1 and dice.chance(0.4) else None,
        )

    def _batch(self, ttl_ms: int) -> Batch:
        dice = self.dice
        hour = dice.one_of(None, None, 0, 2, dice.whole(0, 23))
        return Batch(dice.one_of(0, *(each for each in SHORT_MS[:6] if each < ttl_ms)), hour)

    def _failover(self) -> Failover:
        dice = self.dice
        within_ms = dice.one_of(*SHORT_MS[3:])
        return Failover(
            on=tuple(dice.some_of(tuple(FailoverOutcome), 1)),
            unopened_after_ms=dice.one_of(None, *(e for e in SHORT_MS[1:6] if e < within_ms)),
            max_attempts=dice.one_of(2, 3),
            within_ms=within_ms,
        )

    def _cap(self, name: str, types: dict[str, NotificationType], channels: list[str]) -> Cap:
        dice = self.dice
        categories = sorted({kind.category for kind in types.values() if kind.category})
        calendar = dice.one_of(None, *Calendar)
        some = dice.some_of
        return Cap(
            name=name,
            max=dice.one_of(0, 1, 1, 1, 2, 2),
            window_ms=dice.one_of(*SHORT_MS) if calendar is None else None,
            calendar=calendar,
            per=dice.one_of(*Per),
            purposes=self._purposes(),
            types=tuple(some(list(types), 1)) if dice.chance(0.2) else None,
            categories=tuple(some(categories, 1)) if categories and dice.chance(0.15) else None,
            channels=tuple(some(channels, 1)) if dice.chance(0.15) else None,
            campaigns=tuple(some(("spring", "summer"), 1)) if dice.chance(0.15) else None,
        )

    def _gap(self, name: str, channels: list[str]) -> Gap:
        dice = self.dice
        return Gap(
            name=name,
            min_ms=dice.one_of(*SHORT_MS),
            per=dice.one_of(*GapPer),
            purposes=self._purposes(),
            channels=tuple(dice.some_of(channels, 1)) if dice.chance(0.2) else None,
        )

    def _rule(self, types: list[str], channels: list[str]) -> Rule:
        dice = self.dice
        return Rule(
            name="rule",
            only_if=dice.one_of("total > 50", 'country == "DE"', "profile.country == null"),
            types=tuple(dice.some_of(types, 1)) if dice.chance(0.3) else None,
            purposes=self._purposes() if dice.chance(0.5) else None,
            channels=tuple(dice.some_of(channels, 1)) if dice.chance(0.5) else None,
        )
