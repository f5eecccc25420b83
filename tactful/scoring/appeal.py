"""What the models expect of one user and one type now: engagement, refusal, and fatigue."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from tactful.fatigue import fatigue, rested_ms, rhythms, wanted
from tactful.features import (
    UserFeatures,
    dosage_at,
    prior_share,
    send_features,
)
from tactful.features.evidence import KEEP_SLOW
from tactful.knowledge import Channel, Kind, Knowledge
from tactful.models import LogisticModel
from tactful.scoring.linear import Linear, Seen, sigmoid, sigmoids
from tactful.timing import Rhythm


class Weariness(NamedTuple):
    """How tired a user is, and how often they want to hear from us.

    Attributes:
        fatigue: the share of engagement that the sends of late cost, 0 to 1.
        dosage: the decayed sends of late.
        wanted_per_week: the frequency of the most worth.
        wanted_dosage: the dosage that each send meets at that frequency.
        rested_ms: from when on the dosage is no higher, epoch milliseconds.
    """

    fatigue: float
    dosage: float
    wanted_per_week: float
    wanted_dosage: float
    rested_ms: int


class Shares(NamedTuple):
    """What the engagement rate of a channel rests on; the shares add up to 1."""

    own: float
    segment: float
    everyone: float


class Appeal:
    """The models' view of one user and one type at one moment.

    Args:
        knowledge: with an engagement model among its models.
        features: the user's.
        rhythm: the user's hours.
        kind: the type; None for the user in general, an engagement then being worth 1.
        channels: those over which fatigue takes the mean.
        now_ms: the moment.
        present: whether the user is there now.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        features: UserFeatures,
        rhythm: Rhythm,
        kind: Kind | None,
        channels: Sequence[Channel],
        now_ms: int,
        *,
        present: bool = False,
    ) -> None:
        engagement = knowledge.models["engagement"]
        assert isinstance(engagement, LogisticModel)
        seen = Seen(features, kind, rhythm)
        self.engagement = Linear(engagement, seen)
        negative = knowledge.models.get("negative")
        self.negative: Linear | None = None
        if isinstance(negative, LogisticModel):
            self.negative = Linear(negative, seen)
        self.rules = knowledge.policy.fatigue
        self.value = 1.0 if kind is None else kind.value
        self.now_ms = now_ms
        self.present = present
        self.dosage = dosage_at(features, now_ms)
        self._features = features
        self._rhythm = rhythm
        self._kind = kind
        self._channels = channels

    def dosage_at(self, at_ms: int) -> float:
        """What the dosage falls to by a moment without further sends."""
        return dosage_at(self._features, at_ms)

    @cached_property
    def weariness(self) -> Weariness:
        """How tired the user is, the channels at their mean and no hour in particular."""
        rules = self.rules
        grid = rhythms(rules.min_per_week, rules.max_per_week, rules.half_life_ms)
        rested = self.engagement.rested(self._channels)
        slope = self.engagement.slope
        cost = sum(each.cost for each in self._channels) / (len(self._channels) or 1)
        worths = [
            self.value * prob - cost
            for prob in sigmoids([slope * each.dosage for each in grid], rested)
        ]
        if self.negative is not None:
            price, slope_of_refusal = rules.negative_cost, self.negative.slope
            refused = sigmoids(
                [slope_of_refusal * each.dosage for each in grid],
                self.negative.rested(self._channels),
            )
            worths = [worth - price * prob for worth, prob in zip(worths, refused, strict=True)]
        best = wanted(grid, worths)
        at_ms = max(self.now_ms, self._features.dosage_at_ms)
        return Weariness(
            fatigue(sigmoid(rested + slope * self.dosage), sigmoid(rested)),
            self.dosage,
            best.per_week,
            best.dosage,
            rested_ms(self.dosage, at_ms, best.dosage, rules.half_life_ms),
        )

    @property
    def rested_ms(self) -> int:
        """From when on the dosage is no higher than at the wanted frequency."""
        rules = self.rules
        grid = rhythms(rules.min_per_week, rules.max_per_week, rules.half_life_ms)
        # Whatever frequency is wanted, it is not met: most users were sent nothing of late.
        return self.now_ms if self.dosage <= grid[0].dosage else self.weariness.rested_ms

    @property
    def segment(self) -> str:
        """The users alike."""
        return self._features.segment

    def shares(self, channel: Channel) -> Shares:
        """What the user's engagement rate on a channel rests on."""
        of = self._features
        _, labels = of.channels.get(channel.tag, (0.0, 0))
        rest = prior_share(KEEP_SLOW, labels)
        segment = 0.0
        if of.rates is not None:
            segment = of.rates.channel(of.segment, channel.name, channel.engage_prob).segment_weight
        return Shares(1.0 - rest, rest * segment, rest * (1.0 - segment))

    def features(self, channel: Channel, at_ms: int, hour_of_week: int) -> dict[str, float]:
        """All features of a send, as the models see it."""
        return send_features(
            self._features,
            self._kind,
            channel,
            self._rhythm.at(hour_of_week),
            at_ms,
            hour_of_week,
            present=self.present and at_ms == self.now_ms,
        )
