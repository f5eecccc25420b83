from typing import Literal

ConsentToldType = Literal["consent.changed"]

CONSENT_TOLD_TYPE_VALUES: set[ConsentToldType] = {
    "consent.changed",
}


def check_consent_told_type(value: str) -> ConsentToldType:
    if value in CONSENT_TOLD_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CONSENT_TOLD_TYPE_VALUES!r}")
