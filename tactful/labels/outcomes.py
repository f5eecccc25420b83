"""What outcomes mean for the labels of a send."""

from tactful.records import Outcome

OUTCOMES = tuple(Outcome)
"""In the order of their bits; the state stores these, so new outcomes go to the end."""

BITS = {outcome: 1 << place for place, outcome in enumerate(OUTCOMES)}

ENGAGING = frozenset({Outcome.OPENED, Outcome.CLICKED, Outcome.CONVERTED})
NEGATIVE = frozenset({Outcome.DISMISSED, Outcome.UNSUBSCRIBED, Outcome.COMPLAINED})
NOT_SEEN = frozenset({Outcome.BOUNCED, Outcome.FAILED})
"""Outcomes after which there is nothing to learn."""

_ENGAGED_BITS = sum(BITS[outcome] for outcome in ENGAGING)
_NEGATIVE_BITS = sum(BITS[outcome] for outcome in NEGATIVE)
_NAMED = (
    ("clicked", BITS[Outcome.CLICKED]),
    ("converted", BITS[Outcome.CONVERTED]),
    ("dismissed", BITS[Outcome.DISMISSED]),
    ("unsubscribed", BITS[Outcome.UNSUBSCRIBED]),
    ("complained", BITS[Outcome.COMPLAINED]),
)


def engaged(seen: int) -> bool:
    """Whether the user opened, clicked or converted."""
    return bool(seen & _ENGAGED_BITS)


def negative(seen: int) -> bool:
    """Whether the user dismissed it, unsubscribed or complained."""
    return bool(seen & _NEGATIVE_BITS)


def labels(seen: int) -> dict[str, int]:
    """The labels of a send, 0 or 1.

    >>> labels(BITS[Outcome.CLICKED])["engaged"]
    1
    """
    found = {"engaged": int(engaged(seen))}
    for name, bit in _NAMED:
        found[name] = int(bool(seen & bit))
    return found
