"""What ends each kind of wait, and what would have been without it, in words."""

import re
from collections.abc import Callable

from tactful.records import LedgerEntry, Reason, Verdict

ENDS: dict[Reason, str] = {
    Reason.QUIET_HOURS: "the quiet hours end",
    Reason.CAP_USER: "a slot of {what} is free again",
    Reason.CAP_TYPE: "a slot of {what} is free again",
    Reason.CAP_CHANNEL: "a slot of {what} is free again",
    Reason.CAP_CAMPAIGN: "a slot of {what} is free again",
    Reason.CAP_CATEGORY: "a slot of {what} is free again",
    Reason.GAP: "enough time has passed since the last send",
    Reason.COOL_DOWN: "the rest after a burst of sends ends",
    Reason.CONFLICT: "its conflict group is free again",
    Reason.BATCH: "its batch closes",
    Reason.DIGEST_HOUR: "the hour of the digest comes",
    Reason.PREFERENCE_HOURS: "an hour that the user prefers begins",
    Reason.PAUSED: "the user's pause ends",
    Reason.NOT_BEFORE: "the time comes that it was asked not to go before",
    Reason.HOLIDAY: "the holiday ends",
    Reason.PRICE: "the price of {channel} falls to what it bids",
    Reason.SEND_LOG_FULL: "the log of what was sent has room again",
    Reason.BEST_TIME: "the better hour comes",
    Reason.FATIGUE: "the user is rested",
    Reason.EXPLORED: "the hour comes that was drawn to learn from",
}
"""What happens at the moment a held request waits for, by the reason it waits."""

_CAP = re.compile(r"cap (\S+) is full \((\d+ of \d+)\)")
_CAPS = frozenset(reason for reason in Reason if reason.value.startswith("cap_"))


def ends_words(entry: LedgerEntry) -> str:
    """What happens when the wait of a hold ends."""
    words = ENDS.get(entry.reason, "it is decided again")
    return words.format(what=constraint_words(entry), channel=entry.channel or "the channel")


def constraint_words(entry: LedgerEntry) -> str:
    """The binding constraint with what the ledger's sentence tells of it.

    A cap is told by its name and how full it was: "the cap marketing_weekly (3 of 3)".
    """
    found = _CAP.search(entry.explanation) if entry.reason in _CAPS else None
    if found is not None:
        return f"the cap {found[1]} ({found[2]})"
    if entry.reason in _CAPS:
        return f"the cap per {entry.reason.removeprefix('cap_')}"
    return _NAMES.get(entry.reason, entry.reason.replace("_", " "))


def counterfactual_words(entry: LedgerEntry, local: Callable[[int], str]) -> str | None:
    """What would have been decided without what binds, None where the ledger does not know.

    "would have been sent on push at 18:40 without the cap marketing_weekly (3 of 3)"

    Args:
        entry: the verdict.
        local: a moment as the reader reads it.
    """
    other = entry.counterfactual
    if other is None:
        return None
    without = " and ".join(
        [
            constraint_words(entry),
            *(_NAMES.get(each, each.replace("_", " ")) for each in entry.also),
        ]
    )
    if other.at_ms is None:
        return f"would have stayed silent without {without} too"
    how = "sent" if other.verdict is Verdict.SEND else "held to go out"
    return f"would have been {how} on {other.channel} at {local(other.at_ms)} without {without}"


_NAMES = {
    Reason.QUIET_HOURS: "the quiet hours",
    Reason.GAP: "the gap after the last send",
    Reason.COOL_DOWN: "the cool-down",
    Reason.CONFLICT: "the conflict group",
    Reason.BATCH: "the batch",
    Reason.DIGEST_HOUR: "the digest mode",
    Reason.PREFERENCE_HOURS: "the preferred hours",
    Reason.PAUSED: "the pause",
    Reason.NOT_BEFORE: "the request's own not-before",
    Reason.HOLIDAY: "the holiday",
    Reason.PRICE: "the price",
    Reason.CONSENT: "the missing consent",
    Reason.UNREACHABLE: "the missing address",
    Reason.PREFERENCE_CHANNEL: "the channel switched off",
    Reason.PREFERENCE_TYPE: "the type switched off",
    Reason.FREQUENCY_MODE: "the wish for high priority only",
    Reason.CONDITION: "the condition",
    Reason.FATIGUE: "the fatigue",
    Reason.HOLDBACK: "the holdback",
}
