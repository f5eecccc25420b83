"""The policies that benchmarks compare: the built-in one, and that of the first version."""

import msgspec

from tactful.policy import DEFAULT_POLICY, Policy
from tactful.records import Priority

_CAPS = ("marketing_daily", "marketing_weekly", "promotion_weekly", "cart_reminder_daily")


def first_policy() -> Policy:
    """Types, channels, caps and quiet hours alone: what the first version could say."""
    replace = msgspec.structs.replace
    return replace(
        DEFAULT_POLICY,
        version="first",
        types={
            name: replace(
                kind,
                priority=Priority.NORMAL,
                max_priority=Priority.CRITICAL,
                value=1.0,
                category=None,
                batch=None,
                conflict_group=None,
                cancelled_by=(),
                failover=None,
            )
            for name, kind in DEFAULT_POLICY.types.items()
        },
        channels={
            name: replace(channel, presence=False, address_ttl_ms=None, rate_per_s=None)
            for name, channel in DEFAULT_POLICY.channels.items()
        },
        caps=tuple(cap for cap in DEFAULT_POLICY.caps if cap.name in _CAPS),
        gaps=(),
        cool_downs=(),
        conflict_groups={},
        rules=(),
        holidays=None,
    )
