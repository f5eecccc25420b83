"""What another policy would have done with the same history: who would have got what, and why."""

from tactful.preview.compare import Comparison, Side
from tactful.preview.fates import Difference, Ending, Fate, fates_of
from tactful.preview.rebuild import UNKNOWN_TO_LEDGERS, rebuilt

__all__ = [
    "UNKNOWN_TO_LEDGERS",
    "Comparison",
    "Difference",
    "Ending",
    "Fate",
    "Side",
    "fates_of",
    "rebuilt",
]
