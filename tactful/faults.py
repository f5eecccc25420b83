"""How an exception is told where no personal data may stand: by type and place, not by its text."""

import traceback

MAX_CAUSES = 5


def without_values(error: BaseException, frames: int | None = 1) -> str:
    """An exception as a log may have it: its type and where it was raised, and so its causes.

    Args:
        error: the exception; its text may hold anything, so it is left out.
        frames: how many of the innermost places to name of each, None for all.

    >>> without_values(ValueError("ada@example.org"))
    'ValueError at ?'
    """
    kinds: list[str] = []
    each: BaseException | None = error
    while each is not None and len(kinds) < MAX_CAUSES:
        kinds.append(f"{type(each).__name__} at {places(each, frames) or '?'}")
        each = each.__cause__ or each.__context__
    return " from ".join(kinds)


def places(error: BaseException, frames: int | None = None) -> str:
    """Where an exception was raised, innermost first: file, line and function, no values.

    Args:
        error: the exception.
        frames: how many of the innermost places, None for all.
    """
    found = traceback.extract_tb(error.__traceback__)[::-1][:frames]
    return " < ".join(
        f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in found
    )
