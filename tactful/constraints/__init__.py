"""Every reason not to send, a file each, behind one interface (`tactful.constraints.base`).

`CONSTRAINTS` is their declared precedence: where several bind alike, the first one is named.
"""

from tactful.constraints import (
    caps,
    consent,
    frequency_mode,
    not_before,
    pause,
    preference_channel,
    preference_hours,
    preference_type,
    quiet_hours,
    reachability,
    send_log,
)
from tactful.constraints.base import Ask, Constraint

CONSTRAINTS: tuple[Constraint, ...] = (
    consent.CONSTRAINT,
    reachability.CONSTRAINT,
    preference_channel.CONSTRAINT,
    preference_type.CONSTRAINT,
    frequency_mode.ONLY_HIGH,
    pause.CONSTRAINT,
    not_before.CONSTRAINT,
    frequency_mode.DIGEST_HOUR,
    preference_hours.CONSTRAINT,
    caps.PER_USER,
    caps.PER_TYPE,
    send_log.CONSTRAINT,
    quiet_hours.CONSTRAINT,
)

UNTIMED = tuple(each for each in CONSTRAINTS if not each.timed)

__all__ = ["CONSTRAINTS", "UNTIMED", "Ask", "Constraint"]
