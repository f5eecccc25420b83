"""The policy that holds until an organisation pushes its own, and the example of one."""

from typing import Any

from tactful.local_time import DAY_MS, HOUR_MS, MINUTE_MS
from tactful.policy.model import (
    Batch,
    CancelledBy,
    Cap,
    ChannelPolicy,
    ConflictGroup,
    CoolDown,
    Failover,
    Format,
    Gap,
    NotificationType,
    Policy,
    Purpose,
    Timing,
)
from tactful.records import Priority

_ALL = ("push", "in_app", "email", "web_push", "sms", "social", "voice")
_MARKETING = ("push", "email", "in_app", "web_push", "social")
_TOKEN_TTL_MS = 270 * DAY_MS
"""Push services drop tokens that were silent for about nine months."""


def _marketing(**keys: Any) -> NotificationType:
    """A type that may be urgent, but never an emergency."""
    return NotificationType(
        **{
            "purpose": Purpose.MARKETING,
            "channels": _MARKETING,
            "max_priority": Priority.HIGH,
            **keys,
        }
    )


DEFAULT_POLICY = Policy(
    version="default-2",
    # Values are relative: what an engagement with each is worth, beside the costs of the channels.
    types={
        "security_alert": NotificationType(
            purpose=Purpose.TRANSACTIONAL,
            channels=_ALL,
            ttl_ms=HOUR_MS,
            value_half_life_ms=HOUR_MS,
            priority=Priority.HIGH,
            value=5.0,
            category="account",
            digestible=False,
            failover=Failover(unopened_after_ms=5 * MINUTE_MS, within_ms=30 * MINUTE_MS),
        ),
        "order_update": NotificationType(
            purpose=Purpose.TRANSACTIONAL,
            channels=_ALL,
            value=2.0,
            category="orders",
            failover=Failover(),
        ),
        "cart_reminder": _marketing(
            ttl_ms=2 * DAY_MS,
            value=2.0,
            category="sales",
            conflict_group="offers",
            cancelled_by=(CancelledBy(event="purchase"),),
        ),
        "promotion": _marketing(
            ttl_ms=3 * DAY_MS,
            value_half_life_ms=2 * DAY_MS,
            category="sales",
            conflict_group="offers",
        ),
        "newsletter": _marketing(
            channels=("email", "in_app"),
            ttl_ms=7 * DAY_MS,
            value_half_life_ms=4 * DAY_MS,
            category="editorial",
        ),
        "recommendation": _marketing(
            ttl_ms=2 * DAY_MS,
            value_half_life_ms=DAY_MS,
            category="sales",
            conflict_group="offers",
        ),
        "social_activity": _marketing(
            value_half_life_ms=6 * HOUR_MS,
            category="social",
            batch=Batch(window_ms=30 * MINUTE_MS),
        ),
        "tip": _marketing(
            ttl_ms=7 * DAY_MS,
            value_half_life_ms=4 * DAY_MS,
            value=0.5,
            category="editorial",
        ),
    },
    # Starting rates and costs are in the range that public channel benchmarks report; every
    # deployment's own log replaces them as its users respond.
    channels={
        "email": ChannelPolicy(
            address="email",
            engage_prob=0.18,
            deliver_within_ms=HOUR_MS,
            label_window_ms=3 * DAY_MS,
            format=Format(title_max_chars=60),
        ),
        "sms": ChannelPolicy(
            address="phone",
            engage_prob=0.20,
            cost=0.08,
            format=Format(body_max_chars=160, images=False),
        ),
        "push": ChannelPolicy(
            address="push_token",
            engage_prob=0.12,
            address_ttl_ms=_TOKEN_TTL_MS,
            presence=True,
            format=Format(title_max_chars=50, body_max_chars=150),
        ),
        "in_app": ChannelPolicy(engage_prob=0.10, presence=True),
        "web_push": ChannelPolicy(
            address="web_push_token",
            engage_prob=0.08,
            address_ttl_ms=_TOKEN_TTL_MS,
            presence=True,
            format=Format(title_max_chars=50, body_max_chars=120),
        ),
        "social": ChannelPolicy(address="social_id", engage_prob=0.05),
        "voice": ChannelPolicy(
            address="phone",
            engage_prob=0.25,
            cost=0.20,
            deliver_within_ms=2 * MINUTE_MS,
            format=Format(images=False),
        ),
    },
    caps=(
        Cap(name="marketing_daily", max=3, window_ms=DAY_MS),
        Cap(name="marketing_weekly", max=10, window_ms=7 * DAY_MS),
        Cap(name="promotion_weekly", max=3, window_ms=7 * DAY_MS, types=("promotion",)),
        Cap(name="cart_reminder_daily", max=1, window_ms=DAY_MS, types=("cart_reminder",)),
    ),
    gaps=(Gap(name="marketing_gap", min_ms=30 * MINUTE_MS),),
    cool_downs=(
        CoolDown(name="marketing_burst", sends=3, within_ms=6 * HOUR_MS, rest_ms=12 * HOUR_MS),
    ),
    conflict_groups={"offers": ConflictGroup(window_ms=4 * HOUR_MS)},
    timing=Timing(
        # People are awake by day: a mild prior, soon outweighed by the user's own hours.
        global_hour_weights=(
            *(0.3, 0.2, 0.1, 0.1, 0.2, 0.4, 0.7, 1.0, 1.2, 1.3, 1.3, 1.3),
            *(1.4, 1.3, 1.2, 1.2, 1.2, 1.3, 1.4, 1.5, 1.5, 1.4, 1.0, 0.6),
        )
    ),
)
