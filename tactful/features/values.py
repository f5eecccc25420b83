"""The features themselves: from a user's state, a type, a channel and a moment to numbers.

Rates are shrunk to what is known of the segment and of everyone where a model of rates is in use,
else to what the policy says, and told as log-odds, so that a linear model can add them up.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import log, log1p
from typing import NamedTuple

from tactful.activity.part import HALF_LIFE_MS, histogram
from tactful.engagement.section import decay
from tactful.engine.state import Section
from tactful.features.evidence import KEEP_FAST, KEEP_SLOW
from tactful.features.section import unpack
from tactful.features.segments import segment, times_of
from tactful.knowledge import Channel, Kind, Knowledge
from tactful.local_time import DAY_MS, HOUR_MS
from tactful.models import Rates
from tactful.policy import Policy

NUMERIC = (
    "rate_log_odds",
    "rate_fast_log_odds",
    "sends_log",
    "recency_log",
    "seen_log",
    "tenure_log",
    "activity_log",
    "negative_log_odds",
    "type_log_odds",
    "channel_log_odds",
    "channel_gap_log",
    "rhythm_log",
    "dosage",
    "present",
    "weekend",
)
"""All features that are numbers. The state stores them by their place: new ones go to the end."""

NEGATIVE_PRIOR = 0.02
"""The rate of negative answers assumed of a user without any history."""

MIN_PROB, MAX_PROB = 0.001, 0.999
MAX_RECENCY_DAYS = 365
MAX_SEEN_HOURS = 24 * 365
MAX_GAP_HOURS = 24 * 30
MIN_RHYTHM = 0.05

_WEEK_MS = 7 * DAY_MS
_DAY_HOURS = 24
_WORKDAY_HOURS = 5 * _DAY_HOURS
_LN_2 = log(2.0)


class UserFeatures(NamedTuple):
    """What the features of any type, channel and moment are made from, looked up once.

    Attributes:
        user: the features of the user alone.
        now_ms: as of when.
        dosage: the user's sends on all channels, each halved at each half-life, at `dosage_at_ms`.
        half_life_ms: of the dosage.
        segment: see `tactful.features.segments.segment`.
        rate: the user's engagement rate over all sends, in [0, 1].
        global_rate: that of everyone.
        types, channels: by tag the average of "engaged" without its prior, and its labels.
        sent_ms: by channel the newest send, 0 for never.
        rates: what is known of segments, None as long as there is no such model.
    """

    user: dict[str, float]
    now_ms: int
    dosage: float
    dosage_at_ms: int
    half_life_ms: int
    segment: str
    rate: float
    global_rate: float
    types: dict[int, tuple[float, int]]
    channels: dict[int, tuple[float, int]]
    sent_ms: dict[str, int]
    rates: Rates | None


def user_features(sections: Sequence[bytes], now_ms: int, knowledge: Knowledge) -> UserFeatures:
    """The features of a user at a moment.

    Args:
        sections: the user's state.
        now_ms: the moment, epoch milliseconds.
        knowledge: policy and models.
    """
    evidence = unpack(sections[Section.FEATURES])
    times = times_of(sections, evidence)
    rates = knowledge.rates
    prior = _policy_rate(knowledge.policy)
    if rates is not None:
        prior = rates.overall(prior).prob
    labels = evidence.labels
    rate = average(KEEP_SLOW, labels, evidence.slow, prior)
    features = {
        "rate_log_odds": log_odds(rate),
        "rate_fast_log_odds": log_odds(average(KEEP_FAST, labels, evidence.fast, prior)),
        "sends_log": log1p(labels),
        "recency_log": _since_log(times.engaged_ms, now_ms, DAY_MS, MAX_RECENCY_DAYS),
        "seen_log": _since_log(times.seen_ms, now_ms, HOUR_MS, MAX_SEEN_HOURS),
        "tenure_log": log1p(max(0, now_ms - times.first_ms) / DAY_MS) if times.first_ms else 0.0,
        "activity_log": log1p(_events_a_week(sections[Section.ACTIVITY], now_ms)),
        "negative_log_odds": log_odds(
            average(KEEP_SLOW, labels, evidence.negative, NEGATIVE_PRIOR)
        ),
    }
    return UserFeatures(
        features,
        now_ms,
        evidence.dosage,
        evidence.dosage_at_ms,
        knowledge.policy.fatigue.half_life_ms,
        segment(sections, times, now_ms, knowledge),
        rate,
        prior,
        evidence.types,
        evidence.channels,
        times.sent_ms,
        rates,
    )


def type_features(of: UserFeatures, kind: Kind) -> dict[str, float]:
    """The features of a notification type for a user."""
    prior = of.rate
    if of.rates is not None:
        prior = of.rates.type(of.segment, kind.name, of.global_rate).prob
    learnt, labels = of.types.get(kind.tag, _NONE)
    return {
        "type_log_odds": log_odds(average(KEEP_SLOW, labels, learnt, prior)),
        f"type:{kind.name}": 1.0,
    }


def channel_features(of: UserFeatures, channel: Channel) -> dict[str, float]:
    """The features of a channel for a user."""
    prior = channel.engage_prob
    if of.rates is not None:
        prior = of.rates.channel(of.segment, channel.name, prior).prob
    learnt, labels = of.channels.get(channel.tag, _NONE)
    sent_ms = of.sent_ms.get(channel.name, 0)
    return {
        "channel_log_odds": log_odds(average(KEEP_SLOW, labels, learnt, prior)),
        "channel_gap_log": _since_log(sent_ms, of.now_ms, HOUR_MS, MAX_GAP_HOURS),
        f"channel:{channel.name}": 1.0,
    }


def moment_features(
    of: UserFeatures,
    rhythm_value: float,
    at_ms: int,
    hour: int,
    *,
    weekend: bool,
    present: bool,
) -> dict[str, float]:
    """The features of a moment for a user.

    Args:
        of: the user.
        rhythm_value: how much likelier than at an average hour the user is there.
        at_ms: the moment, epoch milliseconds.
        hour: its local hour, 0 to 23.
        weekend: whether it is Saturday or Sunday there.
        present: whether the moment is now and the user is there.
    """
    return {
        "rhythm_log": log(max(MIN_RHYTHM, rhythm_value)),
        "dosage": dosage_at(of, at_ms),
        "present": 1.0 if present else 0.0,
        "weekend": 1.0 if weekend else 0.0,
        f"hour:{hour}": 1.0,
    }


def send_features(
    of: UserFeatures,
    kind: Kind | None,
    channel: Channel,
    rhythm_value: float,
    at_ms: int,
    hour_of_week: int,
    *,
    present: bool,
) -> dict[str, float]:
    """All features of a send.

    Args:
        of: the user.
        kind: the notification type, None for the user in general.
        channel: where it goes out.
        rhythm_value: how much likelier than at an average hour the user is there.
        at_ms: when, epoch milliseconds.
        hour_of_week: the local hour, 0 (Monday 00:00) to 167.
        present: whether that is now and the user is there.
    """
    return (
        of.user
        | (type_features(of, kind) if kind is not None else {})
        | channel_features(of, channel)
        | moment_features(
            of,
            rhythm_value,
            at_ms,
            hour_of_week % _DAY_HOURS,
            weekend=hour_of_week >= _WORKDAY_HOURS,
            present=present,
        )
    )


def dosage_at(of: UserFeatures, at_ms: int) -> float:
    """The sends of the user so far, each halved at each half-life, at a moment not before now."""
    return of.dosage * decay(of.dosage_at_ms, at_ms, of.half_life_ms)


def average(keep: float, labels: int, learnt: float, prior: float) -> float:
    """A rate from an exponential average that was begun from nothing.

    The labels weigh 1, d, d^2, … from the newest back, and the prior as much as one newest label:

        (p0 + sum of d^i y) / (1 + sum of d^i) = ((1 - d) p0 + s) / ((1 - d) + 1 - d^n)

    Unlike an average that starts from p0, its first labels count in full: a user's first answer
    says more than a twelfth of what is known.

    Args:
        keep: d, what a label keeps of its weight with each further one.
        labels: n, how many there were.
        learnt: s, (1 - d) times the sum of d^i y.
        prior: p0.

    >>> average(0.5, 0, 0.0, 0.2), average(0.5, 1, 0.5, 0.2)
    (0.2, 0.6)
    """
    if not labels:
        return prior
    share = 1.0 - keep
    return (share * prior + learnt) / (share + 1.0 - keep**labels)


def prior_share(keep: float, labels: int) -> float:
    """What the prior weighs in an `average`, in [0, 1].

    >>> prior_share(0.5, 0), prior_share(0.5, 1)
    (1.0, 0.5)
    """
    if not labels:
        return 1.0  # to the last bit
    share = 1.0 - keep
    return share / (share + 1.0 - keep**labels)


def log_odds(prob: float) -> float:
    """The log-odds of a probability, which is kept away from 0 and 1.

    >>> log_odds(0.5), round(log_odds(0.0), 3)
    (0.0, -6.907)
    """
    prob = min(max(prob, MIN_PROB), MAX_PROB)
    return log(prob / (1.0 - prob))


def _since_log(then_ms: int, now_ms: int, unit_ms: int, most: int) -> float:
    """log(1 + units since then), for "never" the most there can be."""
    if not then_ms:
        return log1p(most)
    return log1p(min(max(0, now_ms - then_ms) / unit_ms, most))


def _events_a_week(section: bytes, now_ms: int) -> float:
    """The rate of events that gives the decayed number of them that the histogram has.

    Events at a rate of q in a unit of time add up to q x half-life / ln 2.
    """
    found = histogram(section, now_ms)
    if found is None:
        return 0.0
    bins, factor = found
    return sum(bins) * factor * _LN_2 * _WEEK_MS / HALF_LIFE_MS


@lru_cache(maxsize=16)
def _mean_of(probs: tuple[float, ...]) -> float:
    return sum(probs) / len(probs)


def _policy_rate(policy: Policy) -> float:
    """What the policy assumes of a user on a channel nobody knows: the mean over its channels."""
    return _mean_of(tuple(channel.engage_prob for channel in policy.channels.values()))


_NONE = (0.0, 0)

NO_USER = UserFeatures({}, 0, 0.0, 0, 1, "", 0.0, 0.0, {}, {}, {}, None)
"""Nobody, to whom nothing was ever sent: for what moments give, whoever the user is."""
