"""Compiling a condition, and refusing what a policy should not hold."""

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tactful.conditions.grammar import Condition

MAX_CHARS = 1000
"""The longest text of a condition."""

MAX_DEPTH = 50
"""How deep a condition's parts may stand inside each other; `a or b or c` is two deep."""


class ConditionError(ValueError):
    """A condition that can't be used; the message says why."""


@lru_cache(maxsize=1024)
def compiled(text: str) -> "Condition":
    """The condition that a text says.

    Raises:
        ConditionError: it is no expression, or holds what a condition may not (see `grammar`).
    """
    # The library builds its tables when it is loaded, which takes half a second: only those who
    # have conditions wait for it.
    from tactful.conditions.grammar import parse  # noqa: PLC0415

    return parse(text)


def check(text: str) -> None:
    """Refuse a condition that can't be used.

    Raises:
        ConditionError: with what is wrong.
    """
    compiled(text)
