"""Random parts of a policy: types, caps, gaps, rules and all else that a policy may hold."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from dice import CAMPAIGNS, CATEGORIES, COUNTRIES, EVENTS, GROUPS, Dice

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS, Calendar
from tactful.policy import Cap, ChannelPolicy, ConsentMode, NotificationType, Purpose, Timing
from tactful.policy.model import (
    Batch,
    CancelledBy,
    ConflictGroup,
    CoolDown,
    Emergency,
    EmergencyChannels,
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
from tactful.policy.problems import CONSTRAINTS
from tactful.records import LocalSpan, Priority, Reason, Weekday

_URGENCY = tuple(Priority)
_CONDITIONS = (
    "n > 1",
    'country == "DE" or n == 2',
    "not (profile.age > 5)",
    'city.starts_with("x")',
    'request.campaign == "spring"',
    "data.missing == null",
    'name in ["Ada", "Bob"]',
)

H = TypeVar("H")


def purposes(dice: Dice) -> tuple[Purpose, ...]:
    """One or both."""
    return tuple(dice.some_of(tuple(Purpose), 1))


def _some(dice: Dice, names: Sequence[str], prob: float) -> tuple[str, ...] | None:
    """A filter: some of the names, or (most often) none at all."""
    return tuple(dice.some_of(names, 1)) if names and dice.chance(prob) else None


def make_type(dice: Dice, channels: Sequence[str]) -> NotificationType:
    """A type with any of the keys that a type has."""
    mine = tuple(dice.some_of(channels, 1))
    ttl_ms = dice.one_of(1000, HOUR_MS, DAY_MS, 3 * DAY_MS, 5 * DAY_MS, 7 * DAY_MS, 30 * DAY_MS)
    most = dice.one_of(Priority.CRITICAL, Priority.CRITICAL, *Priority)
    return NotificationType(
        purpose=dice.one_of(*Purpose),
        channels=mine,
        ttl_ms=ttl_ms,
        value_half_life_ms=dice.one_of(1, HOUR_MS, 12 * HOUR_MS, 365 * DAY_MS),
        priority=dice.one_of(*_URGENCY[_URGENCY.index(most) :]),
        max_priority=most,
        value=dice.one_of(0.0, 0.5, 1.0, 1.0, 2.0, 50.0),
        category=dice.one_of(None, *CATEGORIES),
        digestible=dice.chance(0.8),
        batch=_batch(dice, ttl_ms) if dice.chance(0.3) else None,
        conflict_group=dice.one_of(None, None, *GROUPS),
        cancelled_by=tuple(
            CancelledBy(event, dice.one_of(None, "event.total > 50", "event.n == n"))
            for event in dice.some_of(EVENTS, 0, 2)
            if dice.chance(0.3)
        ),
        failover=_failover(dice) if len(mine) > 1 and dice.chance(0.4) else None,
    )


def _batch(dice: Dice, ttl_ms: int) -> Batch:
    windows_ms = (0, 1, MINUTE_MS, HOUR_MS, 6 * HOUR_MS, 2 * DAY_MS)
    return Batch(
        dice.one_of(*(each for each in windows_ms if each < ttl_ms)),
        dice.one_of(None, None, dice.whole(0, 23)),
    )


def _failover(dice: Dice) -> Failover:
    within_ms = dice.one_of(1000, HOUR_MS, DAY_MS, 5 * DAY_MS)
    unopened_ms = dice.one_of(None, 1, 10 * MINUTE_MS, 6 * HOUR_MS)
    if unopened_ms is not None and unopened_ms >= within_ms:
        unopened_ms = None
    return Failover(
        on=tuple(dice.some_of(tuple(FailoverOutcome), 1)),
        unopened_after_ms=unopened_ms,
        max_attempts=dice.one_of(2, 2, 3, 8),
        within_ms=within_ms,
    )


def make_channel(dice: Dice, addresses: Sequence[str]) -> ChannelPolicy:
    """A channel, most often one that reaches the user."""
    return ChannelPolicy(
        address=dice.one_of(None, *addresses),
        engage_prob=dice.prob(),
        cost=dice.one_of(0.0, 0.0, 0.05, 0.5),
        rate_per_s=dice.one_of(None, 0.5, 100.0),
        address_ttl_ms=dice.one_of(None, None, None, HOUR_MS, 9 * DAY_MS),
        presence=dice.chance(0.3),
        label_window_ms=dice.one_of(1, HOUR_MS, DAY_MS, 3 * DAY_MS),
    )


def make_any_cap(
    name: str,
    dice: Dice,
    types: Sequence[str],
    channels: Sequence[str],
    categories: Sequence[str],
    windows_ms: Sequence[int],
) -> Cap:
    """A cap of any scope with any filters, of a window that slides or of the calendar."""
    calendar = dice.one_of(None, None, *Calendar)
    return Cap(
        name=name,
        max=dice.one_of(0, 1, 1, 2, 2, 3, 4),
        window_ms=dice.one_of(*windows_ms) if calendar is None else None,
        calendar=calendar,
        per=dice.one_of(*Per),
        purposes=purposes(dice),
        types=_some(dice, types, 0.3),
        categories=_some(dice, categories, 0.2),
        channels=_some(dice, channels, 0.2),
        campaigns=_some(dice, CAMPAIGNS, 0.2),
    )


def make_gap(name: str, dice: Dice, channels: Sequence[str], windows_ms: Sequence[int]) -> Gap:
    """A gap across channels, on each, or of each type."""
    return Gap(
        name=name,
        min_ms=dice.one_of(*windows_ms),
        per=dice.one_of(*GapPer),
        purposes=purposes(dice),
        channels=_some(dice, channels, 0.3),
    )


def make_cool_down(name: str, dice: Dice, windows_ms: Sequence[int]) -> CoolDown:
    """A rest after a burst of a few."""
    return CoolDown(
        name=name,
        sends=dice.whole(2, 4),
        within_ms=dice.one_of(*windows_ms),
        rest_ms=dice.one_of(*windows_ms),
        purposes=purposes(dice),
    )


def make_groups(dice: Dice, windows_ms: Sequence[int]) -> dict[str, ConflictGroup]:
    """All groups that types may name."""
    return {name: ConflictGroup(dice.one_of(*windows_ms), dice.one_of(*Others)) for name in GROUPS}


def make_rule(name: str, dice: Dice, types: Sequence[str], channels: Sequence[str]) -> Rule:
    """A condition on what the histories here say of users and requests."""
    return Rule(
        name=name,
        only_if=dice.one_of(*_CONDITIONS),
        types=_some(dice, types, 0.5),
        purposes=purposes(dice) if dice.chance(0.3) else None,
        channels=_some(dice, channels, 0.4),
    )


def make_holidays(dice: Dice) -> Holidays:
    """Silence on holidays, often in a country that has some soon."""
    return Holidays(
        purposes=purposes(dice),
        country_attribute="country",
        default_country=dice.one_of(None, *COUNTRIES),
    )


def make_emergency(dice: Dice) -> Emergency:
    """What `critical` may do."""
    return Emergency(dice.one_of(*EmergencyChannels), counts_for_caps=dice.chance(0.3))


def make_precedence(dice: Dice) -> tuple[Reason, ...]:
    """Most often the usual one."""
    return tuple(dice.some_of(CONSTRAINTS)) if dice.chance(0.3) else ()


def make_consent(dice: Dice) -> dict[Purpose, ConsentMode]:
    """Half the time nobody has to opt in."""
    if dice.chance(0.5):
        return dict.fromkeys(Purpose, ConsentMode.OPT_OUT)
    return {purpose: dice.one_of(*ConsentMode) for purpose in dice.some_of(tuple(Purpose))}


def make_quiet(dice: Dice, make: Callable[..., H]) -> H:
    """Quiet hours of either kind, some with weekdays of their own."""
    weekdays: dict[Weekday, Any] | None = None
    if dice.chance(0.4):
        weekdays = {
            day: dice.one_of(None, LocalSpan(dice.clock_time(), dice.clock_time()))
            for day in dice.some_of(tuple(Weekday))
        }
    return make(start=dice.clock_time(), end=dice.clock_time(), weekdays=weekdays)


def make_timing(dice: Dice) -> Timing:
    """How long each priority may wait for a better hour, and which hours are good."""
    waits_ms = (0, MINUTE_MS, 12 * HOUR_MS, 2 * DAY_MS)
    weights = [dice.one_of(0.0, 0.5, 2.0, 2.0) for _ in range(23)]
    return Timing(
        best_time_within_ms={
            priority: dice.one_of(*waits_ms) for priority in dice.some_of(_URGENCY)
        },
        kappa_user=dice.one_of(1, 20),
        min_gain_prob=dice.one_of(0.0, 0.01, 0.3),
        digest_hour=dice.whole(0, 23),
        presence_ms=dice.one_of(0, 5 * MINUTE_MS, DAY_MS),
        presence_worth=dice.one_of(0.0, 1.0, 3.0, 24.0),
        global_hour_weights=dice.one_of((1.0,) * 24, (1.0, *weights)),
    )


def make_limits(dice: Dice) -> Limits:
    """Bounds, often such that they are met."""
    return Limits(
        held=dice.one_of(1, 2, 32),
        overflow=dice.one_of(*Overflow),
        tracked_attempts=dice.one_of(1, 2, 16),
        label_windows=dice.one_of(1, 2, 64),
        max_ttl_ms=dice.one_of(HOUR_MS, 30 * DAY_MS, 30 * DAY_MS),
        profile_snapshot_interval_ms=dice.one_of(0, 1000, MINUTE_MS),
    )
