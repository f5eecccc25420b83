"""A person's choices: what is open to them, what holds, and what is written when they choose.

Pages and the API show and pass on; what a choice means is decided here, with the constraints.
"""

from tactful.choices.consent import allow_on_channel, allow_purpose, allowed
from tactful.choices.offer import Offer, OfferedType, offer_of
from tactful.choices.pause import PauseSpan, pause_until_ms, start_of_day_ms
from tactful.choices.quiet import (
    DayChoice,
    OnDay,
    QuietChoice,
    chosen_on,
    chosen_quiet,
    quiet_days,
    quiet_hours,
    span_on,
)
from tactful.choices.switches import TypeSetting, channel_on, type_on
from tactful.choices.unsubscribe import Change, before, unsubscribe

__all__ = [
    "Change",
    "DayChoice",
    "Offer",
    "OfferedType",
    "OnDay",
    "PauseSpan",
    "QuietChoice",
    "TypeSetting",
    "allow_on_channel",
    "allow_purpose",
    "allowed",
    "before",
    "channel_on",
    "chosen_on",
    "chosen_quiet",
    "offer_of",
    "pause_until_ms",
    "quiet_days",
    "quiet_hours",
    "span_on",
    "start_of_day_ms",
    "type_on",
    "unsubscribe",
]
