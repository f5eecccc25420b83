"""When an old master key may go: once no program can wrap anything under it any more."""

import datetime as dt

from connectors.crypto.master import MasterKeyError, MasterKeys

RETIRE_AFTER_S = 60.0
"""A program wraps under the older key for `keyring.MASTER_CACHE_S` after the newer one came, and
what it wrapped may be on its way for some seconds more; the rest is reserve."""


def check_retirable(master: MasterKeys, newest_since_s: float, now_s: float) -> None:
    """Let older versions be retired only when nothing can come to be under them.

    Args:
        master: all versions.
        newest_since_s: since when the newest is in the file, epoch seconds.
        now_s: epoch seconds.

    Raises:
        MasterKeyError: not yet; the message says when.
    """
    if len(master.versions) == 1:
        raise MasterKeyError(
            f"master keys: there is version {master.current} alone, and nothing to retire; "
            f"`tactful keys rotate` adds one, and {RETIRE_AFTER_S:.0f} s later this one can go"
        )
    ready_s = newest_since_s + RETIRE_AFTER_S
    if now_s < ready_s:
        at = dt.datetime.fromtimestamp(ready_s, dt.UTC)
        raise MasterKeyError(
            f"master keys: version {master.current} came {max(0.0, now_s - newest_since_s):.0f} s "
            "ago, and programs that run may still wrap under an older one; the older ones can be "
            f"retired from {at:%H:%M:%S} UTC on (in {ready_s - now_s:.0f} s)"
        )
