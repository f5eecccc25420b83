"""What the models saw, for the ledger and its sentences."""

from tactful.constraints.base import Ask
from tactful.knowledge import Channel
from tactful.local_time import hour_of_week, local_ms
from tactful.records import Scoring

MOST_FEATURES = 3


def scoring_of(ask: Ask, channel: Channel, at_ms: int) -> Scoring | None:
    """How the models score a channel at a moment, None without a model of engagement."""
    appeal = ask.appeal
    if appeal is None:
        return None
    features = appeal.features(channel, at_ms, hour_of_week(local_ms(ask.zone, at_ms)))
    model = appeal.engagement.model
    shares = appeal.shares(channel)
    weary = appeal.weariness
    negative = appeal.negative
    return Scoring(
        engage_prob=round(model.predict(features), 6),
        own_share=round(shares.own, 6),
        segment_share=round(shares.segment, 6),
        global_share=round(shares.everyone, 6),
        segment=appeal.segment,
        because={name: round(added, 4) for name, added in model.top(features, MOST_FEATURES)},
        negative_prob=None if negative is None else round(negative.model.predict(features), 6),
        fatigue=round(weary.fatigue, 6),
        wanted_per_week=round(weary.wanted_per_week, 4),
    )


def in_words(scoring: Scoring, channel: str, *, rates: bool) -> str:
    """A scoring as a person reads it.

    Args:
        scoring: of a channel and a moment.
        channel: its name.
        rates: whether there is a model of rates; without one, what is not the user's own comes from
            the policy's `engage_prob`, and nothing from other users.
    """
    text = f"engagement {scoring.engage_prob:.1%}"
    if scoring.because:
        added = (f"{name} {by:+.2f}" for name, by in scoring.because.items())
        text += ": mostly " + ", ".join(added)
    if scoring.negative_prob is not None:
        text += f"; refusal {scoring.negative_prob:.2%}"
    shares = [f"{scoring.own_share:.0%} from the user's own sends"]
    if scoring.segment_share:
        shares.append(f"{scoring.segment_share:.0%} from users who are {scoring.segment}")
    shares.append(f"{scoring.global_share:.0%} from {'everyone' if rates else 'the policy'}")
    return f"{text}; the rate on {channel} is {', '.join(shares)}"
