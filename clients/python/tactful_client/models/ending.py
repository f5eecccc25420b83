from typing import Literal

Ending = Literal[
    "cancelled", "digest", "expired", "sent at once", "sent later", "still open", "suppressed"
]

ENDING_VALUES: set[Ending] = {
    "cancelled",
    "digest",
    "expired",
    "sent at once",
    "sent later",
    "still open",
    "suppressed",
}


def check_ending(value: str) -> Ending:
    if value in ENDING_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ENDING_VALUES!r}")
