from typing import Literal

Verdict = Literal["cancel", "digest", "expire", "hold", "send", "suppress"]

VERDICT_VALUES: set[Verdict] = {
    "cancel",
    "digest",
    "expire",
    "hold",
    "send",
    "suppress",
}


def check_verdict(value: str) -> Verdict:
    if value in VERDICT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {VERDICT_VALUES!r}")
