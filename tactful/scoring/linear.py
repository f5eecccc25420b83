"""One model's log-odds of one user and type, taken apart so that a grid of slots costs little.

z(channel, t) = base + part(user) + part(type) + part(channel) + part(moment t), and of the moment
all but the dosage (and presence) depends on the local hour alone.
"""

from collections.abc import Sequence
from math import exp

from tactful.features import (
    UserFeatures,
    channel_features,
    moment_features,
    type_features,
)
from tactful.knowledge import Channel, Kind
from tactful.models import LogisticModel
from tactful.timing import Rhythm

_HOURS = 24
_SLOTS = 2 * _HOURS
"""The hours of a working day, then those of the weekend."""


class Linear:
    """The log-odds of one model for one user, by channel and moment.

    Attributes:
        fixed: what user and type give, the intercept included.
        slope: log-odds per unit of dosage.
        at_rest: what a dosage of 0 gives.
    """

    __slots__ = (
        "_channels",
        "_features",
        "_hours",
        "_rhythm",
        "at_rest",
        "fixed",
        "model",
        "present",
        "slope",
    )

    def __init__(
        self, model: LogisticModel, features: UserFeatures, kind: Kind | None, rhythm: Rhythm
    ) -> None:
        self.model = model
        self._features = features
        self._rhythm = rhythm
        self.fixed = model.base + model.part(features.user)
        if kind is not None:
            self.fixed += model.part(type_features(features, kind))
        self.slope = model.weight("dosage")
        self.at_rest = model.part({"dosage": 0.0})
        self.present = model.weight("present")
        self._channels: dict[str, float] = {}
        self._hours: list[float | None] = [None] * _SLOTS

    def channel(self, channel: Channel) -> float:
        """What a channel adds."""
        found = self._channels.get(channel.name)
        if found is None:
            features = channel_features(self._features, channel)
            found = self._channels[channel.name] = self.model.part(features)
        return found

    def hour(self, hour_of_week: int) -> float:
        """What a local hour of the week adds, dosage 0 and nobody there."""
        weekend, hour = hour_of_week >= 5 * _HOURS, hour_of_week % _HOURS
        slot = hour + _HOURS if weekend else hour
        found = self._hours[slot]
        if found is None:
            features = moment_features(
                self._features,
                self._rhythm.at(hour_of_week),
                self._features.now_ms,
                hour,
                weekend=weekend,
                present=False,
            )
            features["dosage"] = 0.0
            found = self._hours[slot] = self.model.part(features)
        return found

    def rested(self, channels: Sequence[Channel]) -> float:
        """The log-odds at dosage 0, the channels at their mean and no hour in particular."""
        mean = sum(map(self.channel, channels)) / len(channels) if channels else 0.0
        return self.fixed + mean + self.at_rest


def sigmoid(log_odds: float) -> float:
    """1 / (1 + e^-z) without overflow.

    >>> sigmoid(0.0), sigmoid(1e4), sigmoid(-1e4)
    (0.5, 1.0, 0.0)
    """
    if log_odds < -700.0:
        return 0.0
    return 1.0 / (1.0 + exp(-log_odds)) if log_odds < 700.0 else 1.0
