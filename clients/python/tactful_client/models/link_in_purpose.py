from typing import Literal

LinkInPurpose = Literal["preferences", "unsubscribe"]

LINK_IN_PURPOSE_VALUES: set[LinkInPurpose] = {
    "preferences",
    "unsubscribe",
}


def check_link_in_purpose(value: str) -> LinkInPurpose:
    if value in LINK_IN_PURPOSE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {LINK_IN_PURPOSE_VALUES!r}")
