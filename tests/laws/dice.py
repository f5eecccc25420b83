"""Random choices from a seed, and the spans and names that random worlds are made of."""

import random
from collections.abc import Sequence
from typing import TypeVar

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS

CHANNELS = ("email", "sms", "push", "in_app", "voice")
ADDRESSES = ("email", "phone", "push_token")
TYPES = ("promo", "receipt", "tip", "alert")
CAMPAIGNS = ("spring", "summer")
CATEGORIES = ("news", "sales")
GROUPS = ("offers", "nudges")
EVENTS = ("open", "view", "buy")
COUNTRIES = ("DE", "US", "JP")

SPANS_MS = (1, 1000, MINUTE_MS, HOUR_MS, 6 * HOUR_MS, DAY_MS, 3 * DAY_MS, 7 * DAY_MS, 9 * DAY_MS)

T = TypeVar("T")


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
