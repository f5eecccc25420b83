"""What is counted, by day and by group: all users, those who drift, and those who don't."""

import enum
from collections.abc import Sequence
from typing import Any

import msgspec


class Count(enum.IntEnum):
    """What is counted each day.

    `EXPECTED_…` are sums of the truth's expectations. `QUALITY` sums, over the sends that reached
    someone (`REACHED`), the chance of engagement over that of the best channel and hour. `ACTIVE`
    counts the users who are still subscribed and there.
    """

    SENDS = 0
    ENGAGED = 1
    CLICKED = 2
    CONVERTED = 3
    DISMISSED = 4
    UNSUBSCRIBED = 5
    COMPLAINED = 6
    EXPECTED_ENGAGED = 7
    EXPECTED_UTILITY = 8
    QUALITY = 9
    ACTIVE = 10
    REACHED = 11


COUNTS = len(Count)
GROUPS = ("steady", "drifting")


class Accuracy(msgspec.Struct, frozen=True):
    """How the greedy choices of a day compare with the truth, over users with enough history.

    Attributes:
        day: of the run.
        users: with enough history, by what is asked: channel, hour.
        channel: the share whose channel is the best one.
        channel_value: the mean of value at the choice over value at the best.
        hour: the share whose hour is within one of the best.
        hour_value: as `channel_value`.
        everyone: the same four over all active users.
    """

    day: int
    users: dict[str, int]
    channel: float
    channel_value: float
    hour: float
    hour_value: float
    everyone: dict[str, float]


class Outcome(msgspec.Struct, frozen=True):
    """One policy in one world.

    Attributes:
        policy: its name.
        seed: of the world.
        users, days: the world's size.
        group_sizes: users by group.
        counts: by group, day and `Count`.
        channels: sends by channel.
        frequency: sends by user.
        accuracy: by day, where the policy has choices to ask for.
        notes: figures of the policy itself.
    """

    policy: str
    seed: int
    users: int
    days: int
    group_sizes: list[int]
    counts: list[list[list[float]]]
    channels: dict[str, int]
    frequency: list[int]
    accuracy: list[Accuracy] = []
    notes: dict[str, Any] = {}

    def total(self, count: Count, group: int | None = None) -> float:
        """The sum over the days, of one group or all."""
        groups = self.counts if group is None else [self.counts[group]]
        return sum(day[count] for rows in groups for day in rows)

    def by_day(self, count: Count, groups: Sequence[int] = (0, 1)) -> list[float]:
        """One value a day, over the groups."""
        return [sum(self.counts[g][day][count] for g in groups) for day in range(self.days)]


class Tally:
    """The counts of a run in progress."""

    def __init__(self, days: int) -> None:
        self.rows = [[[0.0] * COUNTS for _ in range(days)] for _ in GROUPS]

    def row(self, group: int, day: int) -> list[float]:
        """The counts of a group on a day, to add to."""
        return self.rows[group][day]
