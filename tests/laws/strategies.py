"""Random policies, and the small worlds that histories take place in.

Hypothesis draws a seed, and dice thrown from it make the rest: whole histories drawn value by value
are so dear that the few there is time for hardly hold or send anything.
"""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

from hypothesis import strategies as st

from tactful.knowledge import Knowledge
from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
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
from tactful.policy.model import Engagement, Limits
from tactful.records import Priority

CHANNELS = ("email", "sms", "push", "in_app", "voice")
ADDRESSES = ("email", "phone", "push_token")
TYPES = ("promo", "receipt", "tip", "alert")
FOREIGN_CHANNEL = "pigeon"
FOREIGN_TYPE = "rumour"

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Asia/Kathmandu",  # 5:45 ahead
    "Pacific/Apia",  # left a whole day out
    "America/St_Johns",
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
    epoch_ms(2026, 3, 8, 3),  # New York springs forward
    epoch_ms(2026, 11, 1, 2),  # New York falls back
    epoch_ms(2026, 10, 3, 10),  # Lord Howe springs forward by half an hour
    epoch_ms(2026, 4, 4, 10),  # Lord Howe falls back
    epoch_ms(2011, 12, 30, 5),  # Apia goes from the 29th to the 31st
    epoch_ms(1985, 12, 31, 12),  # Kathmandu goes from 5:30 to 5:45
)

T = TypeVar("T")
seeds = st.integers(0, 2**32 - 1)


class Dice:
    """Random choices that are the same for the same seed and purpose."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._random = random.Random(f"{purpose}/{seed}")

    def one_of(self, *values: T) -> T:
        """One of these."""
        return self._random.choice(values)

    def some_of(self, values: Sequence[T], least: int = 0, most: int = 99) -> list[T]:
        """Some of these, each at most once, in any order."""
        return self._random.sample(
            values, self._random.randint(least, max(least, min(most, len(values))))
        )

    def chance(self, prob: float) -> bool:
        """True with a probability."""
        return self._random.random() < prob

    def whole(self, least: int, most: int) -> int:
        """A whole number between two, both included."""
        return self._random.randint(least, most)

    def prob(self) -> float:
        """A probability, often one at an edge."""
        return self.one_of(0.0, 0.01, 0.1, 0.25, 0.5, 1.0, self._random.random())

    def clock_time(self) -> str:
        """A local time of day."""
        return f"{self.whole(0, 23):02}:{self.one_of(0, 0, 15, 30, 45, 59):02}"


SPANS_MS = (1, 1000, MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, 3 * DAY_MS, 7 * DAY_MS, 9 * DAY_MS)


def _type(dice: Dice, channels: Sequence[str]) -> NotificationType:
    return NotificationType(
        purpose=dice.one_of(*Purpose),
        channels=tuple(dice.some_of(channels, 1)),
        ttl_ms=dice.one_of(1000, HOUR_MS, DAY_MS, 3 * DAY_MS, 5 * DAY_MS, 7 * DAY_MS, 30 * DAY_MS),
        value_half_life_ms=dice.one_of(1, HOUR_MS, 12 * HOUR_MS, 365 * DAY_MS),
    )


def make_cap(name: str, dice: Dice, types: Sequence[str], windows_ms: Sequence[int]) -> Cap:
    """A cap per user or per type."""
    return Cap(
        name=name,
        max=dice.one_of(0, 1, 1, 2, 2, 3, 4),
        window_ms=dice.one_of(*windows_ms),
        purposes=tuple(dice.some_of(tuple(Purpose), 1)),
        types=tuple(dice.some_of(types, 1)) if dice.chance(0.5) else None,
    )


def _consent(dice: Dice) -> dict[Purpose, ConsentMode]:
    if dice.chance(0.5):
        return dict.fromkeys(Purpose, ConsentMode.OPT_OUT)
    return {purpose: dice.one_of(*ConsentMode) for purpose in dice.some_of(tuple(Purpose))}


def make_policy(dice: Dice, windows_ms: Sequence[int] = SPANS_MS) -> Policy:
    """A valid policy of a few types and channels; about half let most requests through."""
    channels = dice.some_of(CHANNELS, 1)
    types = {name: _type(dice, channels) for name in dice.some_of(TYPES, dice.one_of(1, 4, 4))}
    quiet = QuietHoursPolicy(dice.clock_time(), dice.clock_time())
    weights = [dice.one_of(0.0, 0.5, 2.0, 2.0) for _ in range(23)]
    waits_ms = (0, MINUTE_MS, 12 * HOUR_MS, 2 * DAY_MS)
    policy = Policy(
        version=f"p{dice.whole(0, 9)}",
        types=types,
        channels={
            name: ChannelPolicy(
                address=dice.one_of(None, *ADDRESSES),
                engage_prob=dice.prob(),
                cost=dice.one_of(0.0, 0.0, 0.05, 0.5),
            )
            for name in channels
        },
        caps=tuple(
            make_cap(f"cap{at}", dice, list(types), windows_ms) for at in range(dice.whole(0, 3))
        ),
        consent=_consent(dice),
        quiet_hours=dice.one_of(None, quiet, quiet, QuietHoursPolicy()),
        time_zone=dice.one_of(*ZONES),
        timing=Timing(
            best_time_within_ms={
                priority: dice.one_of(*waits_ms) for priority in dice.some_of(tuple(Priority))
            },
            kappa_user=dice.one_of(1, 20),
            min_gain_prob=dice.one_of(0.0, 0.01, 0.3),
            digest_hour=dice.whole(0, 23),
            global_hour_weights=dice.one_of((1.0,) * 24, (1.0, *weights)),
        ),
        engagement=Engagement(
            kappa=dice.one_of(1, 10), half_life_ms=dice.one_of(HOUR_MS, 30 * DAY_MS)
        ),
        limits=Limits(
            held=dice.one_of(1, 2, 32),
            max_ttl_ms=dice.one_of(HOUR_MS, 30 * DAY_MS, 30 * DAY_MS),
            profile_snapshot_interval_ms=dice.one_of(0, 1000, MINUTE_MS),
        ),
    )
    assert problems_of(policy) == []
    return policy


policies = seeds.map(lambda seed: make_policy(Dice(seed, "policy")))
knowledges = policies.map(Knowledge)
