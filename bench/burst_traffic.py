"""A burst: many requests of eight values within seconds, for a channel whose provider is slow."""

import random
from collections.abc import Iterator
from typing import NamedTuple

from bench.traffic import user_id
from tactful.local_time import HOUR_MS
from tactful.policy import ChannelPolicy, NotificationType, Policy, Purpose, Timing
from tactful.records import Priority, ProfileUpdate, Request

CHANNEL = "push"
VALUES = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0)


class Burst(NamedTuple):
    """How large it is.

    Attributes:
        requests: how many come.
        users: over how many users they spread, evenly.
        over_ms: within which time they come.
        rate_per_s: what the provider takes.
    """

    requests: int = 20_000
    users: int = 5_000
    over_ms: int = 10_000
    rate_per_s: float = 100.0

    @property
    def takes_ms(self) -> int:
        """How long the provider needs for all of it."""
        return round(self.requests / self.rate_per_s * 1000)

    def policy(self) -> Policy:
        """Nothing but the rate makes a request wait, and nothing runs out of time."""
        return Policy(
            version="burst",
            types={
                f"value_{value:g}": NotificationType(
                    Purpose.MARKETING,
                    (CHANNEL,),
                    value=value,
                    ttl_ms=max(HOUR_MS, 4 * self.takes_ms),
                )
                for value in VALUES
            },
            channels={
                CHANNEL: ChannelPolicy(
                    address="push_token", engage_prob=0.1, rate_per_s=self.rate_per_s
                )
            },
            quiet_hours=None,
            timing=Timing(best_time_within_ms={}),
        )

    def introductions(self, at_ms: int) -> Iterator[ProfileUpdate]:
        """A profile for each user."""
        for number in range(self.users):
            user = user_id(number)
            yield ProfileUpdate(
                id=f"update-{number}",
                user_id=user,
                at_ms=at_ms,
                identifiers={"push_token": f"token-{number:012x}"},
                consent={"marketing": True},
            )

    def asked(self, start_ms: int, seed: int = 8) -> Iterator[Request]:
        """The requests in the order of time, their values drawn alike."""
        rng = random.Random(seed)
        for index in range(self.requests):
            yield Request(
                id=f"request-{index}",
                user_id=user_id(index % self.users),
                type=f"value_{rng.choice(VALUES):g}",
                priority=Priority.NORMAL,
                at_ms=start_ms + self.over_ms * index // self.requests,
            )


def value_of(type_name: str) -> float:
    """What a type of the burst is worth."""
    return float(type_name.removeprefix("value_"))
