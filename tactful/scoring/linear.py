"""One model's log-odds of one user and type, taken apart so that a grid of slots costs little.

z(channel, t) = base + part(user) + part(type) + part(channel) + part(moment t), and of the moment
all but the dosage (and presence) depends on the local hour alone.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import exp, log
from typing import Any, NamedTuple

from tactful.features import (
    NO_USER,
    UserFeatures,
    channel_features,
    moment_features,
    type_features,
)
from tactful.features.values import MIN_RHYTHM
from tactful.knowledge import Channel, Kind
from tactful.models import LogisticModel
from tactful.timing import Rhythm

_HOURS = 24
_SLOTS = 2 * _HOURS
"""The hours of a working day, then those of the weekend."""


_SLOT_OF = tuple(
    hour % _HOURS + (_HOURS if hour >= 5 * _HOURS else 0) for hour in range(7 * _HOURS)
)
_SLOTS_OF_A_FORTNIGHT = 2 * _SLOT_OF


def slot_of(hour_of_week: int) -> int:
    """The slot of an hour of the week.

    >>> slot_of(119), slot_of(120)
    (23, 24)
    """
    return _SLOT_OF[hour_of_week]


def slots_from(hour_of_week: int, count: int) -> tuple[int, ...]:
    """The slots of so many hours that follow each other, the first given by its hour of the week.

    >>> slots_from(119, 3)
    (23, 24, 25)
    """
    if count <= len(_SLOT_OF):
        return _SLOTS_OF_A_FORTNIGHT[hour_of_week : hour_of_week + count]
    return tuple(_SLOT_OF[(hour_of_week + i) % len(_SLOT_OF)] for i in range(count))


class _Moments(NamedTuple):
    """What moments give in a model, whoever the user is.

    Attributes:
        hours: by slot, at an average hour (a rhythm of 1), dosage 0 and nobody there.
        rhythm: log-odds per unit of the logarithm of the rhythm.
        dosage, present: log-odds per unit.
        at_rest: what a dosage of 0 gives.
    """

    hours: tuple[float, ...]
    rhythm: float
    dosage: float
    present: float
    at_rest: float


@lru_cache(maxsize=16)
def _moments(model: LogisticModel) -> _Moments:
    hours = []
    for slot in range(_SLOTS):
        features = moment_features(
            NO_USER, 1.0, 0, slot % _HOURS, weekend=slot >= _HOURS, present=False
        )
        hours.append(model.part(features))
    return _Moments(
        tuple(hours),
        model.weight("rhythm_log"),
        model.weight("dosage"),
        model.weight("present"),
        model.part({"dosage": 0.0}),
    )


class Hours:
    """The logarithm of a user's rhythm by local hour, shared by all models."""

    __slots__ = ("_known", "_rhythm")

    def __init__(self, rhythm: Rhythm) -> None:
        self._rhythm = rhythm
        self._known: list[Any] = [None] * _SLOTS

    def logs(self, slots: Sequence[int]) -> list[float]:
        """Of the hours in which moments lie."""
        known = self._known
        for slot in slots:
            if known[slot] is None:
                self.log(slot)
        return [known[slot] for slot in slots]

    def log(self, slot: int) -> float:
        """Of the hour of one slot."""
        found: float | None = self._known[slot]
        if found is None:
            # Any working day, any day of the weekend: a rhythm knows no more.
            hour_of_week = slot if slot < _HOURS else slot + 4 * _HOURS
            found = self._known[slot] = log(max(MIN_RHYTHM, self._rhythm.at(hour_of_week)))
        return found


class Seen:
    """One user and type as models see them: the features, worked out once for all models.

    Args:
        features: the user's.
        kind: the type, None for the user in general.
        rhythm: the user's hours.

    Attributes:
        user, type: the features of each.
        hours: the logarithms of the rhythm.
    """

    __slots__ = ("_channels", "_features", "hours", "type", "user")

    def __init__(self, features: UserFeatures, kind: Kind | None, rhythm: Rhythm) -> None:
        self._features = features
        self._channels: dict[str, dict[str, float]] = {}
        self.user = features.user
        self.type = {} if kind is None else type_features(features, kind)
        self.hours = Hours(rhythm)

    def channel(self, channel: Channel) -> dict[str, float]:
        """The features of a channel."""
        found = self._channels.get(channel.name)
        if found is None:
            found = self._channels[channel.name] = channel_features(self._features, channel)
        return found


class Linear:
    """The log-odds of one model for one user, by channel and moment.

    Attributes:
        fixed: what user and type give, the intercept included.
        slope: log-odds per unit of dosage.
        present: what it adds that the user is there.
    """

    __slots__ = (
        "_channels",
        "_hours",
        "_moments",
        "_seen",
        "fixed",
        "model",
        "present",
        "slope",
    )

    def __init__(self, model: LogisticModel, seen: Seen) -> None:
        self.model = model
        self._seen = seen
        self._hours = seen.hours
        self.fixed = model.base + model.part(seen.user) + model.part(seen.type)
        self._moments = _moments(model)
        self.slope = self._moments.dosage
        self.present = self._moments.present
        self._channels: dict[str, float] = {}

    def channel(self, channel: Channel) -> float:
        """What user, type and channel give."""
        found = self._channels.get(channel.name)
        if found is None:
            found = self.fixed + self.model.part(self._seen.channel(channel))
            self._channels[channel.name] = found
        return found

    def moment(self, slot: int, dosage: float) -> float:
        """What one moment adds; as `moments`, to the last bit."""
        hours, rhythm, slope, _, _ = self._moments
        return hours[slot] + rhythm * self._hours.log(slot) + slope * dosage

    def moments(self, slots: Sequence[int], dosages: Sequence[float]) -> list[float]:
        """What moments add when nobody is there.

        Args:
            slots: the local hour of each (`slots_from`).
            dosages: the dosage at each.
        """
        hours, rhythm, slope, _, _ = self._moments
        logs = self._hours.logs(slots)
        return [
            hours[slot] + rhythm * log_at + slope * dosage
            for slot, log_at, dosage in zip(slots, logs, dosages, strict=True)
        ]

    def rested(self, channels: Sequence[Channel]) -> float:
        """The log-odds at dosage 0, the channels at their mean and no hour in particular."""
        mean = sum(map(self.channel, channels)) / len(channels) if channels else self.fixed
        return mean + self._moments.at_rest


def sigmoid(log_odds: float) -> float:
    """1 / (1 + e^-z) without overflow.

    >>> sigmoid(0.0), sigmoid(1e4), sigmoid(-1e4)
    (0.5, 1.0, 0.0)
    """
    return 1.0 / (1.0 + exp(-log_odds)) if log_odds > -700.0 else 0.0


def sigmoids(log_odds: Sequence[float], shift: float = 0.0) -> list[float]:
    """The sigmoid of each of many, all shifted.

    >>> sigmoids([0.0, -1e4, 1e4]), sigmoids([1.0], -1.0)
    ([0.5, 0.0, 1.0], [0.5])
    """
    try:
        return [1.0 / (1.0 + exp(-shift - each)) for each in log_odds]
    except OverflowError:
        return [sigmoid(shift + each) for each in log_odds]
