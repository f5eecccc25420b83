"""What is known of a user as numbers: the features that models score, and users are alike by.

They come in groups by what they may depend on, so that a grid of channels and moments costs one
look at the user and little for each row and column (`docs/features.md` has each formula):

- `user_features`: the user alone.
- `type_features`: the type of the notification.
- `channel_features`: the channel.
- `moment_features`: the moment of the send, dosage included.

A name with a colon is an indicator (`hour:9`): 1.0, or absent. All others are numbers.
"""

from tactful.features.evidence import (
    Places,
    correct_label,
    record_label,
    record_send,
    take_back_send,
)
from tactful.features.section import MAX_CHANNELS, MAX_TYPES
from tactful.features.segments import Stage
from tactful.features.values import (
    NO_USER,
    NUMERIC,
    UserFeatures,
    channel_features,
    dosage_at,
    log_odds,
    moment_features,
    prior_share,
    send_features,
    type_features,
    user_features,
)

__all__ = [
    "MAX_CHANNELS",
    "MAX_TYPES",
    "NO_USER",
    "NUMERIC",
    "Places",
    "Stage",
    "UserFeatures",
    "channel_features",
    "correct_label",
    "dosage_at",
    "log_odds",
    "moment_features",
    "prior_share",
    "record_label",
    "record_send",
    "send_features",
    "take_back_send",
    "type_features",
    "user_features",
]
