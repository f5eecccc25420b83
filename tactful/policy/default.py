"""The policy that holds until an organisation pushes its own."""

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.policy.model import Cap, ChannelPolicy, NotificationType, Policy, Purpose, Timing

_ALL = ("push", "in_app", "email", "web_push", "sms", "social", "voice")
_MARKETING = ("push", "email", "in_app", "web_push", "social")


def _marketing(ttl_ms: int, value_half_life_ms: int) -> NotificationType:
    return NotificationType(
        purpose=Purpose.MARKETING,
        channels=_MARKETING,
        ttl_ms=ttl_ms,
        value_half_life_ms=value_half_life_ms,
    )


DEFAULT_POLICY = Policy(
    version="default-1",
    types={
        "security_alert": NotificationType(
            purpose=Purpose.TRANSACTIONAL, channels=_ALL, ttl_ms=HOUR_MS, value_half_life_ms=HOUR_MS
        ),
        "order_update": NotificationType(
            purpose=Purpose.TRANSACTIONAL, channels=_ALL, ttl_ms=DAY_MS
        ),
        "cart_reminder": _marketing(2 * DAY_MS, 12 * HOUR_MS),
        "promotion": _marketing(3 * DAY_MS, 2 * DAY_MS),
        "newsletter": NotificationType(
            purpose=Purpose.MARKETING,
            channels=("email", "in_app"),
            ttl_ms=7 * DAY_MS,
            value_half_life_ms=4 * DAY_MS,
        ),
        "recommendation": _marketing(2 * DAY_MS, DAY_MS),
        "social_activity": _marketing(DAY_MS, 6 * HOUR_MS),
        "tip": _marketing(7 * DAY_MS, 4 * DAY_MS),
    },
    # Starting rates and costs are in the range that public channel benchmarks report; every
    # deployment's own log replaces them as its users respond.
    channels={
        "email": ChannelPolicy(address="email", engage_prob=0.18, deliver_within_ms=HOUR_MS),
        "sms": ChannelPolicy(address="phone", engage_prob=0.20, cost=0.08),
        "push": ChannelPolicy(address="push_token", engage_prob=0.12),
        "in_app": ChannelPolicy(engage_prob=0.10),
        "web_push": ChannelPolicy(address="web_push_token", engage_prob=0.08),
        "social": ChannelPolicy(address="social_id", engage_prob=0.05),
        "voice": ChannelPolicy(
            address="phone", engage_prob=0.25, cost=0.20, deliver_within_ms=2 * MINUTE_MS
        ),
    },
    caps=(
        Cap(name="marketing_daily", max=3, window_ms=DAY_MS),
        Cap(name="marketing_weekly", max=10, window_ms=7 * DAY_MS),
        Cap(name="promotion_weekly", max=3, window_ms=7 * DAY_MS, types=("promotion",)),
        Cap(name="cart_reminder_daily", max=1, window_ms=DAY_MS, types=("cart_reminder",)),
    ),
    timing=Timing(
        # People are awake by day: a mild prior, soon outweighed by the user's own hours.
        global_hour_weights=(
            *(0.3, 0.2, 0.1, 0.1, 0.2, 0.4, 0.7, 1.0, 1.2, 1.3, 1.3, 1.3),
            *(1.4, 1.3, 1.2, 1.2, 1.2, 1.3, 1.4, 1.5, 1.5, 1.4, 1.0, 0.6),
        )
    ),
)
