"""What product people decide: types, channels, caps, quiet hours, timing."""

from tactful.policy.check import PolicyError, parse_policy
from tactful.policy.default import DEFAULT_POLICY
from tactful.policy.model import (
    Admission,
    Cap,
    ChannelPolicy,
    ConsentMode,
    NotificationType,
    Policy,
    Purpose,
    QuietHoursPolicy,
    Timing,
)

__all__ = [
    "DEFAULT_POLICY",
    "Admission",
    "Cap",
    "ChannelPolicy",
    "ConsentMode",
    "NotificationType",
    "Policy",
    "PolicyError",
    "Purpose",
    "QuietHoursPolicy",
    "Timing",
    "parse_policy",
]
