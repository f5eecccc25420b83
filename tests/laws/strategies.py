"""Random policies, and the small worlds that histories take place in.

Hypothesis draws a seed, and dice thrown from it make the rest: whole histories drawn value by value
are so dear that the few there is time for hardly hold or send anything.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from dice import ADDRESSES, CAMPAIGNS, CHANNELS, COUNTRIES, EVENTS, SPANS_MS, TYPES, Dice
from hypothesis import strategies as st
from models import with_models
from policy_parts import (
    make_any_cap,
    make_channel,
    make_consent,
    make_cool_down,
    make_emergency,
    make_exploration,
    make_fatigue,
    make_gap,
    make_groups,
    make_holidays,
    make_limits,
    make_precedence,
    make_quiet,
    make_rule,
    make_timing,
    make_type,
)

from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS
from tactful.policy import Policy, QuietHoursPolicy
from tactful.policy.check import problems_of
from tactful.policy.model import Engagement
from tactful.volume.price import PricePath, PriceStep

FOREIGN_CHANNEL = "pigeon"
FOREIGN_TYPE = "rumour"

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Asia/Kathmandu",  # 5:45 ahead
    "Pacific/Apia",  # left a whole day out
    "America/St_Johns",
    "America/Havana",  # midnight comes twice
    "Africa/Cairo",  # midnight is left out
    "UTC",
)
UNKNOWN_ZONE = "Mars/Olympus_Mons"


def epoch_ms(*when: int) -> int:
    """Epoch milliseconds of a UTC date (and time)."""
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc,arg-type]


# A little before clocks change in one of the zones, or an ordinary day.
STARTS_MS = (
    epoch_ms(2026, 1, 6, 12),
    epoch_ms(2026, 3, 28, 20),  # Berlin springs forward on the 29th at 1:00 UTC
    epoch_ms(2026, 10, 24, 20),  # Berlin falls back on the 25th
    epoch_ms(2026, 3, 8, 3),  # New York and Havana spring forward
    epoch_ms(2026, 11, 1, 2),  # New York and Havana fall back
    epoch_ms(2026, 10, 3, 10),  # Lord Howe springs forward by half an hour
    epoch_ms(2026, 4, 4, 10),  # Lord Howe falls back
    epoch_ms(2026, 4, 23, 16),  # Cairo springs forward from midnight on
    epoch_ms(2026, 10, 29, 15),  # Cairo falls back to 23:00
    epoch_ms(2026, 12, 24, 9),  # holidays, the end of a month and of a year
    epoch_ms(2011, 12, 30, 5),  # Apia goes from the 29th to the 31st
    epoch_ms(1985, 12, 31, 12),  # Kathmandu goes from 5:30 to 5:45
)

seeds = st.integers(0, 2**32 - 1)


def make_policy(dice: Dice, windows_ms: Sequence[int] = SPANS_MS) -> Policy:
    """A valid policy of a few types and channels; about half let most requests through.

    Any part of the policy's language may stand in it, few of them together.
    """
    channels = dice.some_of(CHANNELS, 1)
    types = {name: make_type(dice, channels) for name in dice.some_of(TYPES, dice.one_of(1, 4, 4))}
    names = list(types)
    categories = sorted({kind.category for kind in types.values() if kind.category})

    def few(prob: float) -> range:
        return range(dice.whole(1, 2) if dice.chance(prob) else 0)

    quiet = make_quiet(dice, QuietHoursPolicy)
    policy = Policy(
        version=f"p{dice.whole(0, 9)}",
        types=types,
        channels={name: make_channel(dice, ADDRESSES) for name in channels},
        caps=tuple(
            make_any_cap(f"cap{at}", dice, names, channels, categories, windows_ms)
            for at in range(dice.whole(0, 3))
        ),
        gaps=tuple(make_gap(f"gap{at}", dice, channels, windows_ms) for at in few(0.3)),
        cool_downs=tuple(make_cool_down(f"rest{at}", dice, windows_ms) for at in few(0.25)),
        conflict_groups=make_groups(dice, windows_ms),
        rules=tuple(make_rule(f"rule{at}", dice, names, channels) for at in few(0.25)),
        holidays=make_holidays(dice) if dice.chance(0.3) else None,
        emergency=make_emergency(dice),
        precedence=make_precedence(dice),
        consent=make_consent(dice),
        quiet_hours=dice.one_of(None, None, quiet, QuietHoursPolicy()),
        time_zone=dice.one_of(*ZONES),
        timing=make_timing(dice),
        engagement=Engagement(
            kappa=dice.one_of(1, 10), half_life_ms=dice.one_of(HOUR_MS, 30 * DAY_MS)
        ),
        limits=make_limits(dice),
        fatigue=make_fatigue(dice),
        exploration=make_exploration(dice) if dice.chance(0.4) else None,
    )
    assert problems_of(policy) == []
    return policy


def make_prices(dice: Dice, from_ms: int) -> dict[str, PricePath]:
    """Prices of a few channels: falling steps around a moment, that end at 0."""
    prices = {}
    for channel in dice.some_of(CHANNELS, 1, 3):
        times = sorted({from_ms + dice.one_of(-HOUR_MS, *SPANS_MS) for _ in range(3)})
        levels = sorted(dice.one_of(0.0, 0.01, 0.1, 0.5, 100.0) for _ in times)
        steps = zip(times, [*levels[:0:-1], 0.0], strict=True)
        prices[channel] = PricePath(tuple(PriceStep(at, price) for at, price in steps))
    return prices


def make_knowledge(dice: Dice, windows_ms: Sequence[int] = SPANS_MS) -> Knowledge:
    """A policy, often models, and now and then prices."""
    policy = make_policy(dice, windows_ms)
    prices = make_prices(dice, dice.one_of(*STARTS_MS)) if dice.chance(0.15) else {}
    return with_models(policy, dice, prices=prices)


policies = seeds.map(lambda seed: make_policy(Dice(seed, "policy")))
knowledges = seeds.map(lambda seed: make_knowledge(Dice(seed, "policy")))

__all__ = [
    "ADDRESSES",
    "CAMPAIGNS",
    "CHANNELS",
    "COUNTRIES",
    "EVENTS",
    "FOREIGN_CHANNEL",
    "FOREIGN_TYPE",
    "SPANS_MS",
    "STARTS_MS",
    "TYPES",
    "UNKNOWN_ZONE",
    "ZONES",
    "Dice",
    "epoch_ms",
    "knowledges",
    "make_knowledge",
    "make_policy",
    "make_prices",
    "policies",
    "seeds",
]
