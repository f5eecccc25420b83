from typing import Literal

Outcome = Literal[
    "bounced",
    "clicked",
    "complained",
    "converted",
    "delivered",
    "dismissed",
    "failed",
    "opened",
    "unsubscribed",
]

OUTCOME_VALUES: set[Outcome] = {
    "bounced",
    "clicked",
    "complained",
    "converted",
    "delivered",
    "dismissed",
    "failed",
    "opened",
    "unsubscribed",
}


def check_outcome(value: str) -> Outcome:
    if value in OUTCOME_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {OUTCOME_VALUES!r}")
