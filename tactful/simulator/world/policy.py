"""The policy under which Tactful decides in the simulated world: plain, in the default's shape.

Every type is worth the same, so that utility counts engagements, as the truth does. The caps of a
user, the gap, the hours and the starting rates are the default's; what binds single types is left
out. Few requests wait for a user, for two days at most: that keeps a run short.
"""

from typing import Any

import msgspec

from tactful.local_time import DAY_MS, HOUR_MS
from tactful.policy import DEFAULT_POLICY, Policy
from tactful.policy.model import Fatigue, NotificationType, Purpose, QuietHoursPolicy
from tactful.records import Priority
from tactful.simulator.world.population import QUIET
from tactful.simulator.world.response import CHANNELS, COST
from tactful.simulator.world.streams import TTL_MS

_HALF_LIVES_MS = {
    "promotion": 2 * DAY_MS,
    "recommendation": DAY_MS,
    "newsletter": 4 * DAY_MS,
    "social_activity": 6 * HOUR_MS,
    "cart_reminder": 12 * HOUR_MS,
    "tip": 4 * DAY_MS,
}
_CAPS = ("marketing_daily", "marketing_weekly")
_WAITING = 6
PROBED = "recommendation"
"""The type that is asked about when choices are compared with the truth: an average one."""
_TTL_MS = 2 * DAY_MS
REFUSAL_COST = 40.0
"""What a refusal costs the shop unless it is told another price, in engagements.

More than the truth counts for it (10), as who left engages no more: the dearest of four prices
tried on other worlds at which Tactful engages half as much again as fixed caps
(docs/simulator.md)."""
_NEVER_MS = 30 * DAY_MS
_LONG_MS = 3_650 * DAY_MS


def simulated_policy(**changes: Any) -> Policy:
    """The policy of the simulated shop; `changes` replace keys of it."""
    default = DEFAULT_POLICY
    limits = msgspec.structs.replace(
        default.limits, held=_WAITING, profile_snapshot_interval_ms=_NEVER_MS
    )
    policy = Policy(
        version="simulated-1",
        types={
            name: NotificationType(
                purpose=Purpose.MARKETING,
                channels=CHANNELS,
                ttl_ms=min(TTL_MS[name], _TTL_MS),
                value_half_life_ms=half_life_ms,
                max_priority=Priority.HIGH,
            )
            for name, half_life_ms in _HALF_LIVES_MS.items()
        },
        channels={
            name: msgspec.structs.replace(default.channels[name], cost=cost)
            for name, cost in zip(CHANNELS, COST, strict=True)
        },
        caps=tuple(cap for cap in default.caps if cap.name in _CAPS),
        gaps=default.gaps,
        timing=default.timing,
        fatigue=Fatigue(negative_cost=REFUSAL_COST),
        limits=limits,
    )
    return msgspec.structs.replace(policy, **changes)


def probing_policy(policy: Policy, quiet: int) -> Policy:
    """The same without all that delays, so that a request shows what the user is best sent.

    Args:
        policy: the policy in force.
        quiet: the number of the user's quiet hours in `QUIET`.
    """
    start, end = QUIET[quiet]
    types = {
        name: msgspec.structs.replace(kind, value_half_life_ms=_LONG_MS, ttl_ms=DAY_MS)
        for name, kind in policy.types.items()
    }
    within_ms = (start - end) * HOUR_MS - 1
    timing = msgspec.structs.replace(
        policy.timing,
        best_time_within_ms={Priority.NORMAL: within_ms},
        min_gain_prob=0.0,
        presence_ms=0,
    )
    quiet_hours = QuietHoursPolicy(start=f"{start}:00", end=f"{end:02d}:00")
    changes: dict[str, Any] = {
        "version": f"{policy.version}-probe-{quiet}",
        "types": types,
        "caps": (),
        "gaps": (),
        "timing": timing,
        "quiet_hours": quiet_hours,
        "fatigue": msgspec.structs.replace(policy.fatigue, purposes=()),
        "exploration": None,
    }
    return msgspec.structs.replace(policy, **changes)


assert set(TTL_MS) == set(_HALF_LIVES_MS)
