"""The truth of a simulated user: when a notification is seen, who engages, what it costs.

A notification is first *seen*, or not, then its reader is *willing*, or not; every send leaves
some *annoyance*, which fades over days, makes people less willing, and in the end makes them go.
Nothing here is Tactful's: docs/simulator.md says where each part is taken from.
"""

from math import exp
from typing import NamedTuple

CHANNELS = ("email", "push", "sms", "in_app")
TYPES = ("promotion", "recommendation", "newsletter", "social_activity", "cart_reminder", "tip")

# --- seen ---------------------------------------------------------------------------------------
CHECKS_PER_DAY = (3.0, 14.0, 20.0, 1.0)
"""Moments of attention a day, by channel; `in_app` counts the user's own sessions instead."""
VISIBLE_H = (6.0, 0.6, 1.2, 30.0)
VISIBLE_SHAPE = (0.8, 0.7, 0.8, 1.0)
"""How long a notification stays in view: the scale (hours) and shape of a Weibull survival."""
SEEN_PRESENT = (0.0, 0.85, 0.85, 0.95)
"""Seen at least so likely while the user is in a session."""

# --- willing ------------------------------------------------------------------------------------
APPEAL = (0.42, 0.32, 0.35, 0.22)
"""By channel, of an average notification to an average, rested user."""
TYPE_APPEAL = (0.80, 1.00, 0.80, 1.30, 1.50, 0.60)
TOLERANCE = 4.5
"""The annoyance at which half of the appeal is gone, and at which people say "too many"."""
STEEPNESS = 2.0
CLICK_PROB = 0.30
CONVERT_PROB = 0.15
DISMISS_PROB = (0.0, 0.35, 0.0, 0.45)

# --- annoyance ----------------------------------------------------------------------------------
INTRUSION = (0.7, 1.0, 1.4, 0.5)
ENGAGED_IRRITATION = 0.35
"""What one engages with annoys so much less."""

# --- leaving ------------------------------------------------------------------------------------
UNSUBSCRIBE_BASE, UNSUBSCRIBE_MOST, UNSUBSCRIBE_SCALE, UNSUBSCRIBE_SHAPE = 0.0005, 0.012, 8.0, 2.0
COMPLAIN_BASE, COMPLAIN_MOST, COMPLAIN_SCALE, COMPLAIN_SHAPE = 0.0001, 0.0025, 11.0, 3.0
COMPLAIN_CHANNEL = (1.0, 0.5, 1.3, 0.1)
CHURN_ANNOYED = 3.0
"""By how much the rate of giving up altogether rises with full annoyance."""

# --- what counts --------------------------------------------------------------------------------
NEGATIVE_COST = 10.0
"""What one unsubscribe or complaint costs, in engagements."""
COST = (0.0, 0.0, 0.02, 0.0)
"""Of one send, in engagements."""


class Odds(NamedTuple):
    """What may come of one send.

    Attributes:
        engage: the probability that the user engages.
        unsubscribe, complain: of each kind of leaving.
        annoys, pleases: what it adds to the annoyance when ignored, and when engaged with.
        utility: engagement less costs, expected; the annoyance it leaves is not in it.
    """

    engage: float
    unsubscribe: float
    complain: float
    annoys: float
    pleases: float
    utility: float

    @property
    def annoyance(self) -> float:
        """What it adds to the annoyance, expected."""
        return self.engage * self.pleases + (1.0 - self.engage) * self.annoys


def willingness(appeal: float, annoyance: float) -> float:
    """The probability that someone who sees it engages.

    >>> round(willingness(0.4, 0.0), 3), round(willingness(0.4, 4.5), 3)
    (0.33, 0.181)
    """
    return 1.0 - exp(-appeal / (1.0 + (annoyance / TOLERANCE) ** STEEPNESS))


def unsubscribe_prob(annoyance: float) -> float:
    """The probability that one more send makes the user unsubscribe."""
    return UNSUBSCRIBE_BASE + UNSUBSCRIBE_MOST * (
        1.0 - exp(-((annoyance / UNSUBSCRIBE_SCALE) ** UNSUBSCRIBE_SHAPE))
    )


def complain_prob(annoyance: float, channel: int) -> float:
    """The probability that one more send makes the user complain."""
    return COMPLAIN_CHANNEL[channel] * (
        COMPLAIN_BASE
        + COMPLAIN_MOST * (1.0 - exp(-((annoyance / COMPLAIN_SCALE) ** COMPLAIN_SHAPE)))
    )


def churn_factor(annoyance: float) -> float:
    """By how much annoyance speeds up giving up altogether."""
    return 1.0 + CHURN_ANNOYED * (1.0 - exp(-((annoyance / 9.0) ** 2.0)))


def odds(seen: float, appeal: float, channel: int, annoyance: float, sensitivity: float) -> Odds:
    """What may come of a send to someone with that annoyance.

    Args:
        seen: the probability that it is seen.
        appeal: of this type on this channel to this user when rested.
        channel: its number in `CHANNELS`.
        annoyance: right before the send.
        sensitivity: how easily the user is annoyed, 1 in the middle.
    """
    willing = willingness(appeal, annoyance)
    engage = seen * willing
    interest = 1.0 - exp(-appeal)
    annoys = sensitivity * INTRUSION[channel] * (1.3 - interest) * (1.0 + 0.5 * (1.0 - seen))
    pleases = ENGAGED_IRRITATION * annoys
    after = annoyance + annoys
    unsubscribe = unsubscribe_prob(after)
    complain = complain_prob(after, channel)
    utility = engage - COST[channel] - NEGATIVE_COST * (unsubscribe + complain)
    return Odds(engage, unsubscribe, complain, annoys, pleases, utility)
